/*
 * A page that is left with events nobody has acknowledged in; their beacons twice more out: one in a hundred fails, and
 * nobody is there to notice. Engagement alone is not worth it.
 */
/* at leaving */
// pagehide, not visibilitychange
if (leaving.type < "r" && batch.some((event) => !event.engaged))
  navigator.sendBeacon(endpoint, body(batch)) && navigator.sendBeacon(endpoint, body(batch));
