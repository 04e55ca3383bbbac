/* A page that comes back from the back/forward cache in, a new pageview out. */
addEventListener("pageshow", (event) => event.persisted && look((page = 0)));
