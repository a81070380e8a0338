"""The API's description: what programs are written from."""

from __future__ import annotations

import re
from typing import Any

import pytest
from fastapi import FastAPI

from call_logs.users import Permission

OPERATION_ID = re.compile(r"[a-z]+(_[a-z]+){1,5}")
#: Whoever has no session yet, and who is nobody's user.
OPEN = {
    ("post", "/api/v1/sessions"),
    ("post", "/api/v1/inbound/{source}"),
    ("post", "/api/v1/inbound/files/{token}"),
    ("get", "/health"),
    ("get", "/health/live"),
    ("get", "/metrics"),
}


@pytest.fixture
def description(app: FastAPI) -> dict[str, Any]:
    return app.openapi()


def operations(description: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (method, path, operation)
        for path, methods in description["paths"].items()
        for method, operation in methods.items()
    ]


def test_every_operation_has_a_short_name_of_its_own(description: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, _, operation in operations(description)]
    assert len(names) > 90
    assert len(set(names)) == len(names)
    assert [name for name in names if not OPERATION_ID.fullmatch(name)] == []


def test_every_operation_says_who_may_call_it_and_by_which_rights(
    description: dict[str, Any],
) -> None:
    assert set(description["components"]["securitySchemes"]) == {"token", "session", "form"}
    known = set(Permission)
    for method, path, operation in operations(description):
        if (method, path) in OPEN:
            continue
        by_token, by_cookie = operation["security"]
        assert set(by_token["token"]) <= known
        assert ("form" in by_cookie) == (method != "get"), path
    assert description["paths"]["/api/v1/tickets"]["get"]["security"][0] == {
        "token": ["see_tickets"]
    }
    assert description["paths"]["/api/v1/sessions/current"]["get"]["security"][0] == {"token": []}


def test_every_error_has_the_same_shape(description: dict[str, Any]) -> None:
    seen = 0
    for _, path, operation in operations(description):
        for status, response in operation["responses"].items():
            if path.startswith("/api/") and int(status) >= 400:
                schema = response["content"]["application/json"]["schema"]
                assert schema == {"$ref": "#/components/schemas/ErrorOut"}, (path, status)
                seen += 1
    assert seen > 400


def test_bodies_that_are_sent_often_have_an_example(description: dict[str, Any]) -> None:
    schemas = description["components"]["schemas"]
    for name in ("TicketIn", "TicketChangeIn", "MoveIn", "NoteIn", "SessionIn", "TokenIn"):
        (example,) = schemas[name]["examples"]
        assert set(example) <= set(schemas[name]["properties"]), name
