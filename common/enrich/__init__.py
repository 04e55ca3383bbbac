"""Request facts to dimensions: one pure function per file, no I/O after loading its lists."""
