/* A prerendered page in; nothing out before it is shown, which may never be. Calls wait meanwhile. */
if (document.prerendering) {
  earlier.q ||= [];
  window.footfall = (...call) => earlier.q.push(call);
  await new Promise((shown) => document.addEventListener("prerenderingchange", shown));
}
