/*
 * What happens on a page in; batches to the collector's /api/track out. Keeps everything in memory:
 * no cookie, no storage, no identifier that outlives a batch. Served minified; docs/tracker.md tells how to use it.
 *
 * <script defer src="https://HOST/tracker.js" data-site="example.com"></script>
 */
(() => {
  const script = document.currentScript || document.querySelector("script[data-site]");
  const { site, flush: seconds, clicks, endpoint: address } = script.dataset;
  const endpoint = new URL(address || "/api/track", script.src || location).href;
  const interval = (seconds > 0 ? seconds : 10) * 1000;
  const hostname = location.hostname;

  // Two copies of the tag count once; two sites, or two collectors, each get every event.
  const earlier = window.footfall || {};
  const loaded = earlier.loaded || {};
  const key = endpoint + " " + site;
  if (loaded[key]) return;
  loaded[key] = true;

  /* ---- Batches: made here, sent, and kept until they are acknowledged ---- */

  // A batch's `state` is unset while it takes events, then 1 (to be sent), or 2 (given to a beacon).
  let queue = [];
  let inFlight, waiting, warned;
  let failures = 0;

  const warn = (message) => {
    if (!warned) console.warn("footfall: " + message);
    warned = true;
  };

  const add = (event) => {
    let size;
    try {
      // A copy, since the page may change its props before they are sent.
      const json = JSON.stringify(event);
      event = JSON.parse(json);
      size = new Blob([json]).size + 30; // 30: room for `age`
    } catch (error) {
      return warn(error);
    }
    if (size > 15000) return warn("event too large");
    let batch = queue[queue.length - 1];
    if (!batch || batch.state || batch.size + size > 15000 || batch.events.length > 99) {
      const halves = [...crypto.getRandomValues(new Uint32Array(2))];
      batch = { id: halves.map((half) => half.toString(16).padStart(8, 0)).join(""), events: [], size: 0 };
      if (queue.push(batch) > 20) queue.shift();
    }
    batch.size += size;
    batch.events.push({ event, at: performance.now(), clock: Date.now() });
    return event;
  };

  // Ages rather than times, so that a wrong clock does no harm. performance.now() may stand still while the machine
  // sleeps and Date may be set: the longer of the two holds, as long as it is believable.
  const age = (item) => {
    const monotonic = performance.now() - item.at;
    const wall = Date.now() - item.clock;
    return Math.round(wall > monotonic && wall < 864e5 ? wall : monotonic);
  };

  const body = (batch) =>
    JSON.stringify({
      site,
      batch: batch.id,
      events: batch.events.map((item) => ({ ...item.event, age: age(item) })),
    });

  const send = (urgent) => {
    const batch = queue.find((batch) => batch.state == 1);
    if (!batch || inFlight || (waiting && !urgent)) return;
    inFlight = batch;
    const retry = (after) => {
      inFlight = 0;
      clearTimeout(waiting);
      // From 1 to 60 s, after what the collector asks for.
      const backoff = 1000 + Math.random() * Math.min(59000, 1000 * 2 ** ++failures);
      waiting = setTimeout(() => send((waiting = 0)), Math.min(after || 0, 3600) * 1000 + backoff);
    };
    // A string goes as text/plain, which needs no preflight.
    fetch(endpoint, { method: "POST", body: body(batch), keepalive: true, credentials: "omit" }).then((answer) => {
      const status = answer.status;
      if (status == 429 || status > 499) return retry(+answer.headers.get("Retry-After"));
      if (!answer.ok) warn("refused, " + status);
      queue = queue.filter((other) => other != batch);
      send((inFlight = failures = 0));
    }, () => retry());
  };

  // A batch that was sent once takes no more events: the collector knows it by its id.
  const flush = () => {
    queue.forEach((batch) => (batch.state = batch.state || 1));
    send();
  };

  /* ---- Engagement: time visible and focused, and the greatest scroll depth of the current page ---- */

  let page, active, since, height;
  let engaged, depth, sentDepth, due;

  const clock = () => {
    const now = performance.now();
    // The clock is read at every tick: a longer step is a machine that slept.
    if (active) engaged += Math.min(now - since, interval + 5000);
    since = now;
    active = !document.hidden && document.hasFocus();
  };

  // Browsers fire scroll once a frame, just before layout: reading positions there forces none.
  const measure = () => {
    if (height) depth = Math.max(depth, Math.min(100, Math.round(((scrollY + innerHeight) / height) * 100)));
  };

  const engage = (least) => {
    clock();
    if (!depth) measure();
    if (!engaged || (engaged < least && depth <= sentDepth)) return;
    add({ type: "engagement", pathname: page, hostname, engaged: Math.ceil(engaged), scroll: depth });
    engaged = 0;
    sentDepth = depth;
    // A long stay reports ever more rarely, yet often enough to keep its visit alive.
    due = Math.min(due * 2, 24e4);
  };

  /* ---- Pageviews and custom events ---- */

  const path = () => {
    const full = location.pathname + location.search;
    if (full.length < 513) return full;
    // Too long for the collector: what tells the source comes first.
    const kept = full.match(/\b(utm_\w+|source|ref|\w+clid|[gw]braid|gad_source)=[^&]*/g) || [];
    return (location.pathname + "?" + kept.join("&")).slice(0, 512);
  };

  const record = (event) =>
    add({
      ...event,
      pathname: page,
      hostname,
      screen: [screen.width, screen.height],
      timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      language: navigator.language,
    });

  const title = () => document.title.slice(0, 200);

  const view = (referrer) => {
    clock();
    page = path();
    engaged = depth = 0;
    sentDepth = -1;
    due = 3000;
    return record({ type: "pageview", referrer, title: title() });
  };

  const navigated = () => {
    if (path() == page) return;
    engage(0);
    const event = view();
    // Frameworks change the title after the address.
    setTimeout(() => {
      event.title = title();
      flush();
    }, 50);
  };

  const track = (name, props, options) => {
    if (name) record({ ...options, type: "" + name, props });
  };

  /* ---- Coming and going ---- */

  const hide = () => {
    engage(0);
    active = false; // on pagehide the page may still call itself visible
    queue.forEach((batch) => {
      // A fetch in flight outlives the page by itself.
      if (batch != inFlight && batch.state != 2 && navigator.sendBeacon)
        batch.state = navigator.sendBeacon(endpoint, body(batch)) ? 2 : 1;
    });
    send(true);
  };

  // A beacon tells nothing about its fate: whoever comes back sends it again, under the same id.
  const show = () => {
    clock();
    queue.forEach((batch) => (batch.state = 1));
    send();
  };

  const start = () => {
    view(document.referrer.split("?")[0] || undefined);
    flush();
    live = true;
    calls.forEach((call) => track(...call));

    ["pushState", "replaceState"].forEach((name) => {
      const native = history[name];
      history[name] = function () {
        native.apply(this, arguments);
        navigated();
      };
    });
    addEventListener("popstate", navigated);
    addEventListener("focus", clock);
    addEventListener("blur", clock);
    addEventListener("pagehide", hide);
    addEventListener("pageshow", (event) => {
      if (!event.persisted) return;
      view();
      show();
    });
    document.addEventListener("visibilitychange", () => (document.hidden ? hide() : show()));
    setInterval(() => {
      engage(due);
      flush();
    }, interval);

    if (clicks != null)
      addEventListener(
        "click",
        (event) => {
          // A click by keyboard has no place on the page.
          if (!event.detail) return;
          const target = event.target.closest("a,button,input,select,textarea,label,summary,[role]") || event.target;
          const part = (sign, text) => (text ? sign + text : "");
          add({
            type: "click",
            pathname: page,
            hostname,
            x: Math.round(event.pageX),
            y: Math.round(event.pageY),
            target: (target.localName + part("#", target.id) + part(".", target.classList[0])).slice(0, 100),
          });
        },
        true,
      );

    addEventListener("scroll", measure);
    // Heights are read where layout is known to be fresh, never on scroll.
    const observer = new ResizeObserver(() => {
      height = document.documentElement.scrollHeight;
      measure();
    });
    observer.observe(document.body || document.documentElement);
  };

  let live;
  const calls = earlier.q || [];
  const footfall = (...call) => {
    if (earlier.loaded) earlier(...call);
    if (live) track(...call);
    else calls.push(call);
  };
  window.footfall = Object.assign(footfall, { loaded, q: calls });

  // A prerendered page may never be seen.
  if (document.prerendering) document.addEventListener("prerenderingchange", start, { once: true });
  else start();
})();
