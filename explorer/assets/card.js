/* A title, tabs and the rows of the open one in; a card out, which tells what was pressed. A row is told to the page as a
   whole (chooser.js): what it filters is more than this card. */
import { draw } from "./rows.js";

const element = (tag, name, more = {}) => Object.assign(document.createElement(tag), { className: name, ...more });

const tabs = ({ tabs, open, title }, tell) => {
  const list = element("div", "tabs");
  list.setAttribute("role", "tablist");
  list.setAttribute("aria-label", title);
  tabs.forEach((text, number) => {
    const tab = list.appendChild(element("button", "", { type: "button", textContent: text }));
    tab.setAttribute("role", "tab");
    tab.setAttribute("aria-selected", number == open);
    tab.tabIndex = number == open ? 0 : -1;
    tab.onclick = () => tell("tab", number);
  });
  list.onkeydown = (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const all = [...list.children];
    all.at((all.indexOf(document.activeElement) + step) % all.length).focus();
    event.preventDefault();
  };
  return list;
};

const choice = ({ label, options, chosen }, tell) => {
  const list = element("select", "choice");
  list.setAttribute("aria-label", label);
  list.append(...options.map((text, number) => new Option(text, number, false, number == chosen)));
  list.onchange = () => tell("choice", Number(list.value));
  return list;
};

const foot = ({ note, asks, all }, tell) => {
  const made = element("div", "foot");
  made.append(element("p", "", { textContent: note }));
  if (all) {
    const link = made.appendChild(element("a", "", { textContent: all.label, href: all.href }));
    link.onclick = (event) => {
      if (event.button || event.ctrlKey || event.metaKey || event.shiftKey) return; // as any link: another tab
      event.preventDefault();
      tell("all", true);
    };
  }
  if (asks) {
    const button = made.appendChild(element("button", "", { type: "button", textContent: "Data & code" }));
    button.title = "All rows as CSV or Parquet, and the call that asks for them in a notebook";
    button.onclick = () => tell("asked", true);
  }
  return made;
};

export default function ({ data, parentElement, setTriggerValue }) {
  let card = parentElement.querySelector(".footfall-card");
  if (!card) {
    card = parentElement.appendChild(element("section", "footfall-card"));
    card.append(element("header", ""), element("div", "footfall-rows"), element("footer", ""));
  }
  const [head, rows, end] = card.children;
  const focused = head.contains(document.activeElement) && document.activeElement.getAttribute("role") == "tab";
  head.replaceChildren(element("h3", "", { textContent: data.title }), tabs(data, setTriggerValue));
  if (data.choice) head.append(choice(data.choice, setTriggerValue));
  if (focused) head.querySelector("[aria-selected=true]").focus();
  rows.hidden = !data.rows.length;
  const tell = (row) => document.dispatchEvent(new CustomEvent("footfall-row", { detail: [data.name, row] }));
  if (data.rows.length) draw(rows, data, tell);
  end.replaceChildren(foot(data, setTriggerValue));
}
