/* A kind of measurement in, each the browser has made or makes out. */
observe = (type, see) =>
  new PerformanceObserver((list) => list.getEntries().forEach(see)).observe({
    type,
    buffered: 1,
    durationThreshold: 16,
  });
/* at names */
observe
