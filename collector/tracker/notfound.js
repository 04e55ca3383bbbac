/* The status of the page in, a "404" out, once the pageview is made. */
/* at last */
if (performance.getEntriesByType("navigation")[0]?.responseStatus == 404)
  track("404", { path: location.pathname }, { interactive: false });
