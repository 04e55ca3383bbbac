"""A goal in words, beside the days it is compared with."""

from __future__ import annotations

import pandas as pd

from explorer.conversion_card import sentence
from explorer.goals import Goal

GOAL = Goal("event:Signup", "Sign [up](http://evil.test)", "event:Signup")


def counts(visitors: int, converters: int, conversions: int) -> pd.DataFrame:
    rate = converters / visitors if visitors else float("nan")
    return pd.DataFrame(
        {"visitors": [visitors], "converters": [converters], "conversions": [conversions], "rate": [rate]}
    )


def test_sentence() -> None:
    told = sentence(counts(1_000, 25, 30), counts(0, 0, 0), GOAL, "1–7 Nov 2026")
    assert told[0].startswith("**2.5%** of 1,000 visitors reached **Sign ")
    assert told[0].endswith(": 25 converters, 30 times.")
    assert "](http" not in told[0]
    assert told[1] == "1–7 Nov 2026: – of 0."
    assert len(sentence(counts(1, 1, 1), None, GOAL, "")) == 1
