/* <button data-footfall-event="Signup" data-footfall-plan="pro"> in, custom events out; of a form on submit. */
presses.push((target, type) => {
  target = target.closest("[data-footfall-event]");
  if (target && (target.localName == "form") == (type == "submit")) {
    let found = {};
    for (let { name, value } of target.attributes) found[name.split("data-footfall-")[1]] = value;
    let { undefined, event, ...props } = found;
    track(event, props);
  }
});
