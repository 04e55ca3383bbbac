/* Figures with their change in; a row of tiles out, with what they are compared with and what they mean below. The last
   one says what live.js was told last. */
import { element, link, words } from "./parts.js";

const ARROWS = { up: "↑", down: "↓" };

const tile = ({ title, value, full, change, tone, arrow, about }) => {
  const made = element("div", "tile");
  made.setAttribute("role", "group");
  made.setAttribute("aria-label", title);
  made.title = about;
  const figure = element("div", "value", value);
  if (full && full != value) figure.title = full;
  made.append(element("div", "title", title), figure);
  if (change) made.append(element("div", `change ${tone}`, `${ARROWS[arrow] ?? ""} ${change}`.trim()));
  return made;
};

/* A button and the list that it opens; Escape and a click elsewhere close it. */
const definitions = (tiles) => {
  const list = Object.assign(element("dl", "footfall-definitions"), { popover: "auto" });
  for (const { title, about } of tiles) list.append(element("dt", "", title), element("dd", "", about));
  const button = link({ text: "Definitions", icon: "help", pressed: null });
  button.popoverTargetElement = list; // a press while it is open closes it, where a handler of ours would open it again
  list.addEventListener("beforetoggle", () => {
    const { bottom, right } = button.getBoundingClientRect();
    list.style.top = `${Math.min(bottom + 6, innerHeight - 340)}px`;
    list.style.left = `${Math.max(right - 416, 8)}px`;
  });
  return [button, list];
};

export default function ({ data, parentElement }) {
  let all = parentElement.querySelector(".footfall-tiles");
  if (!all) {
    all = parentElement.appendChild(element("div", "footfall-tiles"));
    all.append(element("div", "row"), element("div", "foot"));
    all.lastChild.append(element("p"), ...definitions([...data.tiles, data.live]));
  }
  const now = tile({ ...data.live, value: globalThis.footfallLive ?? "–", tone: "off" });
  now.classList.add("live");
  all.firstChild.replaceChildren(...data.tiles.map(tile), now);
  all.lastChild.firstChild.replaceWith(words(data.told));
}
