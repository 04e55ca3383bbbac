/* Links to other hosts in, "Outbound Link: Click" out, without query and fragment. A mailto: has no host. */
presses.push((target, type, { origin, pathname, host }) => {
  if (host && host != location.host) track("Outbound Link: Click", { url: origin + pathname });
});
