/* How many are there now in; told to the tile that shows it, which stands in another part of the page. */
export default function ({ data }) {
  const shown = document.querySelector(".footfall-tiles .live .value");
  if (shown && shown.textContent != data.value) shown.textContent = data.value;
}
