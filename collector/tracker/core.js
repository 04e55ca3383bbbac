/*
 * What happens on a page in; batches to the collector's /api/track out. Keeps everything in memory: no cookie, no
 * storage, no identifier that outlives the page.
 *
 * <script defer src="https://HOST/tracker.js" data-site="example.com"></script>
 *
 * Parts stand at the places marked below, instead of what is there, and may replace what is named before, which is why
 * everything is `let`.
 * docs/tracker.md tells what they do, collector/assemble.py puts them together. Served minified: the core alone is to
 * stay under 1,000 bytes, which decides some of its phrasing.
 */
({ dataset, src }) => {
  let endpoint = new URL(/* at endpoint */ ENDPOINT /* end */, src);

  // Batches of one page share what comes first and are numbered from 0: a gap tells the collector what was lost.
  let run = Date.now() + "-" + Math.random() + "-";
  let number = 0;
  // A batch's `state` is 1 while it takes events, then 0 (to be sent), 2 (given to a beacon) or no number
  // (acknowledged): `state %= 1` makes all but the last to be sent.
  let queue = [];
  let batch = [];
  let engaged = 0;
  let due, busy, sent, depth, page, /* at names */ since /* end */;
  let given = { referrer: /* at referrer */ document.referrer /* end */ };
  let failures = 0;

  /* at now */
  let now = () => performance.now();
  /* end */
  let path = /* at path */ () => location.pathname + location.search /* end */;

  /* ---- Batches: made here, sent, and kept until they are acknowledged ---- */

  // One moment for all ages, set before they are read: clocks are coarse, and the order has to stay.
  let body = (batch) => JSON.stringify({ site: dataset.site, batch: batch.id, events: batch }, (sent = now()));

  let add = (event) => {
    let at = now();
    event = {
      pathname: page,
      hostname: location.hostname,
      /* at event */
      /* end */
      ...event,
      // Ages rather than times, so that a wrong clock does no harm; looked at when the batch is sent.
      get age() {
        return (sent - at) | 0;
      },
    };
    /* at kept */
    if (body([event]).length < 15e3) {
      // 5,000 characters are 15 KB at most, and fewer than 100 events.
      if (!(body([...batch, event]).length < 5e3 && batch.state == 1)) {
        if (queue.push((batch = [])) > 20) queue.shift();
        batch.state = 1;
        batch.id = run + number++;
      }
      batch.push(event);
    }
    /* end */
    return event;
  };

  let send = () => {
    let batch = !busy && queue.find((batch) => batch.state == 0);
    if (batch)
      // A string goes as text/plain, which needs no preflight.
      busy = fetch(endpoint, { keepalive: 1, method: "POST", body: body(batch) })
        .then(
          (answer) => (answer.status > 428 ? answer.headers.get("retry-after") : (batch.state = {})),
          () => 0,
        )
        // After what the collector asks for 1 s, and up to 2, 4, 6, ... more.
        .then((after) =>
          setTimeout(
            () => send((busy = 0)),
            batch.state < 4 ? (1 + (after | 0) + Math.random() * (failures += 2)) * 1e3 : (failures = 0),
          ),
        );
  };

  // A batch that was sent once takes no more events: the collector knows it by its id. A beacon tells nothing about its
  // fate: whoever is still here sends it again, under the same id.
  let flush = () => send(queue.forEach((batch) => (batch.state %= 1)));

  /* ---- Engagement and pageviews: looked at whenever something may have changed ---- */

  // Called where layout is fresh: reading positions forces none.
  let measure = () =>
    (depth = Math.max(depth, ((100 * (scrollY + innerHeight)) / document.documentElement.scrollHeight + 0.5) | 0));

  let look = (leaving) => {
    // A longer step than a minute is a machine that slept: a tick comes more often.
    if (since) engaged += Math.min(now() - since, 6e4);
    since = document.hasFocus() && !document.hidden && now();
    // `leaving` is pagehide or visibilitychange, which often follow each other. On return it does no harm.
    if (engaged > (leaving || path() != page ? 99 : due)) {
      add({ type: "engagement", scroll: depth, engaged });
      engaged = 0;
      due = 6e4; // a long stay reports rarely, yet often enough to keep its visit alive
    }
    if (path() != page) {
      page = path();
      depth = 0;
      due = 5e3;
      // Frameworks change the title, and what is on the page, after the address.
      setTimeout(
        // Measured once it has been laid out.
        (view) =>
          flush(
            (view.title = document.title),
            new ResizeObserver((_, seen) => seen.disconnect(measure())).observe(document.documentElement),
          ),
        50,
        add({ type: "pageview", ...given }),
      );
      given = 0;
    }
    if (leaving) {
      /* at hiding */
      /* end */
      queue.forEach((batch) => {
        if (batch.state < 2) {
          /* at leaving */
          /* end */
          batch.state = 2 * navigator.sendBeacon(endpoint, body(batch));
        }
      });
      // What the browser refused as a beacon does not wait for a retry.
      send((busy = 0));
    }
  };

  // Whatever is told, what it is told of comes first.
  let track = (name, props, options) => name && add({ type: name, props: { ...props }, ...options }, look());

  /* at parts */
  /* end */

  /* at entry */
  window.footfall = track;
  /* end */
  ["replaceState", "pushState"].forEach((name) => {
    let native = history[name];
    // Before, too: what is left may not have been looked at yet.
    history[name] = (...to) => look(native.apply(history, to, look()));
  });
  ["blur", "popstate", "focus", /* at returns */ /* end */].forEach((name) =>
    addEventListener(name, /* at returned */ () => look() /* end */),
  );
  ["visibilitychange", "pagehide"].forEach((name) => addEventListener(name, look));
  /* at once */
  /* end */
  // The rest is a task of its own, so that none is long. What may come before it, looks.
  setTimeout(() => {
    addEventListener("scroll", measure);
    setInterval(() => flush(look()), /* at interval */ 1e4 /* end */);
    look();
    /* at last */
    /* end */
  });
}
