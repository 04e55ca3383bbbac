"""The table of endpoints in, their description in OpenAPI 3.1 out. Pure."""

from __future__ import annotations

from typing import Any

from explorer.endpoints import ENDPOINTS, Endpoint, Param

PREFIX = "/api/v1/sites/{site}"
_DAY = {"type": "string", "format": "date"}
_ERRORS = {
    "400": "A parameter cannot be used; `error` names it.",
    "401": "No token: `Authorization: Bearer TOKEN`.",
    "403": "The token is not one of this site.",
    "503": "Redis or the archive cannot be read; try again after Retry-After.",
}


def description() -> dict[str, Any]:
    """The whole document."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Footfall",
            "version": "1",
            "description": "Read-only figures of one site: every question is a method of `common.frames.Traffic`.",
        },
        "paths": {f"{PREFIX}/{endpoint.name}": {"get": _operation(endpoint)} for endpoint in ENDPOINTS},
        "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
        "security": [{"token": []}],
    }


def _operation(endpoint: Endpoint) -> dict[str, Any]:
    parameters = [_parameter("site", "A site as it is known.", {"type": "string"}, required=True, place="path")]
    if endpoint.dated:
        parameters += [_parameter(name, f"{told} day, in the site's zone, inclusive.", _DAY, required=True)
                       for name, told in (("from", "First"), ("to", "Last"))]  # fmt: skip
    if endpoint.filtered:
        told = "A filter, DIMENSION:VALUE; operators as page__contains:/blog. Several dimensions must all hold."
        parameters.append(_parameter("f", told, {"type": "array", "items": {"type": "string"}}))
    parameters += [_of(param) for param in endpoint.params]
    parameters.append(_parameter("format", "json or csv.", {"type": "string", "enum": ["json", "csv"]}))
    rows = {"type": "array", "items": {"type": "object"}}
    answer = {"type": "object", "properties": {"data": rows, "about": {"type": "object"}}}
    return {
        "operationId": endpoint.name,
        "summary": endpoint.about,
        "parameters": parameters,
        "responses": {
            "200": {
                "description": "`data`: rows; `about`: who answered, how complete and how exact.",
                "content": {"application/json": {"schema": answer}, "text/csv": {"schema": {"type": "string"}}},
            }
        }
        | {code: {"description": told} for code, told in _ERRORS.items()},
    }


def _of(param: Param) -> dict[str, Any]:
    schema = {"type": "array", "items": dict(param.schema)} if param.many else dict(param.schema)
    if param.default is not None:
        schema["default"] = param.default
    return _parameter(param.name, param.about, schema, param.required)


def _parameter(
    name: str, about: str, schema: dict[str, Any], required: bool = False, place: str = "query"
) -> dict[str, Any]:
    return {"name": name, "in": place, "description": about, "required": required, "schema": schema}
