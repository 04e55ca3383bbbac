/* Global Privacy Control in; nothing out. */
if (navigator.globalPrivacyControl) return (window.footfall = () => {});
