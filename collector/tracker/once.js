/* A second copy of the tag in; nothing out. Two sites, or two collectors, each get every event: see calls.js. */
let earlier = window.footfall || {};
let key = endpoint + dataset.site;
if (earlier[key]) return;
earlier[key] = 1;
if (!dataset.site) console.warn("footfall: no data-site");
