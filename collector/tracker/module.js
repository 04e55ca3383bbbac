/* Options in, a running tracker out: the tracker as a module, for pages whose scripts are built. */
const footfall = TRACKER;

/** Starts counting; options are those of the tag without `data-`. Those that are false or missing are off. */
export const init = (options) =>
  footfall({
    dataset: Object.fromEntries(
      Object.entries(options)
        .filter(([, value]) => value !== false && value != null)
        .map(([name, value]) => [name, value === true ? "" : value]),
    ),
    src: import.meta.url,
  });

/** Records an event; before `init` it is kept. */
export const track = (...call) => {
  window.footfall ||= Object.assign((...early) => window.footfall.q.push(early), { q: [] });
  window.footfall(...call);
};
