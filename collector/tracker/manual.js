/* footfall("pageview", props, {pathname}) in, pageviews out; none by themselves. */
let real = path;
let own = track;
let shown;
path = () => shown;
track = (name, props, options) => {
  if (name != "pageview") return own(name, props, options);
  given = { props, ...options };
  // An object, so that the same path viewed again is another one.
  shown = new String(given.pathname || real());
  look(0);
};
