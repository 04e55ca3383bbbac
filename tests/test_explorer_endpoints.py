"""Query parameters become arguments of `Traffic`; what cannot be used is named."""

from __future__ import annotations

import inspect
from datetime import date
from typing import Any

import pytest

from common.frames import Traffic
from explorer.endpoints import ENDPOINTS, Refused, asked, where
from explorer.openapi import description

TODAY = date(2026, 11, 26)
DAYS = {"from": ["2026-11-01"], "to": ["2026-11-23"]}
BY_NAME = {endpoint.name: endpoint for endpoint in ENDPOINTS}


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("totals", {}, {}),
        ("series", {}, {"grain": "day"}),
        ("breakdown", {"dimension": ["os"], "limit": ["5"]}, {"dimension": "os", "limit": 5, "sort": "visitors"}),
        ("funnel", {"steps": ["page:/", "event:A"], "within": ["60"]},
         {"steps": ["page:/", "event:A"], "within": 60, "by": None}),
        ("transitions", {"ends": ["true"]}, {"limit": 1_000, "ends": True}),
    ],
)  # fmt: skip
def test_asked(name: str, given: dict[str, Any], expected: dict[str, Any]) -> None:
    days = {"start": date(2026, 11, 1), "end": date(2026, 11, 23), "where": {}}
    assert asked(BY_NAME[name], DAYS | given, TODAY) == days | expected


def test_where() -> None:
    filters = ["country:DE", "country:NP", "page__contains:/a:b", "prop:x%3Ay:z"]
    assert where(filters) == {"country": ["DE", "NP"], "page__contains": ["/a:b"], "prop:x:y": ["z"]}
    with pytest.raises(Refused, match="f=country: expected"):
        where(["country"])


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.name)
def test_every_parameter_is_one_of_the_method(endpoint: Any) -> None:
    taken = set(inspect.signature(getattr(Traffic, endpoint.name)).parameters)
    wanted = {param.name for param in endpoint.params}
    wanted |= ({"start", "end"} if endpoint.dated else set()) | ({"where"} if endpoint.filtered else set())
    assert wanted <= taken


def test_all_are_described() -> None:
    paths = description()["paths"]
    assert set(paths) == {f"/api/v1/sites/{{site}}/{endpoint.name}" for endpoint in ENDPOINTS}
    named = [one["name"] for one in paths["/api/v1/sites/{site}/funnel"]["get"]["parameters"]]
    assert named == ["site", "from", "to", "f", "steps", "within", "by", "format"]
