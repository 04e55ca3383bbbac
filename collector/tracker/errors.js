/* Uncaught errors in; message, file and line of the first ten different ones of a page out. */
let errors = new Set();
["error", "unhandledrejection"].forEach((name) =>
  addEventListener(name, ({ message, reason, filename, lineno }) => {
    message = [message || reason, filename, lineno].join(" ");
    if (errors.size < 10 && errors.size < errors.add(message).size) track("error", { message }, { interactive: false });
  }),
);
