/* Links to files in, "File Download" out, without query and fragment: they carry tokens. */
presses.push((target, type, { origin, pathname }) => {
  if (RegExp(`\\.(${dataset.downloads || "pdf|csv|docx?|xlsx?|pptx?|zip|gz|dmg|exe|mp[34]"})$`).test(pathname)) {
    track("File Download", { url: origin + pathname });
    return true;
  }
});
