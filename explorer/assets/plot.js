/* A figure of plotly's in; its chart out, which tells what was clicked. It is the library that plotly's own Python package
   carries, and it stays in the page: another figure is drawn into the same chart, where Streamlit's own element would be
   taken away and drawn twice. */
import { element } from "./parts.js";

let loading;

const library = (address) =>
  (loading ??= new Promise((done, failed) => {
    const src = new URL(`../../../${address}`, import.meta.url);
    const onerror = () => {
      loading = undefined; // the next chart tries again
      failed(Error(`${src} cannot be read`));
    };
    const told = { src, onload: () => done(globalThis.Plotly), onerror };
    document.head.append(Object.assign(document.createElement("script"), told));
  }));

/* What Streamlit's theme says, below what the figure says itself. */
const template = (place) => {
  const said = getComputedStyle(place);
  const of = (name) => said.getPropertyValue(`--st-${name}`).trim();
  const font = { family: said.fontFamily, size: 0.75 * parseFloat(of("base-font-size") || 16), color: of("text-color") };
  const soft = { ...font, color: said.color.replace(/^rgb\((.*)\)$/, "rgba($1, 0.75)") };
  const title = { font: { ...font, size: 14 } };
  const axis = { automargin: true, ticks: "", tickfont: soft, spikecolor: soft.color, spikethickness: 1 };
  return {
    layout: {
      font,
      coloraxis: { colorbar: { thickness: 16, xpad: 24, outlinewidth: 0, ticks: "", tickfont: soft, title: { font } } },
      margin: { pad: 8, l: 0, r: 0 },
      legend: { font, borderwidth: 0 },
      hoverlabel: { font, bgcolor: of("background-color"), bordercolor: of("border-color") },
      xaxis: { ...axis, zeroline: false, title: { ...title, standoff: 20 } },
      yaxis: { ...axis, title: { ...title, standoff: 24 } },
    },
    data: { scatter: [{ marker: { line: { width: 0 } } }] },
  };
};

const point = ({ x, y, label, location, customdata, curveNumber, pointNumber }) => ({
  x, y, label, location, customdata, curve: curveNumber, number: pointNumber,
});

/* No buttons, no zoom by scrolling past; and were plotly to ask for shapes of its own, it would ask here. */
const CONFIG = { displayModeBar: false, doubleClick: false, scrollZoom: false, topojsonURL: "/" };

const NARROW = 480; // px

export class Chart {
  constructor(place) {
    this.place = place;
    place.setAttribute("role", "figure");
    this.resized = new ResizeObserver(() => this.draw());
    this.resized.observe(place);
  }

  show(data, tell) {
    this.tell = tell;
    if (data.figure !== this.told) {
      this.told = data.figure;
      this.figure = JSON.parse(data.figure);
      this.drawn = 0;
    }
    this.place.style.height = `${this.figure.layout.height}px`;
    this.place.setAttribute("aria-label", data.alt);
    library(data.script).then((plotly) => {
      if (!this.plotly) this.place.replaceChildren();
      this.plotly = plotly;
      this.draw();
    }, () => {
      this.place.textContent = "The chart cannot be drawn: its library could not be read. Load the page again.";
    });
  }

  draw() {
    const width = this.place.clientWidth;
    if (!this.plotly || !width || this.drawn == width) return; // another tab's has no width
    this.drawn = width;
    const { data, layout } = this.figure;
    const own = { ...layout, width, template: template(this.place), clickmode: "event", dragmode: "pan" };
    if (width < NARROW && layout.margin?.autoexpand === false) {
      // A legend in several lines stands above what is drawn, not over it.
      own.margin = { ...layout.margin, t: 64 };
      own.legend = { ...layout.legend, y: 1.02, yanchor: "bottom" };
    }
    const first = !this.place._fullLayout;
    this.plotly.react(this.place, data, own, CONFIG);
    if (first) this.place.on("plotly_click", ({ points }) => this.tell("point", point(points[0])));
  }

  end() {
    this.resized.disconnect();
    this.plotly?.purge(this.place);
  }
}

const charts = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  if (!charts.has(parentElement)) charts.set(parentElement, new Chart(parentElement.appendChild(element("div"))));
  const chart = charts.get(parentElement);
  chart.show(data, setTriggerValue);
  return () => chart.end();
}
