/* Clicks and submits in; what the parts inside make of them out. The right button opens a menu and nothing else. */
["click", "auxclick", "submit"].forEach((name) =>
  addEventListener(
    name,
    (event) => {
      let target = event.target;
      let link = target.closest("a") || {};
      let url = link.origin + link.pathname;
      if (event.button > 1) return;
      /* at press */
      /* end */
    },
    true,
  ),
);
