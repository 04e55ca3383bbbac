/* Pages in; the list of links to them out, which tells the page that was chosen. Addresses carry what is looked at when they
   are used, as a body that was drawn alone leaves this list as it is. */
const link = ({ title, icon, path }, current, tell) => {
  const made = document.createElement("a");
  const sign = made.appendChild(document.createElement("span"));
  sign.textContent = icon;
  sign.setAttribute("aria-hidden", "true");
  made.append(title);
  const address = () => (made.href = `${path || "./"}${location.search}`);
  address();
  if (path == current) made.setAttribute("aria-current", "page");
  made.onpointerdown = made.onfocus = made.oncontextmenu = address;
  made.onclick = (event) => {
    if (event.button || event.ctrlKey || event.metaKey || event.shiftKey) return; // as any link: another tab
    event.preventDefault();
    tell(path);
  };
  return made;
};

export default function ({ data, parentElement, setTriggerValue }) {
  const { pages, current } = data;
  const nav = parentElement.querySelector("nav") ?? parentElement.appendChild(document.createElement("nav"));
  nav.className = "footfall-nav";
  nav.setAttribute("aria-label", "Pages");
  nav.replaceChildren(...pages.map((page) => link(page, current, (path) => setTriggerValue("page", path))));
}
