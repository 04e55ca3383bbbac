/* Do Not Track in; nothing out. */
if (navigator.doNotTrack == 1) return (window.footfall = () => {});
