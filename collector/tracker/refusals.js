/* What speaks against counting in; nothing out. Reading the storage fails where it is forbidden: that comes last. */
try {
  if (/* at refusals */ false /* end */) return (window.footfall = () => {});
} catch {}
