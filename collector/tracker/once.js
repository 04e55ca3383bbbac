/* A second copy of the tag in; nothing out. Two sites, or two collectors, each get every event: see calls.js. */
let calls = ((window.footfall ||= (...call) => calls.push(call)).q ||= []);
if (calls[endpoint + dataset.site]) return;
calls[endpoint + dataset.site] = 1;
if (!dataset.site) console.warn("footfall: no data-site");
