/* Attributes of the tag in; another endpoint, absolute or relative to the script, and another interval out. */
if (dataset.endpoint) endpoint = new URL(dataset.endpoint, src);
if (dataset.flush > 0) interval = dataset.flush * 1e3;
