/*
 * Two clocks in, one out that goes on while the machine sleeps: performance.now() may stand still then. Date may be set
 * by hand: it is believed when it is ahead by less than a day.
 */
let running = now;
let began = Date.now() - now();
now = () => {
  let gap = Date.now() - began - running();
  return running() + (gap > 0 && gap < 864e5 ? gap : 0);
};
