/* Rows of texts with a bar behind the first in; a table out, whose rows tell their number when they are chosen. */
const FIRST = 12; // more than can be seen; the rest is made once somebody turns to the list

const cell = (text, name, tag = "td") => {
  const made = document.createElement(tag);
  made.textContent = text; // never markup: visitors wrote it
  if (name) made.className = name;
  return made;
};

const row = ({ name, full, share, cells }, number) => {
  const made = document.createElement("tr");
  made.dataset.row = number;
  made.tabIndex = 0;
  const first = cell(name, "name", "th");
  first.scope = "row";
  first.title = full;
  first.style.setProperty("--share", `${share}%`);
  made.append(first, ...cells.map((text) => cell(text)));
  return made;
};

/* The table in its frame; `choose` gets the number of a row. */
export const draw = (frame, { columns, rows, label, hint }, choose) => {
  frame.className = "footfall-rows";
  const table = frame.querySelector("table") ?? frame.appendChild(document.createElement("table"));
  const head = document.createElement("thead");
  const titles = head.appendChild(document.createElement("tr"));
  titles.append(...columns.map((text) => Object.assign(cell(text, "", "th"), { scope: "col" })));
  const body = document.createElement("tbody");
  let made = 0;
  const more = (to) => {
    const from = made;
    made = Math.max(made, Math.min(to, rows.length));
    body.append(...rows.slice(from, made).map((each, place) => row(each, from + place)));
  };
  more(FIRST);
  const focused = table.contains(document.activeElement); // the keyboard goes on in the list that it chose from
  table.setAttribute("aria-label", label);
  table.replaceChildren(head, body);
  frame.scrollTop = 0;
  if (focused) body.firstChild?.focus({ preventScroll: true });
  frame.onpointerenter = frame.onscroll = () => more(rows.length);
  const chosen = (event) => {
    const found = event.target.closest("tbody tr");
    if (found) choose(Number(found.dataset.row));
    return found;
  };
  body.title = hint;
  body.onclick = chosen;
  body.onkeydown = (event) => {
    more(rows.length);
    if ((event.key == "Enter" || event.key == " ") && chosen(event)) event.preventDefault();
  };
};

export default function ({ data, parentElement, setTriggerValue }) {
  const frame = parentElement.querySelector(".footfall-rows") ?? parentElement.appendChild(document.createElement("div"));
  draw(frame, data, (number) => setTriggerValue("chosen", number));
}
