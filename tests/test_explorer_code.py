"""The Python under a chart: run in a notebook it gives what the page shows; and what the page says of an answer."""

from __future__ import annotations

from datetime import date
from typing import Any

import explorer_site as site
import pandas as pd
import pytest
import redis as redis_py
from pandas.testing import assert_frame_equal, assert_series_equal

from common.frames import Traffic
from explorer import code
from explorer.code import Call
from explorer.data import Answers
from explorer.source import Source
from explorer.view import View

START, END = date(2026, 11, 1), date(2026, 11, 23)


@pytest.mark.parametrize(
    ("name", "options", "text"),
    [
        ("totals", {}, "t.totals('2026-11-01', '2026-11-23')"),
        ("totals", {"where": {}}, "t.totals('2026-11-01', '2026-11-23')"),
        (
            "breakdown",
            {"where": {"country": ["DE"]}, "dimension": "page", "limit": None},
            "t.breakdown('page', '2026-11-01', '2026-11-23', where={'country': ['DE']})",
        ),
        ("series", {"grain": "hour"}, "t.series('2026-11-01', '2026-11-23', grain='hour')"),
        (
            "funnel",
            {"steps": ["page:/", "event:Signup"], "within": "visit"},
            "t.funnel(['page:/', 'event:Signup'], '2026-11-01', '2026-11-23', within='visit')",
        ),
        ("heatmap", {"page": "/a'b"}, "t.heatmap(\"/a'b\", '2026-11-01', '2026-11-23')"),
        ("transitions", {"ends": True}, "t.transitions('2026-11-01', '2026-11-23', ends=True)"),
    ],
)  # fmt: skip
def test_the_call(name: str, options: dict[str, Any], text: str) -> None:
    assert Call("a.com", name, START, END, options).text == text


def test_a_call_without_days() -> None:
    assert Call("a.com", "live", None, None, {}).text == "t.live()"


#: Every kind of question that pages ask, and what it is asked with.
ASKED: list[tuple[str, dict[str, Any]]] = [
    ("totals", {}),
    ("series", {"grain": "day"}),
    ("breakdown", {"dimension": "page"}),
    ("breakdown", {"dimension": "prop:plan"}),
    ("trend", {"dimension": "country", "values": ["DE", "FR"], "metric": "visits"}),
    ("activity", {}),
    ("visits", {}),
    ("funnel", {"steps": ["page:/", "page:/pricing"]}),
    ("transitions", {"ends": True}),
]
FILTERS = [
    (),
    (("country", "DE"), ("page__contains", "/")),
    (("page__matches", "^/(docs|pricing)$"), ("source__not", 'it\'s "quoted"')),
]


@pytest.mark.parametrize("chosen", FILTERS)
@pytest.mark.parametrize(("name", "options"), ASKED)
def test_the_program_gives_what_the_page_shows(
    redis: redis_py.Redis,
    redis_url: str,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    options: dict[str, Any],
    chosen: tuple[tuple[str, str], ...],
) -> None:
    monkeypatch.setenv("FOOTFALL_REDIS_URL", redis_url)
    site.forget()
    site.ordinary(redis)
    source = Source(site.SITE, redis, Traffic(site=site.SITE)._settings)
    today = source.today()
    answers = Answers(source, View(site.SITE, "custom", today.replace(day=1), today, chosen))
    shown = answers.ask(name, **options)
    call = answers.call(name, **options)
    lines = call.program.splitlines()
    assert lines[-1] == call.text
    scope: dict[str, Any] = {}
    exec("\n".join(lines[:-1]), scope)  # noqa: S102 - it is what a reader of the page would run
    found = eval(lines[-1], scope)  # noqa: S307
    assert len(shown)
    same = assert_series_equal if isinstance(shown, pd.Series) else assert_frame_equal
    same(found, shown, check_dtype=False)  # small numbers may be of a smaller type
    assert found.attrs == shown.attrs


def test_hostile_texts_stay_inside_their_quotes() -> None:
    """Whatever a value holds, the program is a call with that value."""
    value = "'); import os; os._exit(1) #\\"
    call = Call("a.com", "totals", START, END, {"where": {"page": [value]}})
    scope: dict[str, Any] = {}
    program = call.program.replace("from common.frames import Traffic\n", "")

    class Recorder:
        def __init__(self, **_: str) -> None: ...

        def totals(self, *_: str, where: dict[str, list[str]]) -> None:
            scope["seen"] = where

    scope["Traffic"] = Recorder
    exec(program, scope)  # noqa: S102
    assert scope["seen"] == {"page": [value]}


@pytest.mark.parametrize(
    ("attrs", "told"),
    [
        ({}, ["Answered by rollups.", "Complete: every day of the range is in it."]),
        (
            {"sources": ["raw events", "archive"], "complete": True},
            ["Answered by raw events and archive.", "Complete: every day of the range is in it."],
        ),
        (
            {"sources": ["raw events"], "complete": False, "missing": ["2026-11-01", "2026-11-02"]},
            ["Answered by raw events.", "Not complete: raw events of 2 days are gone (2026-11-01 to 2026-11-02)."],
        ),
        (
            {"answered_by": "rollups", "exact": False, "exactness": "exact; sums"},
            [
                "Answered by rollups.",
                "Complete: every day of the range is in it.",
                "Not every value has a row of its own: those beyond a day's cap are summed in (other).",
                "Exact; sums.",
            ],
        ),
        ({"complete": False}, ["Answered by rollups."]),
    ],
)
def test_what_is_said_of_an_answer(attrs: dict[str, Any], told: list[str]) -> None:
    assert code.about(attrs) == told


def test_the_dialog(redis: redis_py.Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOOTFALL_REDIS_URL", redis_url)
    site.forget()
    site.ordinary(redis)
    app = site.opened("breakdown", site=site.SITE, period="7d", breakdown="country", f="device:Mobile")
    app.button(key="code:breakdown").click().run()
    assert not app.exception
    assert "t.breakdown('country', " in app.code[0].value
    assert "where={'device': ['Mobile']}" in app.code[0].value
    assert "Answered by raw events." in site.texts(app)
    app.run()
    assert not app.code  # shown once
