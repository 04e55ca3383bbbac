/*
 * What the browser measured of the first page in; one "vitals" with lcp, inp, fcp, ttfb (ms) and cls out, when the page
 * is first hidden. `inp` is the slowest interaction.
 */
/* at last */
entered = { pathname: page };
vitals = { cls: window.LayoutShift && 0 };
observe("event", (entry) => entry.interactionId && (vitals.inp > entry.duration || (vitals.inp = entry.duration)));
observe("navigation", (entry) => (vitals.ttfb = entry.responseStart));
// first-paint, then first-contentful-paint
observe("paint", (entry) => (vitals.fcp = entry.startTime));
observe("largest-contentful-paint", (entry) => (vitals.lcp = entry.startTime));
observe("layout-shift", (entry) => {
  if (!entry.hadRecentInput) {
    // The worst window of shifts less than 1 s apart, 5 s at most.
    if (!(entry.startTime < until)) {
      most = entry.startTime + 5e3;
      sum = 0;
    }
    until = Math.min(most, entry.startTime + 1e3);
    vitals.cls = Math.max(vitals.cls, (sum += entry.value));
  }
});
/* at hiding */
entered &&= track("vitals", vitals, entered) && 0;
/* at names */
until, most, sum, vitals, entered
