/* The browser's screen and time zone in; what pageviews and custom events carry of them out. Stands in an event.
 * Intl starts a library when it is asked first, 10 ms and more; Temporal, where the browser has it, does not. */
/* at event */
...(event.engaged || {
  timezone: window.Temporal?.Now.timeZoneId() || Intl.DateTimeFormat().resolvedOptions().timeZone,
  screen: [screen.width, screen.height],
}),
/* at referrer */
ORIGINAL.split("?")[0]
