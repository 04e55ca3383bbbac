/* The status of the page in, a "404" out, as soon as the browser tells it; it may do so twice. */
observe(
  "navigation",
  (entry) =>
    entry.responseStatus == 404 &&
    (observe.n ||= track("404", { path: location.pathname }, { interactive: false })),
);
