/* localStorage.footfall_ignore, set by hand, in; nothing out. Reading it fails where storage is forbidden. */
try {
  if (localStorage.footfall_ignore) return (window.footfall = () => {});
} catch {}
