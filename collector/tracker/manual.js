/* footfall("pageview", props, {pathname}) in, pageviews out; none by themselves. */
own = track;
real = path;
path = () => shown;
track = (name, props, options) =>
  name != "pageview"
    ? own(name, props, options)
    : // An object, so that the same path viewed again is another one.
      look(0, (given = { props, ...options, ...given }), (shown = Object(given.pathname || real())));
/* at names */
own, shown, real
