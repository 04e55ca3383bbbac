/* Global Privacy Control in; nothing out. */
/* at refusals */
navigator.globalPrivacyControl
