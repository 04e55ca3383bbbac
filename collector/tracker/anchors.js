/* A press in; the link it was on, and its address without query and fragment, which carry tokens, out. */
/* at press */
let link = target.closest("a") || target;
// A string, whatever was pressed.
let url = link.origin + [link.pathname];
