/*
 * What the browser measured of the first page in; one "vitals" with lcp, inp, fcp, ttfb (ms) and cls out, when the page
 * is first hidden. `inp` is the slowest interaction.
 */
let vitals = { cls: 0 };
let entered = path();
let sum = 0;
let first = 0;
let last = 0;
let seen = {
  navigation: (entry) => (vitals.ttfb = entry.responseStart),
  // first-paint, then first-contentful-paint
  paint: (entry) => (vitals.fcp = entry.startTime),
  "largest-contentful-paint": (entry) => (vitals.lcp = entry.startTime),
  "layout-shift": ({ startTime, value, hadRecentInput }) => {
    if (!hadRecentInput) {
      // The worst window of shifts less than 1 s apart, 5 s at most.
      if (startTime > last + 1e3 || startTime > first + 5e3) {
        sum = 0;
        first = startTime;
      }
      last = startTime;
      vitals.cls = Math.max(vitals.cls, (sum += value));
    }
  },
  event: ({ interactionId, duration }) => {
    if (interactionId) vitals.inp = Math.max(vitals.inp || 0, duration);
  },
};
for (let type in seen)
  new PerformanceObserver((list) => list.getEntries().forEach(seen[type])).observe({
    type,
    buffered: true,
    durationThreshold: 16,
  });
addEventListener("visibilitychange", () => {
  if (vitals) {
    add({ type: "vitals", pathname: entered, props: vitals, interactive: false });
    vitals = 0;
  }
});
