/* <button data-footfall-event="Signup" data-footfall-plan="pro"> in, custom events out; of a form on submit. */
/* at press */
let tagged = target.closest("[data-footfall-event]");
if (tagged && !tagged.submit != (name == "submit")) {
  let found = {};
  for (let one of tagged.attributes) found[one.name.split("data-footfall-")[1]] = one.value;
  let { undefined, event, ...props } = found;
  track(event, props);
}
