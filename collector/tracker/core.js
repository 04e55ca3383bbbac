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
  let given, due, page, sent, busy, height, depth, since, active;
  let referrer = /* at referrer */ document.referrer /* end */;
  let failures = 0;

  /* at now */
  let now = () => performance.now();
  /* end */
  let path = () => location.pathname + location.search;

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
    let size = JSON.stringify(event).length;
    if (size < 15e3) {
      // 5,000 characters are 15 KB at most.
      if ((batch.size += size) > 5e3 || batch[99] || batch.state != 1) {
        if (queue.push((batch = [])) > 20) queue.shift();
        batch.size = size;
        batch.id = run + number++;
        batch.state = 1;
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
      busy = fetch(endpoint, { method: "POST", body: body(batch), keepalive: true })
        .then((answer) => {
          if (answer.status > 428) throw answer.headers.get("Retry-After");
          batch.state = {};
          failures = 0;
        })
        // After what the collector asks for 1 s, and up to 2, 4, 6, ... more.
        .catch((after) => 1e3 * (1 + (after | 0) + Math.random() * (failures += 2)))
        .then((delay) => setTimeout(() => send((busy = 0)), delay));
  };

  // A batch that was sent once takes no more events: the collector knows it by its id. A beacon tells nothing about its
  // fate: whoever is still here sends it again, under the same id.
  let flush = () => {
    queue.forEach((batch) => (batch.state %= 1));
    send();
  };

  /* ---- Engagement and pageviews: looked at whenever something may have changed ---- */

  // Called where layout is fresh: reading positions forces none.
  let measure = () => {
    depth = Math.max(depth, ((100 * (scrollY + innerHeight)) / height + 0.5) | 0);
  };

  let look = (event) => {
    // A longer step than a minute is a machine that slept: a tick comes more often.
    if (active) engaged += Math.min(now() - since, 6e4);
    since = now();
    active = document.hasFocus() && !document.hidden;
    // "ge": pagehide and visibilitychange, which often follow each other. On return it does no harm.
    if (engaged > (/ge/.test(event.type) || path() != page ? 99 : due)) {
      add({ type: "engagement", engaged, scroll: depth });
      engaged = 0;
      due = 6e4; // a long stay reports rarely, yet often enough to keep its visit alive
    }
    if (path() != page) {
      page = path();
      depth = 0;
      due = 5e3;
      let view = add({ type: "pageview", referrer, ...given });
      referrer = undefined;
      // Frameworks change the title, and what is on the page, after the address.
      setTimeout(() => {
        view.title = document.title;
        measure();
        flush();
      }, 50);
    }
    if (/ge/.test(event.type)) {
      queue.forEach((batch) => {
        /* at leaving */
        /* end */
        if (batch.state < 2) batch.state = 2 * navigator.sendBeacon(endpoint, body(batch));
      });
      // What the browser refused as a beacon does not wait for a retry.
      send((busy = 0));
    }
  };

  let track = (name, props, options) => name && add({ ...options, type: name, props: { ...props } });

  /* at parts */
  /* end */

  /* at entry */
  window.footfall = track;
  /* end */
  look(0);
  ["pushState", "replaceState"].forEach((name) => {
    let native = history[name];
    history[name] = (...to) => {
      native.call(history, ...to);
      look(0);
    };
  });
  ["popstate", "focus", "blur", "pagehide", "visibilitychange"].forEach((name) => addEventListener(name, look));
  addEventListener("scroll", measure);
  setInterval(() => {
    look(0);
    flush();
  }, /* at interval */ 1e4 /* end */);
  new ResizeObserver(() => {
    height = document.documentElement.scrollHeight;
    measure();
  }).observe(document.body || document.documentElement);
  /* at last */
  /* end */
}
