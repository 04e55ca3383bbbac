/* Events that are no JSON (rings, BigInt) in; a warning instead of an error in the page's own call out. */
/* at kept */
try {
  ORIGINAL
} catch (error) {
  console.warn(error);
}
