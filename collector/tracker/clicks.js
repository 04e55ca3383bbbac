/*
 * Clicks in; where on the page and, in percent, where on the nearest link or button, as `tag#id.class`, out. Never text
 * or values. `screen` is the viewport here, since that is what the page was laid out for.
 */
addEventListener(
  "click",
  (event) => {
    let target = event.target.closest("a,button,label,summary,[role]") || event.target;
    let box = target.getBoundingClientRect();
    // A click by keyboard has no place on the page.
    if (event.detail)
      track(
        "click",
        { across: ((100 * (event.x - box.x)) / box.width) | 0, down: ((100 * (event.y - box.y)) / box.height) | 0 },
        {
          x: event.pageX,
          y: event.pageY,
          target: [target.localName, target.id && "#" + target.id, target.classList[0] && "." + target.classList[0]].join(""),
          screen: [innerWidth, innerHeight],
        },
      );
  },
  true,
);
