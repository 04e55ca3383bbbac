/* A chart's place and the ends of its axis in; the part that was drawn over with a mouse or pen out, as [first, last].
   A finger scrolls the page. Plotly's own brush would take the click on a bar away. */
const ended = new WeakMap();
const LEAST = 6; // px; less is a click

export default function ({ data, parentElement, setTriggerValue }) {
  ended.get(parentElement)?.();
  let area, from, box;
  const rest = () => {
    box?.remove();
    area = box = undefined;
  };
  const down = (event) => {
    if (event.button || event.pointerType == "touch") return;
    area = event.target.closest?.(`.st-key-${data.inside} .nsewdrag`)?.getBoundingClientRect();
    from = event.clientX;
  };
  const within = (x) => Math.min(Math.max(x, area.left), area.right);
  const move = (event) => {
    if (!area || (!box && Math.abs(event.clientX - from) < LEAST)) return;
    if (!box) {
      box = document.body.appendChild(document.createElement("div"));
      box.style.cssText = `position:fixed;z-index:9999;pointer-events:none;top:${area.top}px;height:${area.height}px;
        background:${data.colour};opacity:.22;border-radius:3px`;
    }
    const ends = [within(from), within(event.clientX)].sort((a, b) => a - b);
    box.style.left = `${ends[0]}px`;
    box.style.width = `${ends[1] - ends[0]}px`;
  };
  const up = (event) => {
    if (area && box) {
      const at = (x) => data.low + ((within(x) - area.left) / area.width) * (data.high - data.low);
      setTriggerValue("drawn", [at(from), at(event.clientX)].sort((a, b) => a - b));
    }
    rest();
  };
  const key = (event) => event.key == "Escape" && rest();
  const told = { pointerdown: down, pointermove: move, pointerup: up, pointercancel: rest, keydown: key };
  for (const [name, act] of Object.entries(told)) document.addEventListener(name, act, true);
  const end = () => {
    for (const [name, act] of Object.entries(told)) document.removeEventListener(name, act, true);
    rest();
  };
  ended.set(parentElement, end);
  return end;
}
