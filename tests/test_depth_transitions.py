"""Transitions: two visits one can follow by eye, brute force over random ones, and published figures."""

from __future__ import annotations

import csv
import gzip
import json
from collections import Counter
from datetime import datetime
from pathlib import Path

import pandas as pd
from brute import visits_of
from brute_frames import value_of
from derived import relation_of
from hypothesis import given
from hypothesis import strategies as st
from made import event, ms
from test_depth_sums import SOME
from test_truth import PAGES, traffic

from common.calendars import calendar
from common.depth.transitions import transitions
from common.filters import normalise
from common.keys import ordinal

DAY = ordinal("2026-05-05")
MIDNIGHT = ms("2026-05-06")
#: One visit of / / /b, a Signup between, over midnight; and one of /b alone.
EVENTS = [
    event(1, MIDNIGHT - 3_000, "/", country="DE"),
    event(1, MIDNIGHT - 2_000, "/"),
    event(1, MIDNIGHT - 1_000, "/s", type="Signup"),
    event(11, MIDNIGHT + 1_000, "/b", before=1),
    event(2, MIDNIGHT - 9_000, "/b", country="NP"),
    event(3, MIDNIGHT - 9_000, "", type="Only"),
]


def pairs(frame: pd.DataFrame) -> list[tuple]:
    return [tuple(row) for row in frame[["from", "to", "count"]].itertuples(index=False)]


def test_pairs() -> None:
    relation = relation_of(EVENTS)
    found = transitions(relation, [DAY], normalise(None), True, False)
    assert pairs(found) == [("/", "/", 1), ("/", "/b", 1)]
    assert found["share"].tolist() == [0.5, 0.5]
    assert pairs(transitions(relation, [DAY], normalise(None), False, False)) == [("/", "/b", 1)]
    assert pairs(transitions(relation, [DAY], normalise(None), True, True)) == [
        ("/b", "(exit)", 2),
        ("(entry)", "/", 1),
        ("(entry)", "/b", 1),
        ("/", "/", 1),
        ("/", "/b", 1),
    ]
    # Whole visits count on the day they began.
    assert transitions(relation, [DAY + 1], normalise(None), True, True).empty


def test_filters() -> None:
    relation = relation_of(EVENTS)
    assert transitions(relation, [DAY], normalise({"country": "NP"}), True, False).empty
    around = transitions(relation, [DAY], normalise({"page": "/b"}), True, True)
    assert pairs(around) == [("/b", "(exit)", 2), ("(entry)", "/b", 1), ("/", "/b", 1)]


@SOME
@given(case=traffic(), tail=st.integers(0, 9), page=st.sampled_from([None, *PAGES]), self_transitions=st.booleans())
def test_as_brute_force(case: tuple, tail: int, page: str | None, self_transitions: bool) -> None:
    zone, persons, _ = case
    events = [item for each in persons.values() for item in each]
    local = calendar(zone)
    found = sorted({local.day(item.time) for item in events})
    days = range(found[0], found[-1] + 1)[: 1 + tail % len(found)]
    expected: Counter[tuple[str, str]] = Counter()
    for each in persons.values():
        for visit in visits_of(each)[0]:
            first = visit.events[0]
            views = [value_of(item, "page") for item in visit.events if item.type == "pageview"]
            if first.class_ == "human" and local.day(first.time) in days and views:
                expected.update(zip(["(entry)", *views], [*views, "(exit)"], strict=True))
    kept = {
        pair: count
        for pair, count in expected.items()
        if (page is None or page in pair) and (self_transitions or pair[0] != pair[1])
    }
    where = normalise({"page": page} if page else None)
    frame = transitions(relation_of(events, zone), days, where, self_transitions, True)
    assert {(a, b): count for a, b, count in pairs(frame)} == kept


def test_published_transitions(shared: Path) -> None:
    """Plausible's own dump: ids that never change, visits kept alive by all events."""
    answers = json.loads((shared / "data" / "oracles" / "clicks_plausible_io.json").read_text())
    theirs = answers["sessions30_all_events_keep_session_alive"]
    with gzip.open(shared / "data" / "clicks" / "plausible_io_500users_events_2024-03.csv.gz", "rt") as lines:
        rows = list(csv.DictReader(lines))
    relation = relation_of(
        event(
            int(row["user_id"]),
            round(datetime.fromisoformat(f"{row['timestamp']}+00:00").timestamp() * 1000),
            row["pathname"],
            seq=number,
            type=row["name"],
        )
        for number, row in enumerate(rows)
    )
    days = range(ordinal("2024-03-28"), ordinal("2024-04-01"))
    found = transitions(relation, days, normalise(None), True, False)
    assert found["count"].sum() == theirs["transitions"] == 4_206
    own = found["from"] == found["to"]
    assert found.loc[own, "count"].sum() == theirs["self_transitions"] == 2_536
    counts = {f"{a} -> {b}": count for a, b, count in pairs(found)}
    listed = theirs["top15_transitions_no_self"]
    assert [[name, counts[name]] for name, _ in listed] == listed
    entries = transitions(relation, days, normalise(None), True, True)
    entries = entries[entries["from"] == "(entry)"].set_index("to")["count"]
    assert [[page, entries[page]] for page, _ in theirs["top10_entry"]] == theirs["top10_entry"]
