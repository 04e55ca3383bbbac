/* Figures with their change in; a row of tiles out. The last one is filled by live.js, and keeps what it says. */
const element = (tag, name, text = "") => Object.assign(document.createElement(tag), { className: name, textContent: text });

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

export default function ({ data, parentElement }) {
  let row = parentElement.querySelector(".footfall-tiles");
  const live = row?.querySelector(".live .value")?.textContent ?? "–";
  row ??= parentElement.appendChild(element("div", "footfall-tiles"));
  const now = tile({ ...data.live, value: live, tone: "off" });
  now.classList.add("live");
  row.replaceChildren(...data.tiles.map(tile), now);
}
