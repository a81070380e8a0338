"""What is confidential gets out at no address: every route, for everybody, with canaries in every
field. A route that comes later is walked by itself; one with a new kind of place fails until the
world has such a thing."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from call_logs import Store
from call_logs.users import GRANTABLE, HOTLINE, Role
from dashboard.web.signin import FIRM_PATHS, SESSION_COOKIE
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
from tests.firm_world import firms, task_for, worker

PLACE = re.compile(r"{(\w+)}")
# A stream without an end (below), what ends the walk's own session, and a form that only a guest
# sends.
NOT_WALKED = {"/changes", "/logout", "/login", "/account/password", "/api/v1/sessions/current"}
STAFF = [each for each in Role if each is not Role.FIRM]
REASON = {"X-Hotline-Reason": "to%20help"}
SECRET_COST = 98765431
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
    app: FastAPI,
    http: httpx.AsyncClient,
    world: World,
    common: dict[str, str],
    *,
    writes_plain: bool = False,
) -> Walked:
    """Every route: what lists once with each question, what names a place with those of each
    confidential ticket, and of the plain one where it is only read; `writes_plain`: everywhere."""
    token = CSRF.search((await http.get("/account")).text)
    csrf = token.group(1) if token else ""
    walked = Walked()
    for method, path in routes(app):
        named = "{" in path
        for caged in world.confidential + (
            (world.plain,) if method == "GET" or writes_plain else ()
        ):
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
@pytest.mark.parametrize("role", [*STAFF, None], ids=str)
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


@pytest.mark.timeout(600)
async def test_somebody_of_an_outside_firm_gets_its_tasks_and_not_a_word_more(
    app: FastAPI, http: httpx.AsyncClient, store: Store, world: World
) -> None:
    """The firm has a task of each ticket. Of none of them it reads anything else, and everywhere
    else it stands before a closed door, or before what is there for everybody."""
    await firms(store)
    actor = await worker(store, PASSWORD)
    everything = []
    for at, each in enumerate((world.plain, *world.confidential)):
        task = await task_for(store, each.told.ticket.id, what=f"grease {at}", cost=SECRET_COST)
        everything.append(replace(each, places={**each.places, "task_id": str(task.id)}))
    world = World(*everything)
    common = await common_places(store)
    guest = await walk(app, http, world, common, writes_plain=True)
    http.cookies.set(SESSION_COOKIE, (await store.users.login(actor.name, PASSWORD)).token)

    walked = await walk(app, http, world, common, writes_plain=True)

    for caged in (world.plain, *world.confidential):
        *said, number = caged.canaries
        assert walked.with_any(tuple(said)) == []
        if caged is world.sensitive:
            assert walked.with_any((number,)) == []
    for cost in (str(SECRET_COST), f"{SECRET_COST / 100:.2f}", f"{SECRET_COST / 100:,.2f}"):
        assert walked.with_any((cost,)) == []
    own = {each for each in walked.worst if FIRM_PATHS.fullmatch(each.split()[1].partition("?")[0])}
    assert {
        each: status
        for each, status in walked.worst.items()
        if each not in own and status not in (403, 404) and status != guest.worst[each]
    } == {}
    assert {walked.worst[each] for each in own} <= {200, 201, 303, 403, 404, 422}
    read = "".join(walked.answers.values())
    assert [f"grease {at}" in read for at in range(4)] == [True, False, True, True]
    (first, *_) = await store.firm_tasks.all(actor)
    assert first.done_at is not None  # the walk has pressed every button of its own


async def test_a_firm_has_no_task_of_another_and_of_its_own_only_what_it_needs(
    http: httpx.AsyncClient, store: Store, world: World
) -> None:
    await firms(store)
    actor = await worker(store, PASSWORD)
    record = await task_for(store, world.plain.told.ticket.id, what="grease", cost=SECRET_COST)
    session = await store.users.login(actor.name, PASSWORD)
    http.headers["Authorization"] = f"Bearer {session.token}"

    own = await http.get(f"/api/v1/firm/tasks/{record.id}")
    (listed,) = (await http.get("/api/v1/firm/tasks")).json()

    assert own.json() == listed
    assert listed.keys() == {
        *("id", "ticket_number", "ticket_class", "what", "material", "notes", "photos"),
        *("building", "unit", "floor", "room", "area"),
        *("due", "acknowledged_at", "arrived_at", "done_at"),
    }
    for caged in (world.plain, *world.confidential):
        address = f"/api/v1/firm/tasks/{caged.places['task_id']}"
        assert (await http.get(address)).status_code == 404
        assert (await http.post(f"{address}/done")).status_code == 404


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
