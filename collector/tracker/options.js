/* Attributes of the tag in; another endpoint, absolute or relative to the script, and another interval out. */
/* at endpoint */
dataset.endpoint || ORIGINAL
/* at interval */
dataset.flush * 1e3 || ORIGINAL
