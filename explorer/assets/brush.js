/* Where a chart is drawn and the ends of its axis in; the part that was drawn over with a mouse or pen out, as
   [first, last]. A finger scrolls the page. Plotly's own brush would take the click on a bar away. */
const LEAST = 6; // px; less is a click

/* `ends` gives the axis' ends, or null where nothing can be drawn over. Returns what ends it. */
export const brush = (place, ends, drawn) => {
  let area, from, box;
  const rest = () => {
    box?.remove();
    area = box = undefined;
  };
  const down = (event) => {
    if (event.button || event.pointerType == "touch" || !ends()) return;
    area = event.target.closest?.(".nsewdrag")?.getBoundingClientRect();
    from = event.clientX;
  };
  const within = (x) => Math.min(Math.max(x, area.left), area.right);
  const move = (event) => {
    if (!area || (!box && Math.abs(event.clientX - from) < LEAST)) return;
    if (!box) {
      box = document.body.appendChild(document.createElement("div"));
      box.style.cssText = `position:fixed;z-index:9999;pointer-events:none;top:${area.top}px;height:${area.height}px;
        background:${getComputedStyle(place).getPropertyValue("--st-primary-color")};opacity:.22;border-radius:3px`;
    }
    const [left, right] = [within(from), within(event.clientX)].sort((a, b) => a - b);
    box.style.left = `${left}px`;
    box.style.width = `${right - left}px`;
  };
  const up = (event) => {
    if (area && box) {
      const [low, high] = ends();
      const at = (x) => low + ((within(x) - area.left) / area.width) * (high - low);
      drawn([at(from), at(event.clientX)].sort((a, b) => a - b));
    }
    rest();
  };
  const key = (event) => event.key == "Escape" && rest();
  place.addEventListener("pointerdown", down, true);
  // A pointer may be let go anywhere.
  const told = { pointermove: move, pointerup: up, pointercancel: rest, keydown: key };
  for (const [name, act] of Object.entries(told)) document.addEventListener(name, act, true);
  return () => {
    for (const [name, act] of Object.entries(told)) document.removeEventListener(name, act, true);
    rest();
  };
};
