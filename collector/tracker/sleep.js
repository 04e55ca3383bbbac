/*
 * Two clocks in, one out that goes on while the machine sleeps: performance.now() may stand still then. Date may be set
 * by hand: it is believed when it is ahead by less than a day.
 */
/* at now */
let began = Date.now() - performance.now();
let now = () => {
  let running = performance.now();
  let wall = Date.now() - began;
  return wall > running + 9e7 || wall < running ? running : wall;
};
