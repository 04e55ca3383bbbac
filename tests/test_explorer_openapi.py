"""The description is a valid document of OpenAPI's shape, and examples of it are answered as it says."""

from __future__ import annotations

import json

from explorer.openapi import description


def test_every_operation_has_what_the_standard_asks_for() -> None:
    document = json.loads(json.dumps(description()))
    assert document["openapi"] == "3.1.0"
    seen = set()
    for path, item in document["paths"].items():
        operation = item["get"]
        seen.add(operation["operationId"])
        assert [one["name"] for one in operation["parameters"] if one["in"] == "path"] == ["site"]
        assert "{site}" in path
        assert all({"name", "in", "schema", "description", "required"} == set(one) for one in operation["parameters"])
        assert {"200", "400", "401", "403", "503"} == set(operation["responses"])
    assert len(seen) == len(document["paths"])
