/* Whether the page's tab can be seen, and the theme it was drawn for, in; told when they are others. Timers of a page that
   nobody sees are then not set, and charts have the colours of the system's other theme. */
const ended = new WeakMap();
const dark = matchMedia("(prefers-color-scheme: dark)");
const LOOKS = [400, 1200, 3000]; // ms: what is asked while Streamlit takes the other theme is still drawn for the one before
let last = () => {}; // of the last place: a page is drawn anew with its theme

dark.addEventListener("change", () => LOOKS.forEach((after) => setTimeout(() => last(), after)));

export default function ({ data, parentElement, setStateValue, setTriggerValue }) {
  ended.get(parentElement)?.();
  const tell = () => {
    if (document.hidden != data.hidden) setStateValue("hidden", document.hidden);
  };
  last = () => {
    if (dark.matches != data.dark) setTriggerValue("themed", true);
  };
  document.addEventListener("visibilitychange", tell);
  const end = () => document.removeEventListener("visibilitychange", tell);
  ended.set(parentElement, end);
  return end;
}
