/*
 * Clicks in; where on the page and, in percent, where on the nearest link or button, as `tag#id.class`, out. Never text
 * or values. `screen` is the viewport here, since that is what the page was laid out for.
 */
/* at press */
// A click by keyboard has no place on the page.
if (event.detail) {
  let spot = target.closest("a,button,label") || target;
  let box = spot.getBoundingClientRect();
  track(
    "click",
    { down: ((100 * (event.y - box.y)) / box.height) | 0, across: ((100 * (event.x - box.x)) / box.width) | 0 },
    {
      y: event.pageY,
      screen: [innerWidth, innerHeight],
      x: event.pageX,
      target: [spot.localName, spot.id && "#" + spot.id, spot.classList[0] && "." + spot.classList[0]].join(""),
    },
  );
}
