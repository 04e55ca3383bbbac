/* Clicks and submits in; what the parts inside make of them out. The right button opens a menu and nothing else. */
["click", "auxclick", "submit"].forEach((name) =>
  addEventListener(
    name,
    (event) => {
      let target = event.target;
      if (event.button > 1) return;
      /* at press */
      /* end */
    },
    1,
  ),
);
