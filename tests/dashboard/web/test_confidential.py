"""What is confidential gets out at no address: every route, for everybody, with canaries in every
field. A route that comes later is walked by itself; one with a new kind of place fails until the
world has such a thing."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from call_logs import Store
from call_logs.users import GRANTABLE, HOTLINE, Role
from dashboard.web.signin import SESSION_COOKIE
from tests.dashboard.browserless import CSRF
from tests.dashboard.confidential_world import (
    HANDLER,
    WORD,
    Caged,
    World,
    common_places,
    confidential_world,
)
from tests.dashboard.conftest import PASSWORD, Founded

PLACE = re.compile(r"{(\w+)}")
# A stream without an end (below), what ends the walk's own session, and a form that only a guest
# sends.
NOT_WALKED = {"/changes", "/logout", "/login", "/account/password", "/api/v1/sessions/current"}
REASON = {"X-Hotline-Reason": "to%20help"}
#: What forms and bodies name tickets by.
QUERIES = (
    "text={word}&status=all&q={word}",
    "caller={number}",
    "building=3&category=lighting&number={ticket}",
)


@dataclass
class Walked:
    """Every answer of one person's walk."""

    answers: dict[str, str] = field(default_factory=dict)
    worst: dict[str, int] = field(default_factory=dict)

    def with_any(self, canaries: tuple[str, ...]) -> list[str]:
        """The addresses whose answers have one of them; that was not in the question."""
        return [
            f"{address}: {canary}"
            for address, text in self.answers.items()
            for canary in canaries
            if canary in text and canary not in address
        ]


def routes(app: FastAPI) -> Iterator[tuple[str, str]]:
    for route in iter_route_contexts(app.routes):
        if getattr(route, "dependant", None) is not None and route.path not in NOT_WALKED:
            for method in sorted(route.methods or ()):
                yield method, str(route.path)


async def walk(
    app: FastAPI, http: httpx.AsyncClient, world: World, common: dict[str, str]
) -> Walked:
    """Every route: what lists once with each question, what names a place with those of each
    confidential ticket, and of the plain one where it is only read."""
    token = CSRF.search((await http.get("/account")).text)
    csrf = token.group(1) if token else ""
    walked = Walked()
    for method, path in routes(app):
        named = "{" in path
        for caged in world.confidential + ((world.plain,) if method == "GET" else ()):
            word, _, _, number, ticket = caged.canaries
            address = _filled(path, common | dict(caged.places))
            asked = [address]
            if method == "GET" and not named:
                written = {"word": word, "number": number, "ticket": ticket}
                asked += [f"{address}?{query.format(**written)}" for query in QUERIES]
            for each in asked:
                if f"{method} {each}" in walked.answers:
                    continue
                content = {} if method == "GET" else _sent(path, caged, csrf)
                answer = await http.request(method, each, **content)
                text = answer.text + str(answer.headers)
                if path.startswith("/owner-data"):  # says again what it was asked for
                    text = text.replace(caged.canaries[-1], "")
                walked.answers[f"{method} {each}"] = text
                walked.worst[f"{method} {each}"] = answer.status_code
    return walked


def _filled(path: str, places: Mapping[str, str]) -> str:
    return PLACE.sub(lambda found: places[found[1]], path)


def _sent(path: str, caged: Caged, csrf: str) -> dict[str, Any]:
    """What names the ticket by every name that a form or a body has for one."""
    ticket_id = int(caged.places["ticket_id"])
    if "/api/" in path:
        named: dict[str, Any] = {"other": ticket_id, "into": ticket_id, "tickets": [ticket_id]}
        return {"json": named | {"version": 1, "note": "x", "text": "x", "status": "registered"}}
    number = caged.canaries[-1]
    form = {"csrf_token": csrf, "other": number, "number": number, "ticket": str(ticket_id)}
    more = {"version": "1", "note": "x", "status": "registered", "assignee": "wang"}
    return {"data": form | {"tickets": str(ticket_id)} | more}


@pytest.fixture
async def world(store: Store) -> World:
    return await confidential_world(store, PASSWORD)


@pytest.fixture
async def http(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://hotline.test") as one:
        yield one


@pytest.mark.timeout(600)
@pytest.mark.parametrize("role", [*Role, None], ids=str)
async def test_no_answer_to_anybody_outside_has_a_word_of_what_is_confidential(
    app: FastAPI,
    http: httpx.AsyncClient,
    store: Store,
    founded: Founded,
    world: World,
    role: Role | None,
) -> None:
    """None: a program with every right that a token can have."""
    if role is None:
        _, secret = await store.tokens.make("all", GRANTABLE, HOTLINE)
        http.headers["Authorization"] = f"Bearer {secret}"
    else:
        http.cookies.set(SESSION_COOKIE, founded.tokens[role])

    walked = await walk(app, http, world, await common_places(store))

    _, *teller, _ = world.anonymous.canaries
    assert walked.with_any(world.sensitive.canaries) == []
    assert walked.with_any(tuple(teller)) == []
    if role is Role.MANAGER:
        assert walked.with_any(world.about_manager.canaries) == []
    assert [each for each in walked.worst.items() if each[1] >= 500] == []
    if role is not Role.ENGINEER:  # the walk finds what is not kept back
        assert len(walked.with_any(world.plain.canaries)) > 5


async def test_everybody_else_finds_what_is_about_the_manager(
    app: FastAPI, http: httpx.AsyncClient, founded: Founded, world: World
) -> None:
    http.cookies.set(SESSION_COOKIE, founded.tokens[Role.ADMIN])

    answer = await http.get(f"/tickets/{world.about_manager.told.ticket.id}")

    assert world.about_manager.canaries[0] in answer.text


async def test_the_circle_sees_it_with_a_reason_and_the_log_has_it(
    app: FastAPI, http: httpx.AsyncClient, store: Store, world: World
) -> None:
    session = await store.users.login(HANDLER, PASSWORD)
    http.headers["Authorization"] = f"Bearer {session.token}"
    address = f"/api/v1/tickets/{world.sensitive.told.ticket.id}"

    without = await http.get(address)
    with_reason = await http.get(address, headers=REASON)

    assert without.status_code == 428
    assert WORD not in without.text
    assert world.sensitive.canaries[0] in with_reason.text
    (line,) = (await store.access.list(user_name=HANDLER)).items[-1:]
    assert (line.action, line.reason) == ("opened", "to help")


async def test_an_address_that_is_kept_back_is_not_there_and_the_log_knows_who_tried(
    http: httpx.AsyncClient, store: Store, founded: Founded, world: World
) -> None:
    http.cookies.set(SESSION_COOKIE, founded.tokens[Role.ADMIN])
    ticket_id = world.sensitive.told.ticket.id

    kept_back = await http.get(f"/tickets/{ticket_id}")
    nowhere = await http.get("/tickets/99999")

    assert kept_back.status_code == nowhere.status_code == 404
    assert kept_back.text == nowhere.text
    (line,) = (await store.access.list(user_name="admin")).items
    assert (line.action, line.key) == ("refused", str(ticket_id))
