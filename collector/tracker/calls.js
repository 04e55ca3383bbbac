/*
 * Calls made before the script was there in, events after the pageview out. From then on every call reaches the tags
 * that came before, too. Stands last.
 */
/* at entry */
/* at last */
stub.q.forEach((call) => track(...call));
(stub.on ||= []).push(track);
stub.q.push = (call) => stub.on.forEach((track) => track(...call));
