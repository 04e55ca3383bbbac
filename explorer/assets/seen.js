/* Whether the page's tab can be seen in; told when it changed. Timers of a page that nobody sees are then not set. */
const ended = new WeakMap();

export default function ({ data, parentElement, setStateValue }) {
  ended.get(parentElement)?.();
  const tell = () => {
    if (document.hidden != data.hidden) setStateValue("hidden", document.hidden);
  };
  document.addEventListener("visibilitychange", tell);
  const end = () => document.removeEventListener("visibilitychange", tell);
  ended.set(parentElement, end);
  return end;
}
