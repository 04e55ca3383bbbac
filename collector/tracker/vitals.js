/*
 * What the browser measured of the first page in; one "vitals" with lcp, inp, fcp, ttfb (ms) and cls out, when the page
 * is first hidden. `inp` is the slowest interaction.
 */
let vitals = { cls: 0, ttfb: performance.getEntriesByType("navigation")[0]?.responseStart };
let entered = path();
let sum = 0;
let first = 0;
let last = 0;
let observe = (type, see) =>
  new PerformanceObserver((list) => list.getEntries().forEach(see)).observe({
    type,
    durationThreshold: 16,
    buffered: true,
  });
// first-paint, then first-contentful-paint
observe("paint", (entry) => (vitals.fcp = entry.startTime));
observe("largest-contentful-paint", (entry) => (vitals.lcp = entry.startTime));
observe("event", (entry) => {
  if (entry.interactionId) vitals.inp = Math.max(vitals.inp || 0, entry.duration);
});
observe("layout-shift", (entry) => {
  if (!entry.hadRecentInput) {
    // The worst window of shifts less than 1 s apart, 5 s at most.
    if (entry.startTime > last || entry.startTime > first) {
      sum = 0;
      first = entry.startTime + 5e3;
    }
    last = entry.startTime + 1e3;
    vitals.cls = Math.max(vitals.cls, (sum += entry.value));
  }
});
addEventListener(
  "visibilitychange",
  () => track("vitals", vitals, { pathname: entered, interactive: false }),
  { once: true },
);
