/* A chart over time with what chooses its metric and bars, its notes and buttons in; what was chosen, pressed, clicked or
   drawn over out. */
import { brush } from "./brush.js";
import { Chart } from "./plot.js";
import { element, link, words } from "./parts.js";

const pick = ({ name, label, options }, tell) => {
  const made = element("fieldset", "pick");
  const row = element("div", "options");
  for (const [value, title] of options) {
    const option = row.appendChild(element("label"));
    const radio = Object.assign(document.createElement("input"), { type: "radio", name: `footfall-${name}`, value });
    radio.onchange = () => tell("picked", [name, value]);
    option.append(radio, element("span", "", title));
  }
  made.append(element("legend", "", label), row);
  return made;
};

/* What is as it was stays, and keeps the focus. */
const once = (place, told, made) => {
  const now = JSON.stringify(told);
  if (place.told != now) place.replaceChildren(...made());
  place.told = now;
};

class Series {
  constructor(parent) {
    this.all = parent.appendChild(element("section", "footfall-series"));
    this.head = this.all.appendChild(element("header"));
    this.chart = new Chart(this.all.appendChild(element("div", "footfall-plot")));
    this.foot = this.all.appendChild(element("footer", "foot"));
    this.rest = brush(this.chart.place, () => this.ends, (ends) => this.tell("drawn", ends));
  }

  show(data, tell) {
    this.tell = tell;
    this.ends = data.ends;
    const say = (...told) => this.tell(...told);
    once(this.head, data.picks.map(({ chosen, ...rest }) => rest), () => data.picks.map((each) => pick(each, say)));
    // What is drawn, also where a choice was refused; arrow keys go on from the one that has the focus.
    for (const { name, chosen } of data.picks)
      for (const radio of this.head.querySelectorAll(`[name=footfall-${name}]`)) radio.checked = radio.value == chosen;
    once(this.foot, [data.note, data.buttons], () => [
      words(data.note),
      ...data.buttons.map((each) => link({ ...each, pressed: () => say("pressed", each.name) })),
    ]);
    this.chart.show(data, tell);
  }

  end() {
    this.rest();
    this.chart.end();
  }
}

const shown = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  if (!shown.has(parentElement)) shown.set(parentElement, new Series(parentElement));
  const series = shown.get(parentElement);
  series.show(data, setTriggerValue);
  return () => series.end();
}
