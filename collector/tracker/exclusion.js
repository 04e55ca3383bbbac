/* localStorage.footfall_ignore, set by hand, in; nothing out. */
/* at refusals */
localStorage.footfall_ignore
