/* Links to files in, "File Download" out, without query and fragment: they carry tokens. */
/* at press */
if (url.match(`[.](${dataset.downloads || "(doc|xls|ppt)x?|dmg|gz|pdf|zip|csv|mp.|exe"})$`))
  return track("File Download", { url });
