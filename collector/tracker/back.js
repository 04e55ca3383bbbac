/* A page that comes back from the back/forward cache in, a new pageview out. */
/* at returns */
"pageshow",
/* at returned */
(event) => look(event.persisted && (page = 0))
