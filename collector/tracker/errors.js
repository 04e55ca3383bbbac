/* Uncaught errors in; message, file and line of the first ten different ones of a page out. */
let errors = [];
["error", "unhandledrejection"].forEach((name) =>
  addEventListener(name, (event) => {
    let message = [event.message || event.reason, event.filename, event.lineno].join(" ");
    if (errors[9] || errors.includes(message)) return;
    errors.push(message);
    track("error", { message }, { interactive: false });
  }),
);
