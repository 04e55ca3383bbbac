/* A prerendered page in; nothing out before it is shown, which may never be. Calls wait meanwhile. */
if (document.prerendering) await { then: (shown) => addEventListener("prerenderingchange", shown, 1) };
