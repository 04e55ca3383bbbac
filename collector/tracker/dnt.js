/* Do Not Track in; nothing out. */
/* at refusals */
navigator.doNotTrack == 1
