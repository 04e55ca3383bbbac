/* Events that are no JSON (rings, BigInt) in; a warning instead of an error in the page's own call out. */
let unguarded = add;
add = (event) => {
  try {
    event = unguarded(event);
  } catch (error) {
    console.warn("footfall:", error);
  }
  return event;
};
