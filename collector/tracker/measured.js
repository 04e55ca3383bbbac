/* A kind of measurement in, each the browser has made or makes out. */
observe = (type, see) =>
  new PerformanceObserver((list) => list.getEntries().forEach(see)).observe({
    buffered: 1,
    durationThreshold: 16,
    type,
  });
/* at names */
observe
