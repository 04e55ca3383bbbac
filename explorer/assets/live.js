/* How many are there now in; told to the tile that shows it, which stands in another part of the page and may be drawn
   before or after. */
export default function ({ data }) {
  globalThis.footfallLive = data.value;
  const shown = document.querySelector(".footfall-tiles .live .value");
  if (shown && shown.textContent != data.value) shown.textContent = data.value;
}
