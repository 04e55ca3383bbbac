"""Requests in other products' words in, raw events out; and our answers in theirs: so that their snippets send here."""
