"""Whatever a program or a browser sends, the answer says what is wrong and is no 500.

Every route with every kind of nonsense in every place: numbers beyond 64 bits and beyond
what Python reads, NULs, half characters, very long texts, JSON and TOML nested thousands deep.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import partial
from itertools import cycle
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from call_logs import Store
from dashboard.web.signin import FIRM_HOME, SESSION_COOKIE
from tests.dashboard.browserless import CSRF
from tests.dashboard.conftest import PASSWORD, Founded
from tests.firm_world import WORKER, firms, worker

NUMBERS = ("-1", "0", "9223372036854775808", "1" * 20, "9" * 5000, "1e400", "٣", "NaN", "0x10")
TEXTS = ("\x00", "a\x00b", "\u202e", "%", "'", "\ufffd", "ー" * 3000, "../" * 50, "{}", "\n\r")
TIMES = (
    "0001-01-01T00:00:00",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-12:00",
    "9999-12-31T23:59:59",
    "2026-02-30",
    "1e18",
    "253402300800",
)
RAW = ("%00", "%ED%A0%80", "%FF", "%", "9" * 5000, "a" * 20000)  # as they stand in an address
BODY_VALUES: tuple[object, ...] = (
    None,
    True,
    -1,
    2**63,
    10**400,
    1.5,
    "",
    "\x00",
    "\ud800",
    "a\udfffb",
    "x" * 200_000,
    [],
    [[[]]],
    {},
    {"\ud800": "\x00"},
    {"id": "\ud800", "name": "\x00", "contacts": ["\ud800"], "x": 2**70},
    {"id": "x", "name": "\ud800", "contacts": ["sip:a@b"], "roles": ["\x00"]},
    {"id": "x", "weekly": [{"people": ["\udc00"], "days": "\x00", "start": 2**65}]},
    {"id": "x", "rotation": [{"people": ["a"], "since": "9" * 5000, "every_days": 10**30}]},
    {"id": "x", "person": "y", "from": "0001-01-01", "until": "9999-12-31T23:59:59"},
    {"name": "x", "from": "9999-12-31", "until": "9999-12-31", "works_as": "\x00"},
)
BODIES = (
    b"",
    b"null",
    b"[]",
    b"\xff",
    b"[" * 100_000,
    b'{"a":' * 50_000,
    b'{"version":' + b"9" * 5000 + b"}",
    b'{"document": ' + b'{"a":' * 5000 + b"1" + b"}" * 5000 + b', "version": null}',
)
SIGNS_OUT = {"/logout", "/login", "/account/password"}
#: Streams that do not end, and what other tests cover with files of their own.
ENDLESS = {"/changes", "/api/v1/changes"}


@pytest.fixture
async def admin(app: FastAPI, store: Store, founded: Founded) -> AsyncIterator[httpx.AsyncClient]:
    """An administrator; what only a firm may ask goes out as one of its people."""
    await firms(store)
    await worker(store, PASSWORD)
    async with signed_in(app, "admin") as admin, signed_in(app, WORKER) as firm:
        admin.event_hooks["request"].append(partial(_as_firm, firm))
        yield admin


@asynccontextmanager
async def signed_in(app: FastAPI, name: str) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://hotline.test") as http:
        answer = await http.post("/api/v1/sessions", json={"name": name, "password": PASSWORD})
        token = answer.json()["token"]
        http.cookies.set(SESSION_COOKIE, token)
        http.headers["Authorization"] = f"Bearer {token}"
        page = (await http.get("/account")).text
        (http.headers["X-CSRF-Token"],) = set(CSRF.findall(page))
        yield http


async def _as_firm(firm: httpx.AsyncClient, request: httpx.Request) -> None:
    if FIRM_HOME in request.url.path:
        for name in ("Authorization", "X-CSRF-Token"):
            request.headers[name] = firm.headers[name]
        request.headers["Cookie"] = f"{SESSION_COOKIE}={firm.cookies[SESSION_COOKIE]}"


_VALUES = (*map(quote, NUMBERS), *map(quote, TEXTS), *map(quote, TIMES), *RAW)
# A third of them for each parameter, in turn: those of one kind are read in one way.
THIRDS = cycle([_VALUES[turn::3] for turn in range(3)])


def routes(app: FastAPI) -> Iterator[tuple[str, Any]]:
    for route in iter_route_contexts(app.routes):
        if getattr(route, "dependant", None) is not None and route.path not in ENDLESS:
            for method in sorted(route.methods or ()):
                yield method, route


def _filled(path: str, name: str = "", value: str = "") -> str:
    """The route's path with 1 for every parameter, and `value` for one."""
    for parameter in [part[1:-1] for part in path.split("/") if part.startswith("{")]:
        path = path.replace(f"{{{parameter}}}", value if parameter == name else "1")
    return path.replace("{token}", value if name == "token" else "1")


