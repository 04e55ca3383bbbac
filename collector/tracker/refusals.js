/*
 * What speaks against counting in; nothing out: `path` is a function that does nothing. Reading the storage fails
 * where it is forbidden: that comes last.
 */
try {
  if (/* at refusals */ false /* end */) return (window.footfall = path);
} catch {}
