/* Rows of texts with a bar behind the first in; a table out, whose rows tell their number when they are chosen. */
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

export default function ({ data, parentElement, setTriggerValue }) {
  const { columns, rows, label, hint } = data;
  let table = parentElement.querySelector("table");
  if (!table) {
    const frame = document.createElement("div");
    frame.className = "footfall-rows";
    table = frame.appendChild(document.createElement("table"));
    parentElement.append(frame);
  }
  const head = document.createElement("thead");
  const titles = head.appendChild(document.createElement("tr"));
  titles.append(...columns.map((text) => Object.assign(cell(text, "", "th"), { scope: "col" })));
  const body = document.createElement("tbody");
  body.append(...rows.map(row));
  table.setAttribute("aria-label", label);
  table.title = "";
  table.replaceChildren(head, body);
  const choose = (event) => {
    const chosen = event.target.closest("tbody tr");
    if (chosen) setTriggerValue("chosen", Number(chosen.dataset.row));
    return chosen;
  };
  body.title = hint;
  body.onclick = choose;
  body.onkeydown = (event) => {
    if ((event.key == "Enter" || event.key == " ") && choose(event)) event.preventDefault();
  };
}
