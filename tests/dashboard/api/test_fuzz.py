"""The whole API under what its own description lets a program send, and what it forbids.

Schemathesis makes the requests from the description; the real application answers them on a
real server, over SQLite. Everybody asks: nobody, each role by token and by cookie, programs
with one right each, with all of them, and with a token that was revoked. Whatever is sent:

- no answer is a 500,
- every answer is one that the description knows, in its status, type, headers and shape,
- who lacks a right, or a form's token beside the cookie, gets nothing done.

The same requests in every run. `make fuzz` looks farther: other requests, and many of them.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
import schemathesis
import uvicorn
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from call_logs import Store
from call_logs.owners import NewFault
from call_logs.roster import Roster
from call_logs.tickets import NewTicket
from call_logs.users import GRANTABLE, HOTLINE, Permission, Role, may
from dashboard import create_app
from dashboard.web import DashboardSettings
from dashboard.web.signin import CSRF_HEADER, SESSION_COOKIE
from tests.dashboard.conftest import CATEGORIES, PASSWORD, URGENT, Founded, _open
from tests.dashboard.morning import report
from tests.firm_world import WORKER, firms, task_for, worker
from tests.people import person
from tests.pictures import in_pieces, jpeg

EXAMPLES = int(os.environ.get("HOTLINE_FUZZ", "0"))  # of each operation; 0: the quick look
QUICK = 3
ADMIN = person("admin", Role.ADMIN)
POLICY = Roster().policy("lighting")
BUSY_S = 30
SIGNED_OUT = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
# What is wrong in its form is refused before anybody asks whose it is.
UNREAD = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY})
ENDS_SESSION = ("DELETE", "/api/v1/sessions/current")
CHECKED = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


@dataclass(frozen=True)
class Caller:
    """Somebody at the API. `rights`: None for nobody that we know."""

    name: str
    headers: Mapping[str, str]
    rights: frozenset[Permission] | None
    forged: bool = False  # a cookie without the token of the page's forms

    def may(self, method: str, needed: frozenset[str] | None) -> bool:
        """`needed`: what the operation asks for; None: anybody may."""
        if needed is None:
            return True
        if self.rights is None or (self.forged and method != "GET"):
            return False
        return needed <= self.rights


@dataclass(frozen=True)
class World:
    address: str
    schema: Any
    callers: tuple[Caller, ...]
    known: Mapping[str, tuple[object, ...]]  # values of path parameters that lead somewhere


class _Served:
    """The application on a server, in a loop and a thread of its own."""

    def __init__(self, database: Path, founded: Founded, folder: Path) -> None:
        self._database, self._founded, self._folder = database, founded, folder
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="served")
        self.world: World | None = None
        self._server: uvicorn.Server | None = None
        self._error: BaseException | None = None

    def __enter__(self) -> World:
        self._thread.start()
        assert self._ready.wait(BUSY_S)
        if self._error is not None:
            raise self._error
        assert self.world is not None
        return self.world

    def __exit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.should_exit = True
        self._thread.join(BUSY_S)
        assert not self._thread.is_alive()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:
            self._error = error
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        store = await _open(self._database, self._founded.keys, self._folder)
        try:
            app = create_app(
                store,
                DashboardSettings(
                    site="Lotus Garden",
                    language="en",
                    timezone="Asia/Shanghai",
                    categories=CATEGORIES,
                    urgent_categories=URGENT,
                ),
                metrics=CollectorRegistry(),
            )
            listener = socket.create_server(("127.0.0.1", 0))
            address = f"http://127.0.0.1:{listener.getsockname()[1]}"
            self.world = await _world(app, store, self._founded, address)
            config = uvicorn.Config(app, log_level="critical", timeout_graceful_shutdown=2)
            self._server = uvicorn.Server(config)
            serving = asyncio.create_task(self._server.serve(sockets=[listener]))
            self._ready.set()  # the socket listens: whoever asks now is answered in a moment
            await serving
        finally:
            await store.close()


async def _world(app: FastAPI, store: Store, founded: Founded, address: str) -> World:
    told = [await report(store) for _ in range(3)]
    tickets = [each.ticket.id for each in told]
    tickets.append((await store.tickets.open(NewTicket(text="lamp", building="3"))).id)

    photo = in_pieces(jpeg())
    evidence = await store.evidence.add(tickets[0], ADMIN, photo, name="lamp.jpg", note="")
    dispatch = await store.dispatches.open(tickets[1], POLICY, actor=ADMIN)
    drill = await store.dispatches.open_drill(POLICY, ADMIN)
    fault = await store.faults.announce(NewFault("lighting"), ADMIN)
    group = await store.groups.join(tickets[:2], ADMIN, "one case", group=None)
    await firms(store)
    await worker(store, PASSWORD)
    task = await task_for(store, tickets[0])
    known: dict[str, tuple[object, ...]] = {
        "ticket_id": tuple(tickets),
        "other_id": tuple(tickets),
        "call_id": tuple(each.call_id for each in told),
        "recording_id": tuple(each.recording_id for each in told),
        "evidence_id": (evidence.id,),
        "dispatch_id": (dispatch.id, drill.id),
        "fault_id": (fault.id,),
        "group_id": (group.id,),
        "record_id": (1, 2),
        "task_id": (task.id,),
        "risk_id": (1,),
        "equipment_id": (1,),
        "token_id": (10_000,),  # those that ask here stay good
    }
    return World(address, app.openapi(), tuple(await _callers(store, founded)), known)


async def _callers(store: Store, founded: Founded) -> list[Caller]:
    callers = [
        Caller("nobody", {}, None),
        Caller("a wrong token", {"Authorization": f"Bearer {secrets.token_hex(16)}"}, None),
    ]
    tokens = {**founded.tokens, Role.FIRM: (await store.users.login(WORKER, PASSWORD)).token}
    for role, token in tokens.items():
        rights = frozenset(each for each in Permission if may(role, each))
        cookie = {"Cookie": f"{SESSION_COOKIE}={token}"}
        session = await store.users.session(token)
        assert session is not None
        callers += [
            Caller(role.value, {"Authorization": f"Bearer {token}"}, rights),
            Caller(f"{role} by a forged form", cookie, rights, forged=True),
            Caller(f"{role} by cookie", {**cookie, CSRF_HEADER: session.csrf_token}, rights),
        ]
    scopes = {"all": GRANTABLE} | {each.value: frozenset({each}) for each in sorted(GRANTABLE)}
    for name, scope in scopes.items():
        _, secret = await store.tokens.make(f"fuzz-{name}", scope, HOTLINE)
        callers.append(Caller(name, {"Authorization": f"Bearer {secret}"}, scope))
    revoked, secret = await store.tokens.make("fuzz-revoked", GRANTABLE, HOTLINE)
    await store.tokens.revoke(revoked.id, HOTLINE)
    callers.append(Caller("revoked", {"Authorization": f"Bearer {secret}"}, None))
    return callers


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, founded: Founded) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("fuzzed")
    database = folder / "hotline.db"
    shutil.copy(founded.database, database)
    with _Served(database, founded, folder) as served:
        yield served


def _needed(operation: Mapping[str, Any]) -> frozenset[str] | None:
    security = operation["security"]
    return frozenset(security[0]["token"]) if security else None


def _sent(draw: Callable[[Any], Any], case: Case[Any], world: World) -> None:
    """Mostly ids that there are; what the description allows leads nowhere."""
    for name in case.path_parameters or {}:
        if name in world.known and draw(st.integers(0, 9)) < 8:
            case.path_parameters[name] = draw(st.sampled_from(world.known[name]))
    if isinstance(case.body, dict) and isinstance(case.body.get("version"), int):
        case.body["version"] = draw(st.integers(0, 12))


def _operations(world: World) -> Iterator[Any]:
    schema = schemathesis.openapi.from_dict(world.schema)
    for found in schema.get_all_operations():
        assert isinstance(found, Ok)
        yield found.ok()


def _look(operation: Any, mode: GenerationMode, world: World, examples: int) -> list[str]:
    """What is wrong with the answers to so many requests of one operation."""
    wrong: dict[str, str] = {}
    raw = world.schema["paths"][operation.path][operation.method.lower()]
    needed = _needed(raw)
    able = [each for each in world.callers if each.may(operation.method.upper(), needed)]
    ends = (operation.method.upper(), operation.path) == ENDS_SESSION

    @settings(
        max_examples=examples,
        derandomize=not EXAMPLES,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(
        case=operation.as_strategy(generation_mode=mode),
        caller=st.sampled_from(able) | st.sampled_from(world.callers),
        data=st.data(),
    )
    def ask(case: Case[Any], caller: Caller, data: Any) -> None:
        if ends and caller.rights is not None:
            return  # it would sign the others' token out
        _sent(data.draw, case, world)
        case.cookies = {}
        answer = case.call(base_url=world.address, headers=dict(caller.headers), timeout=BUSY_S)
        where = f"{operation.method.upper()} {operation.path} by {caller.name}"
        if not caller.may(operation.method.upper(), needed):
            refused = SIGNED_OUT | UNREAD
            if answer.status_code not in refused:
                wrong.setdefault(f"{where}: {answer.status_code} without the right", answer.text)
        try:
            case.validate_response(answer, checks=CHECKED)
        except BaseExceptionGroup as group:
            for error in group.exceptions:
                wrong.setdefault(f"{where}: {answer.status_code} {error}", answer.text)
        if answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY:
            fields = answer.json()["error"].get("fields", [])
            if not fields or not all(each["field"] and each["rule"] for each in fields):
                wrong.setdefault(f"{where}: 422 that names no field and rule", answer.text)

    ask()
    return [f"{each}\n  {text[:500]}" for each, text in wrong.items()]


@pytest.mark.timeout(900)
def test_whatever_is_sent_by_whomever_the_answer_is_one_of_the_description(world: World) -> None:
    wrong: list[str] = []
    seen = 0
    for operation in _operations(world):
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            wrong += _look(operation, mode, world, EXAMPLES or QUICK)
            seen += 1
    assert seen > 150
    assert not wrong, "\n".join([f"{len(wrong)} wrong answers", *wrong])
