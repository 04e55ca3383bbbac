/* Forms that are sent in, "Form: Submission" with the form's id out; never what was written in them. */
presses.push((target, type) => {
  if (type == "submit") track("Form: Submission", { form: target.id });
});
