/* A second copy of the tag in; nothing out. Two sites, or two collectors, each get every event: see calls.js. */
let key = endpoint + dataset.site;
let stub = (window.footfall ||= (...call) => stub.q.push(call));
stub.q ||= [];
if (stub[key]) return;
stub[key] = 1;
if (!dataset.site) console.warn("footfall: no data-site");
