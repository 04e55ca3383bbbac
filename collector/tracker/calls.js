/*
 * Calls made before the script was there in, events after the pageview out. From then on every call reaches the tags
 * that came before, too. Stands last.
 */
/* at entry */
/* at once */
calls.forEach((call) => track(...call));
before = calls.on;
calls.on = calls.push = (call) => {
  before?.(call);
  track(...call);
};
/* at names */
before
