/* Links to other hosts in, "Outbound Link: Click" out, without query and fragment. A mailto: has no host. */
/* at press */
if (link.host && link.host != location.host) track("Outbound Link: Click", { url });
