/* Forms that are sent in, "Form: Submission" with the form's id out; never what was written in them. */
/* at press */
if (name == "submit") track("Form: Submission", { form: target.id });
