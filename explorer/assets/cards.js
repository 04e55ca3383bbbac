/* Cards in; a grid of them out. One that is as it was is left alone, and so keeps the focus and where it was scrolled to. */
import { draw } from "./card.js";
import { element } from "./parts.js";

export default function ({ data, parentElement, setTriggerValue }) {
  const grid = parentElement.querySelector(".footfall-cards") ?? parentElement.appendChild(element("div", "footfall-cards"));
  while (grid.children.length > data.cards.length) grid.lastChild.remove();
  data.cards.forEach((card, number) => {
    const place = grid.children[number] ?? grid.appendChild(element("section"));
    place.tell = (event, value) => setTriggerValue(event, [card.name, value]);
    const now = JSON.stringify(card);
    if (place.told != now) draw(place, card, (...told) => place.tell(...told));
    place.told = now;
  });
}
