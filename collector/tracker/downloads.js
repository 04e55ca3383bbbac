/* Links to files in, "File Download" out, without query and fragment: they carry tokens. */
/* at press */
if (RegExp(`\\.(${dataset.downloads || "pdf|csv|docx?|xlsx?|pptx?|zip|gz|dmg|exe|mp[34]"})$`).test(link.pathname))
  return track("File Download", { url });