async def test_no_parameter_of_an_address_breaks_a_page_or_the_api(
    app: FastAPI, admin: httpx.AsyncClient
) -> None:
    broken = []
    seen = 0
    for method, route in routes(app):
        places = [("path", each.alias) for each in route.dependant.path_params]
        flat = [*route.dependant.query_params]
        for dependency in route.dependant.dependencies:
            flat += dependency.query_params
        places += [("query", each.alias) for each in flat]
        for place, name in places:
            for raw in next(THIRDS):
                if place == "path":
                    if "/" in raw or not raw or raw == "%":
                        continue
                    address = _filled(route.path, name, raw)
                else:
                    address = f"{_filled(route.path)}?{name}={raw}"
                seen += 1
                answer = await admin.request(method, httpx.URL(f"http://hotline.test{address}"))
                if answer.status_code >= 500:
                    broken.append((method, route.path, name, raw[:30], answer.status_code))
    assert seen > 500
    assert broken == []


def _fields(app: FastAPI, route: Any) -> tuple[str, ...]:
    """The names in a route's JSON body."""
    schema = app.openapi()
    for method in route.methods:
        operation = schema["paths"].get(route.path, {}).get(method.lower(), {})
        content = operation.get("requestBody", {}).get("content", {})
        if "application/json" in content:
            reference = content["application/json"]["schema"].get("$ref", "")
            model = schema["components"]["schemas"].get(reference.rpartition("/")[2], {})
            return tuple(model.get("properties", ()))
    return ()


PLAUSIBLE: dict[str, object] = {
    "version": 1,
    "status": "open",
    "note": "x",
    "text": "x",
    "document": {},
    "name": "x",
    "password": "x",
}


async def test_no_body_breaks_the_api(app: FastAPI, admin: httpx.AsyncClient) -> None:
    broken = []
    seen = 0
    for method, route in routes(app):
        if method == "GET":
            continue
        bodies = list(BODIES)
        fields = _fields(app, route)
        for name in fields:
            for value in BODY_VALUES:
                base = {key: PLAUSIBLE[key] for key in fields if key in PLAUSIBLE}
                bodies.append(json.dumps({**base, name: value}).encode())
        if "{kind}" in route.path:
            paths = [
                route.path.replace("{kind}", kind)
                for kind in ("person", "schedule", "leave", "holiday", "override", "policy", "line")
            ]
        else:
            paths = [route.path]
        for path in paths:
            for body in bodies:
                seen += 1
                answer = await admin.request(
                    method,
                    _filled(path),
                    content=body,
                    headers={"Content-Type": "application/json"},
                )
                if answer.status_code >= 500:
                    broken.append((method, path, body[:60], answer.status_code))
                if route.path.endswith("/sessions/current"):
                    break  # it has signed us out
    assert seen > 300
    assert broken == []


async def test_no_form_breaks_a_page(app: FastAPI, admin: httpx.AsyncClient) -> None:
    broken = []
    seen = taken = 0
    for method, route in routes(app):
        if method == "GET" or route.path.startswith("/api/") or route.path in SIGNS_OUT:
            continue
        names = [each.alias for each in route.dependant.body_params] or ["text", "version", "name"]
        for name in names:
            for raw in next(THIRDS):
                body = "&".join(f"{each}={raw if each == name else 1}" for each in names)
                seen += 1
                answer = await admin.request(
                    method,
                    _filled(route.path),
                    content=body.encode(),
                    headers={"Content-Type": "application/x-www-form-urlencoded"},
                )
                taken += answer.status_code in (200, 303)
                assert answer.status_code != 403, route.path
                if answer.status_code >= 500:
                    broken.append((method, route.path, name, raw[:30], answer.status_code))
    assert seen > 200
    assert taken > 20
    assert broken == []


@pytest.mark.parametrize(
    "header",
    ["bytes=" + "9" * 5000 + "-", "bytes=-" + "9" * 5000, "bytes=0-" + "9" * 5000, "bytes=٣-"],
)
def test_no_range_breaks_a_recording(header: str) -> None:
    from dashboard.calls.audio import ByteRange, UnsatisfiableRange, parse_range

    try:
        part = parse_range(header, 1000)
    except UnsatisfiableRange:
        assert header.startswith("bytes=9")
        return
    assert part in (None, ByteRange(0, 999))
