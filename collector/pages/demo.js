/*
 * The demo page's own script: what the tracker sends in, a list of it out. Loaded before the tracker, since it looks
 * over the shoulder of fetch and sendBeacon; a page of yours needs nothing of this.
 */
(() => {
  const views = {
    "/demo": ["Footfall demo", "A page to click on", "Everything you do here shows up in the explorer as site demo."],
    "/demo/pricing": ["Pricing – Footfall demo", "Pricing", "Same document, new address: a pageview without a page load."],
    "/demo/docs": ["Docs – Footfall demo", "Docs", "Use the browser's back button too: that is one more pageview."],
  };

  /* ---- What was sent ---- */

  const rows = new Map(); // batch id -> its line
  const waiting = []; // lines from before the list existed

  const summary = (event) => {
    const { type = "pageview", pathname, engaged, scroll, target, props, revenue } = event;
    if (type === "engagement") return `engagement ${pathname}, ${(engaged / 1000).toFixed(1)} s, scrolled ${scroll} %`;
    if (type === "click") return `click on ${target}`;
    if (type === "pageview") return `pageview ${pathname}`;
    return [type, props && JSON.stringify(props), revenue && `${revenue.amount} ${revenue.currency}`]
      .filter(Boolean)
      .join(" ");
  };

  const report = (body, status) => {
    const list = document.getElementById("sent");
    if (!list) return waiting.push([body, status]);
    const { batch, events } = JSON.parse(body);
    const row = rows.get(batch) || document.createElement("li");
    rows.set(batch, row);
    row.dataset.status = status;
    const head = document.createElement("b");
    head.textContent = status;
    const id = document.createElement("code");
    id.textContent = batch;
    const what = document.createElement("span");
    what.textContent = events.map(summary).join(" · ");
    row.replaceChildren(head, id, what);
    if (!row.parentNode) list.prepend(row);
    while (list.children.length > 40) list.lastChild.remove();
  };

  const fetched = window.fetch;
  window.fetch = (address, options) => {
    const answer = fetched(address, options);
    if (!String(address).endsWith("/api/track")) return answer;
    report(options.body, "sent");
    answer.then(
      (reply) => report(options.body, reply.ok ? "acknowledged" : `answered ${reply.status}`),
      () => report(options.body, "kept, no answer"),
    );
    return answer;
  };
  const beacon = navigator.sendBeacon.bind(navigator);
  navigator.sendBeacon = (address, body) => {
    const taken = beacon(address, body);
    report(body, taken ? "beacon" : "kept, no beacon");
    return taken;
  };

  /* ---- Views within this one document ---- */

  const show = () => {
    const path = views[location.pathname] ? location.pathname : "/demo";
    const [title, heading, text] = views[path];
    document.title = title;
    document.getElementById("heading").textContent = heading;
    document.getElementById("lead").textContent = text;
    document.querySelectorAll("nav a[data-view]").forEach((link) => {
      if (link.pathname === path) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    });
  };

  document.addEventListener("DOMContentLoaded", () => {
    show();
    waiting.splice(0).forEach((line) => report(...line));
    document.querySelectorAll("a[data-view]").forEach((link) =>
      link.addEventListener("click", (event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        if (link.pathname !== location.pathname) history.pushState(null, "", link.href);
        show();
        scrollTo(0, 0);
      }),
    );
    document.getElementById("signup").addEventListener("click", () => footfall("Signup", { plan: "pro" }));
    document.getElementById("buy").addEventListener("click", () =>
      footfall("Purchase", { plan: "team" }, { revenue: { amount: 49, currency: "EUR" } }),
    );
    document.getElementById("seen").addEventListener("click", () =>
      footfall("Tooltip shown", { name: "pricing" }, { interactive: false }),
    );
  });
  addEventListener("popstate", show);
})();
