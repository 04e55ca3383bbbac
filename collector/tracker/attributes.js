/* <button data-footfall-event="Signup" data-footfall-plan="pro"> in, custom events out; of a form on submit. */
/* at press */
let tagged = target.closest("[data-footfall-event]");
if (tagged && !tagged.submit != (name == "submit")) {
  let found = {};
  for (let one of tagged.attributes) found[one.name.split("data-footfall-")[1]] = one.value;
  // All other attributes came together under `undefined`. What is undefined is not sent.
  track(found.event, found, (found.event = found[undefined] = undefined));
}
