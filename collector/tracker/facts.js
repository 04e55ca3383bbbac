/* The browser's screen and time zone in; pageviews and custom events that carry them out; of the referrer no query. */
referrer = referrer.split("?")[0];
let bare = add;
add = (event) =>
  bare(
    event.engaged
      ? event
      : { screen: [screen.width, screen.height], timezone: Intl.DateTimeFormat().resolvedOptions().timeZone, ...event },
  );
