/*
 * A page that is left with events nobody has acknowledged in; their beacons twice more out: one in a hundred fails, and
 * nobody is there to notice. pagehide comes first and has sent them once; engagement alone is not worth it.
 */
/* at leaving */
if (/vis/.test(event.type) && document.hidden && batch.state == 2 && batch.some((event) => !event.engaged))
  batch.state = 0 * navigator.sendBeacon(endpoint, body(batch));
