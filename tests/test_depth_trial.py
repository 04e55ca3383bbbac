"""A rule tried on a few visits, and who is in two segments, by hand; brute force is in test_explained.py."""

from __future__ import annotations

from derived import relation_of
from made import event, ms

from common.calendars import calendar
from common.depth.trial import overlap, trial
from common.filters import normalise
from common.keys import ordinal
from common.rollups import METRICS

DAY = ordinal("2026-05-05")
NOON, MIDNIGHT = ms("2026-05-05 12:00"), ms("2026-05-06")
EVENTS = [
    event(1, NOON, "/"),
    event(1, NOON + 60_000, "/wp-login.php"),
    event(2, NOON, "/", country="DE"),
    # One visit over midnight: what it holds on the second day takes its first day away, too.
    event(3, MIDNIGHT - 60_000, "/"),
    event(13, MIDNIGHT + 60_000, "/wp-login.php", before=3),
    event(9, NOON, "/wp-login.php", class_="bot"),
]


def sums(days: list[int], rule: dict, where: dict | None = None) -> dict[str, list[int]]:
    found = trial(relation_of(EVENTS), calendar("UTC"), days, normalise(where), normalise(rule))
    at = [METRICS.index(name) for name in ("visitors", "visits", "pageviews")]
    return {which: values[at].tolist() for which, values in found.items()}


def test_a_rule_takes_whole_visits() -> None:
    rule = {"page__contains": "WP-"}
    assert sums([DAY, DAY + 1], rule) == {"before": [4, 3, 5], "matched": [3, 2, 4], "after": [1, 1, 1]}
    assert sums([DAY], rule) == {"before": [3, 3, 4], "matched": [2, 2, 3], "after": [1, 1, 1]}
    assert sums([DAY], rule, {"page": "/"}) == {"before": [3, 3, 3], "matched": [2, 2, 2], "after": [1, 1, 1]}


def test_a_rule_that_matches_nothing() -> None:
    assert sums([DAY], {"country": "FR"}) == {"before": [3, 3, 4], "matched": [0, 0, 0], "after": [3, 3, 4]}


def test_overlap_is_distinct_within_a_day() -> None:
    found = overlap(
        relation_of(EVENTS), [DAY, DAY + 1], normalise({"page": "/"}), normalise({"exit_page__contains": "wp"})
    )
    assert found == {"first": 3, "second": 3, "both": 2}
    assert overlap(relation_of(EVENTS), [DAY], normalise({}), normalise({"class": "bot"})) == {
        "first": 3,
        "second": 1,
        "both": 0,
    }
