/* The browser's screen and time zone in; what pageviews and custom events carry of them out. Stands in an event. */
/* at event */
...(event.engaged || {
  screen: [screen.width, screen.height],
  timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
}),
/* at referrer */
ORIGINAL.split("?")[0]
