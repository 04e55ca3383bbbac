/*
 * A page that is left with events nobody has acknowledged in; their beacons twice more out: one in a hundred fails, and
 * nobody is there to notice. pagehide comes first and has sent them once; engagement alone is not worth it.
 */
addEventListener("visibilitychange", () =>
  queue.forEach((batch) => {
    if (document.hidden && batch.state == 2 && batch.some((event) => !event.engaged)) {
      navigator.sendBeacon(endpoint, body(batch));
      batch.state = 1;
    }
  }),
);
