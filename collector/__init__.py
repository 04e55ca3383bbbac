"""Browser to Redis: accept, enrich, journal, roll up, write."""
