/* A title, tabs and the rows of the open one in; a card out, which tells what was pressed. A row is told to the page as a
   whole (chooser.js): what it filters is more than this card. */
import { element, link, words } from "./parts.js";
import { draw as drawRows } from "./rows.js";

const tabs = ({ tabs, open, title }, tell) => {
  const list = element("div", "tabs");
  list.setAttribute("role", "tablist");
  list.setAttribute("aria-label", title);
  tabs.forEach((text, number) => {
    const tab = list.appendChild(Object.assign(element("button", "", text), { type: "button" }));
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
  made.append(words(note));
  if (all) {
    const more = made.appendChild(Object.assign(element("a", "link", all.label), { href: all.href }));
    more.onclick = (event) => {
      if (event.button || event.ctrlKey || event.metaKey || event.shiftKey) return; // as any link: another tab
      event.preventDefault();
      tell("all", true);
    };
  }
  const about = "All rows as CSV or Parquet, and the call that asks for them in a notebook";
  if (asks) made.append(link({ text: "Data & code", about, pressed: () => tell("asked", true) }));
  return made;
};

/* Draws it into its section; `tell` gets an event and its value. */
export const draw = (card, data, tell) => {
  if (!card.children.length) card.append(element("header"), element("div", "footfall-rows"), element("footer"));
  card.className = `footfall-card ${data.name}${data.wrong ? " wrong" : ""}`;
  const [head, rows, end] = card.children;
  const focused = head.contains(document.activeElement) && document.activeElement.tagName;
  head.replaceChildren(element("h3", "", data.title), tabs(data, tell));
  if (data.choice) head.append(choice(data.choice, tell));
  if (focused) head.querySelector(focused == "SELECT" && data.choice ? "select" : "[aria-selected=true]").focus();
  rows.hidden = !data.rows.length;
  const chosen = (row) => document.dispatchEvent(new CustomEvent("footfall-row", { detail: [data.name, row] }));
  if (data.rows.length) drawRows(rows, data, chosen);
  end.replaceChildren(foot(data, tell));
};
