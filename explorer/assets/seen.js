/* Whether the page's tab can be seen, and the system's theme, in; told when they changed. Timers of a page that nobody sees
   are then not set, and charts have the other theme's colours. */
const ended = new WeakMap();
const dark = matchMedia("(prefers-color-scheme: dark)");
let turned; // not ended with the place, which is drawn anew with the theme
const THEMED = 400; // ms until Streamlit has taken the other theme, which it tells with what is asked from then on

export default function ({ data, parentElement, setStateValue }) {
  ended.get(parentElement)?.();
  const tell = () => {
    if (document.hidden != data.hidden) setStateValue("hidden", document.hidden);
  };
  const turn = () => {
    clearTimeout(turned);
    turned = setTimeout(() => setStateValue("dark", dark.matches), THEMED);
  };
  document.addEventListener("visibilitychange", tell);
  dark.addEventListener("change", turn);
  const end = () => {
    document.removeEventListener("visibilitychange", tell);
    dark.removeEventListener("change", turn);
  };
  ended.set(parentElement, end);
  return end;
}
