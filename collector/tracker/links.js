/* Clicks and submits in; what was pressed to the first of `presses` that takes it out. */
let presses = [];
["click", "auxclick", "submit"].forEach((name) =>
  addEventListener(
    name,
    ({ type, button, target }) => {
      // The right button opens a menu and nothing else.
      if (!(button > 1)) presses.find((press) => press(target, type, target.closest("a") || {}));
    },
    true,
  ),
);
