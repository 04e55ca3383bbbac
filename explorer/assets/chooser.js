/* Rows of cards that were chosen in, wherever their cards are; told to the page as [card, row]. */
const ended = new WeakMap();

export default function ({ parentElement, setTriggerValue }) {
  ended.get(parentElement)?.();
  const chosen = (event) => setTriggerValue("chosen", event.detail);
  document.addEventListener("footfall-row", chosen);
  const end = () => document.removeEventListener("footfall-row", chosen);
  ended.set(parentElement, end);
  return end;
}
