/* Uncaught errors in; message, file and line of the first ten different ones of a page out. */
errors = [];
["unhandledrejection", "error"].forEach((name) =>
  addEventListener(name, (event) => {
    let message = [event.message || event.reason, event.filename, event.lineno].join(" ");
    if (!(errors[9] || errors[message])) track("error", { message }, (errors[message] = errors.push(0)));
  }),
);
/* at names */
errors
