/*
 * Clicks in; where on the page and, in percent, where on the nearest link or button, as `tag#id.class`, out. Never text
 * or values. `screen` is the viewport here, since that is what the page was laid out for.
 */
addEventListener(
  "click",
  ({ detail, target, clientX, clientY, pageX, pageY }) => {
    // A click by keyboard has no place on the page.
    if (detail) {
      target = target.closest("a,button,label,summary,[role]") || target;
      let { x, y, width, height } = target.getBoundingClientRect();
      add({
        type: "click",
        x: pageX,
        y: pageY,
        target: [target.localName, target.id && "#" + target.id, target.classList[0] && "." + target.classList[0]].join(""),
        screen: [innerWidth, innerHeight],
        props: { across: ((100 * (clientX - x)) / width) | 0, down: ((100 * (clientY - y)) / height) | 0 },
      });
    }
  },
  true,
);
