/*
 * Calls made before the script was there in, events after the pageview out. From then on every call reaches the tags
 * that came before, too. Stands last.
 */
earlier.q?.forEach((call) => track(...call));
window.footfall = Object.assign(
  (...call) => {
    if (earlier.on) earlier(...call);
    track(...call);
  },
  earlier,
  { on: 1 },
);
