"""Rights are asked where things are written: every role against every write of the store.

A role is given all rights but one, then that one alone: so the walk knows exactly which right each
write asks for, whatever the roles of today may do.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import text

from call_logs import FileKind, Store, import_file
from call_logs.calls import ANY_NODE, NewCall, RequestAction
from call_logs.casework import TeamPart
from call_logs.casework.equipment import NewEquipment
from call_logs.circles import Confidence
from call_logs.deadlines import DEFAULT_RULES
from call_logs.dispatches import AcknowledgedVia, Arrived, DispatchStatus
from call_logs.inbound import IncomingMessage
from call_logs.knowledge import NewArticle
from call_logs.owners import CallRules, Owner
from call_logs.roster import Address, EntryKind, Level, Person, Policy, Selector, parse_contact
from call_logs.storage import NotAllowed, StoreError
from call_logs.storage.base import Base
from call_logs.tickets import Deadline, NewTicket, TicketClass, TicketStatus, WaitsFor, edit
from call_logs.users import HOTLINE, Actor, Permission, Role
from call_logs.users.permissions import ROLE_PERMISSIONS
from call_logs.webhooks import CHOSEN, NewWebhook
from tests.call_logs.conftest import OpenStore
from tests.call_logs.roster_world import COMPANY

CALL = "c" * 32
RING = Policy("fire", (Level((Selector.parse("on-call"),)),))
PASSWORD = "a long password"
SUN = {"id": "sun", "name": "孙工", "roles": ["engineer"], "contacts": ["13712345678"]}
SUN_TOML = (
    '[[person]]\nid = "sun"\nname = "孙工"\nroles = ["engineer"]\ncontacts = ["13712345678"]\n'
)
BINS = NewArticle("Bins", "Emptied on Mondays.", "en", ("garbage",))
_P = Permission
_ROLES = cast("dict[Role, frozenset[Permission]]", ROLE_PERMISSIONS)


@dataclass
class World:
    """A company with one of everything."""

    store: Store
    ticket: int = 0
    other: int = 0
    dispatch: str = ""
    request: int = 0
    recording: str = ""
    user: int = 0
    override: str = ""
    form_link: int = 0
    news: int = 0
    webhook: int = 0
    source: int = 0
    article: int = 0


Do = Callable[[World, Actor], Awaitable[Any]]

# A write of the store -> the right that it asks for, and how it is done.
WRITES: Mapping[str, tuple[Permission, Do]] = {
    "webhooks.add": (
        _P.MANAGE_USERS,
        lambda w, a: w.store.webhooks.add(
            NewWebhook("other", "https://example.com/", frozenset(CHOSEN)), a
        ),
    ),
    "webhooks.rotate": (_P.MANAGE_USERS, lambda w, a: w.store.webhooks.rotate(w.webhook, a)),
    "webhooks.pause": (_P.MANAGE_USERS, lambda w, a: w.store.webhooks.pause(w.webhook, a)),
    "webhooks.resume": (_P.MANAGE_USERS, lambda w, a: w.store.webhooks.resume(w.webhook, a)),
    "webhooks.remove": (_P.MANAGE_USERS, lambda w, a: w.store.webhooks.remove(w.webhook, a)),
    "webhooks.test": (_P.MANAGE_USERS, lambda w, a: w.store.webhooks.test(w.webhook, a)),
    "webhooks.send_again": (
        _P.MANAGE_USERS,
        lambda w, a: w.store.webhooks.send_again(w.webhook, 1, a),
    ),
    "inbound_sources.add": (
        _P.MANAGE_USERS,
        lambda w, a: w.store.inbound_sources.add("other", a),
    ),
    "inbound_sources.rotate": (
        _P.MANAGE_USERS,
        lambda w, a: w.store.inbound_sources.rotate(w.source, a),
    ),
    "inbound_sources.revoke": (
        _P.MANAGE_USERS,
        lambda w, a: w.store.inbound_sources.revoke(w.source, a),
    ),
    "inbound.take": (
        _P.WORK_TICKETS,
        lambda w, a: w.store.inbound.take(
            IncomingMessage("message:wecom", "m1", NewTicket(text="灯坏了", actor=a))
        ),
    ),
    "roster.save": (
        _P.MANAGE_ROSTER,
        lambda w, a: w.store.roster.save(EntryKind.PERSON, SUN, a),
    ),
    "roster.save_all": (
        _P.MANAGE_ROSTER,
        lambda w, a: w.store.roster.save_all(
            [Person("sun", "孙工", (parse_contact("sip:sun@127.0.0.1"),))], a, source="a test"
        ),
    ),
    "roster.import_toml": (
        _P.MANAGE_ROSTER,
        lambda w, a: w.store.roster.import_toml(SUN_TOML, a),
    ),
    "roster.remove": (
        _P.MANAGE_ROSTER,
        lambda w, a: w.store.roster.remove(EntryKind.OVERRIDE, w.override, a),
    ),
    "directory.save": (
        _P.MANAGE_ROSTER,
        lambda w, a: w.store.directory.save(Owner("13900000000"), a),
    ),
    "directory.save_all": (
        _P.MANAGE_ROSTER,
        lambda w, a: w.store.directory.save_all([Owner("13900000000")], a, replace=True),
    ),
    "directory.remove": (
        _P.MANAGE_ROSTER,
        lambda w, a: w.store.directory.remove("13800138000", a),
    ),
    "owner_news.agree": (
        _P.WORK_TICKETS,
        lambda w, a: w.store.owner_news.agree(w.ticket, w.store.clock.now(), a),
    ),
    "owner_news.told": (
        _P.WORK_TICKETS,
        lambda w, a: w.store.owner_news.told(w.news, a, "by telephone"),
    ),
    "requests.add": (
        _P.WORK_TICKETS,
        lambda w, a: w.store.requests.add(RequestAction.NEXT_LEVEL, ANY_NODE, actor=a),
    ),
    "requests.withdraw": (
        _P.WORK_TICKETS,
        lambda w, a: w.store.requests.withdraw(w.request, a),
    ),
    "dispatches.open": (
        _P.WORK_TICKETS,
        lambda w, a: w.store.dispatches.open(w.other, RING, actor=a),
    ),
    "dispatches.open_drill": (
        _P.MANAGE_ROSTER,
        lambda w, a: w.store.dispatches.open_drill(RING, a),
    ),
    "dispatches.move": (
        _P.WORK_TICKETS,
        lambda w, a: w.store.dispatches.move(w.dispatch, DispatchStatus.CLOSED, actor=a),
    ),
    "dispatches.acknowledge": (
        _P.WORK_TICKETS,
        lambda w, a: w.store.dispatches.acknowledge(w.dispatch, a, AcknowledgedVia.DASHBOARD),
    ),
    "dispatches.take_back": (
        _P.WORK_TICKETS,
        lambda w, a: w.store.dispatches.take_back(w.dispatch, a),
    ),
    "dispatches.note": (
        _P.WORK_TICKETS,
        lambda w, a: w.store.dispatches.note(w.dispatch, Arrived(), actor=a),
    ),
    "transcripts.queue": (_P.LISTEN, lambda w, a: w.store.transcripts.queue(w.recording, a)),
    "transcripts.correct": (
        _P.LISTEN,
        lambda w, a: w.store.transcripts.correct(w.recording, a, text="三号楼停水"),
    ),
    "calls.handle": (_P.CONTROL_CALLS, lambda w, a: w.store.calls.handle(CALL, a)),
    "users.add": (
        _P.MANAGE_USERS,
        lambda w, a: w.store.users.add(f"new-{a.role}", PASSWORD, Role.OPERATOR, a),
    ),
    "users.update": (
        _P.MANAGE_USERS,
        lambda w, a: w.store.users.update(w.user, a, full_name="Anna"),
    ),
    "users.set_password": (
        _P.MANAGE_USERS,
        lambda w, a: w.store.users.set_password(w.user, PASSWORD, a),
    ),
    "owner_data.order_erasure": (
        _P.DESTROY,
        lambda w, a: w.store.owner_data.order_erasure("13800138000", a, reason="asked"),
    ),
    "holds.put": (_P.WORK_TICKETS, lambda w, a: w.store.holds.put(w.other, a, "court")),
    "holds.lift": (_P.DESTROY, lambda w, a: w.store.holds.lift(w.other, a, "settled")),
    "tickets.open": (
        _P.WORK_TICKETS,
        lambda w, a: w.store.tickets.open(NewTicket(text="停水", actor=a)),
    ),
    "tickets.update": (
        _P.WORK_TICKETS,
        lambda w, a: w.store.tickets.update(w.ticket, a, edit(room=str(a.role))),
    ),
    "tickets.move": (
        _P.WORK_TICKETS,
        lambda w, a: w.store.tickets.move(w.ticket, TicketStatus.REGISTERED, a),
    ),
    "tickets.note": (
        _P.WORK_TICKETS,
        lambda w, a: w.store.tickets.note(w.ticket, a, "looked at it"),
    ),
    "targets.change": (
        _P.SET_TARGETS,
        lambda w, a: w.store.targets.change(
            TicketClass.GENERAL, "", DEFAULT_RULES.by_class[TicketClass.IMPORTANT], a, "sooner"
        ),
    ),
    "deadlines.change": (
        _P.WORK_TICKETS,
        lambda w, a: w.store.deadlines.change(
            w.ticket, Deadline.FEEDBACK, w.store.clock.now() + timedelta(days=3), a, "later"
        ),
    ),
    "deadlines.pause": (
        _P.WORK_TICKETS,
        lambda w, a: w.store.deadlines.pause(w.ticket, WaitsFor.OWNER, a, "away"),
    ),
    "deadlines.resume": (
        _P.WORK_TICKETS,
        lambda w, a: w.store.deadlines.resume(w.ticket, a, "is back"),
    ),
    "team.put": (
        _P.WORK_TICKETS,
        lambda w, a: w.store.team.put(w.ticket, "wang", TeamPart.POST, a, duty=str(a.role)),
    ),
    "team.take_proposed": (
        _P.WORK_TICKETS,
        lambda w, a: w.store.team.take_proposed(w.ticket, a),
    ),
    "team.remove": (
        _P.WORK_TICKETS,
        lambda w, a: w.store.team.remove(w.ticket, "person:wang", a),
    ),
    "links.merge": (
        _P.WORK_TICKETS,
        lambda w, a: w.store.links.merge(w.other, w.ticket, a, "the same"),
    ),
    "links.unmerge": (_P.WORK_TICKETS, lambda w, a: w.store.links.unmerge(w.other, a, "not so")),
    "links.split": (
        _P.WORK_TICKETS,
        lambda w, a: w.store.links.split(w.ticket, edit(text="another matter"), a),
    ),
    "links.relate": (_P.WORK_TICKETS, lambda w, a: w.store.links.relate(w.ticket, w.other, a)),
    "links.unrelate": (_P.WORK_TICKETS, lambda w, a: w.store.links.unrelate(w.ticket, w.other, a)),
    "form_links.save": (
        _P.MANAGE_ROSTER,
        lambda w, a: w.store.form_links.save("Gate", Address(area="gate"), "", a),
    ),
    "form_links.switch": (
        _P.MANAGE_ROSTER,
        lambda w, a: w.store.form_links.switch(w.form_link, a, active=False, version=1),
    ),
    "knowledge.add": (_P.WRITE_ARTICLES, lambda w, a: w.store.knowledge.add(BINS, a)),
    "knowledge.change": (
        _P.WRITE_ARTICLES,
        lambda w, a: w.store.knowledge.change(
            w.article, replace(BINS, title=f"Bins {a.role}"), a, version=1
        ),
    ),
    "knowledge.restore": (
        _P.WRITE_ARTICLES,
        lambda w, a: w.store.knowledge.restore(w.article, 1, a, version=2),
    ),
    "knowledge.remove": (
        _P.WRITE_ARTICLES,
        lambda w, a: w.store.knowledge.remove(w.article, a, version=1),
    ),
    "confidential.put": (
        _P.CONFIDE,
        lambda w, a: w.store.confidential.put(
            w.ticket, Confidence(False, circle=("wang",)), a, "a reason"
        ),
    ),
    "equipment.save_all": (
        _P.MANAGE_ROSTER,
        lambda w, a: w.store.equipment.save_all(
            [NewEquipment("lift 1", ("lift_fault",), Address(building="3"))], a
        ),
    ),
}

# What must have happened for a write to have something to do.
BEFORE: Mapping[str, Do] = {
    "knowledge.restore": lambda w, a: w.store.knowledge.remove(w.article, a, version=1),
    "owner_news.told": lambda w, a: w.store.owner_news.begin(w.news, CallRules(), can_call=True),
    "deadlines.resume": WRITES["deadlines.pause"][1],
    "team.remove": WRITES["team.put"][1],
    "links.unmerge": WRITES["links.merge"][1],
    "holds.lift": WRITES["holds.put"][1],
    "links.unrelate": WRITES["links.relate"][1],
    "dispatches.take_back": WRITES["dispatches.acknowledge"][1],
}

ORDERS = {
    RequestAction.HANGUP: _P.CONTROL_CALLS,
    RequestAction.SURVEY: _P.CONTROL_CALLS,
    RequestAction.DRILL: _P.MANAGE_ROSTER,
    RequestAction.RING: _P.WORK_TICKETS,
    RequestAction.NEXT_LEVEL: _P.WORK_TICKETS,
    RequestAction.HAND_OVER: _P.WORK_TICKETS,
    RequestAction.END_SEARCH: _P.WORK_TICKETS,
}

# Writes that nobody asks for by a page, the API or a command: who makes them, and why no actor
# is needed. Whatever is new stands here or above.
OWN = {
    "access.add": "the program writes down who looked; its own record",
    "calls": "a call's own journal, written by the telephone",
    "dispatches.accept": "a ring: the telephone writes what was keyed",
    "dispatches.attempt": "a ring: the telephone writes that it is made",
    "dispatches.outcome": "a ring: the telephone writes what became of it",
    "dispatches.purge_drills": "the nightly purge",
    "dispatches.recover": "the start of the program",
    "evidence.keep_house": "housekeeping",
    "destructions": "the nightly purge, and what the orders of others have come to",
    "enquiries": "a caller's guesses, counted by the telephone",
    "line_tests": "test calls of lines, counted by the telephone",
    "knowledge.ship": "the start of the program, with what its packs ship",
    "reviews.draw": "the loop that draws calls for a review",
    "live": "who is on the line, written by the telephone",
    "owner_data.erase": "carries out an order that was let in",
    "inbound_sources.verify": "who sends has signed it; when it sent last is written down",
    "key_rotation.run": "carries out an order that was let in",
    "purge": "the nightly purge",
    "recordings": "sound, written by the telephone, and the purge",
    "reminders": "the program tells people of deadlines",
    "requests.answer": "what an order came to, told by the program that carried it out",
    "requests.prune": "housekeeping",
    "requests.take": "the program takes what was ordered",
    "risks.assess": "the rules, as tickets change",
    "roster.import_first": "the file of the configuration, at the first start",
    "owner_news.begin": "the job that calls and writes to owners",
    "owner_news.cut_off": "the job that calls and writes to owners",
    "owner_news.finish": "the job that calls and writes to owners",
    "surveys": "the job that asks owners, and the telephone that hears their marks",
    "transcripts.fail": "the work on recordings",
    "second_hearings": "the work on recordings",
    "transcripts.save": "the work on recordings",
    "transcripts.wait": "the work on recordings",
    "users.change_password": "a user's own, by the old password",
    "users.ensure_admin": "the first start",
    "users.login": "anybody, by the password",
    "users.logout": "whoever has the session",
    "users.prune": "housekeeping",
}


@pytest.fixture
async def world(open_sqlite_store: OpenStore) -> World:
    store = await open_sqlite_store()
    made = World(store)
    await store.roster.import_toml(COMPANY, HOTLINE)
    await store.directory.save(Owner("13800138000"), HOTLINE)
    made.ticket = (await store.tickets.open(NewTicket(text="没水了", building="3"))).id
    made.other = (await store.tickets.open(NewTicket(text="停水", building="3"))).id
    made.dispatch = (await store.dispatches.open(made.ticket, RING, actor=HOTLINE)).id
    made.request = await store.requests.add(RequestAction.RING, ANY_NODE, actor=HOTLINE)
    made.user = (await store.users.add("anna", PASSWORD, Role.OPERATOR, HOTLINE)).id
    store.calls.begin(NewCall(CALL, caller="13800138000"))
    store.calls.missed(CALL)
    await store.calls.flush()
    recording = await store.recordings.create(CALL, 8000)
    recording.write(b"\x01\x00" * 8000, b"\x01\x00" * 8000)
    await recording.close()
    await store.transcripts.queue(recording.id, HOTLINE)
    made.recording = recording.id
    await store.owner_news.agree(made.ticket, store.clock.now(), HOTLINE)
    made.news = (await store.owner_news.of_ticket(made.ticket))[0].id
    hook, _ = await store.webhooks.add(
        NewWebhook("billing", "https://example.com/", frozenset(CHOSEN)), HOTLINE
    )
    made.webhook = hook.id
    await store.webhooks.test(hook.id, HOTLINE)
    made.source = (await store.inbound_sources.add("wecom", HOTLINE))[0].id
    made.form_link = (await store.form_links.save("Lobby", Address(area="lobby"), "", HOTLINE)).id
    made.article = (await store.knowledge.add(BINS, HOTLINE)).id
    made.override = (await store.roster.entries(EntryKind.OVERRIDE))[0].id
    return made


async def everything(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table as it stands."""
    async with store.database.reading() as session:
        return {
            table: [tuple(row) for row in await session.execute(text(f'SELECT * FROM "{table}"'))]
            for table in Base.metadata.tables
        }


@pytest.mark.parametrize("name", WRITES)
async def test_a_role_without_the_right_leaves_nothing_and_that_right_alone_is_enough(
    world: World, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    permission, do = WRITES[name]
    if name in BEFORE:
        await BEFORE[name](world, Actor.in_name_of("anna"))
    before = await everything(world.store)
    for role in Role:
        monkeypatch.setitem(_ROLES, role, frozenset(Permission) - {permission})
        with pytest.raises(NotAllowed) as refusal:
            await do(world, Actor("anna", role))
        assert refusal.value.permission is permission
    monkeypatch.setattr("call_logs.users.actor.PROGRAM_PERMISSIONS", frozenset())
    with pytest.raises(NotAllowed):
        await do(world, Actor.in_name_of("anna"))
    assert await everything(world.store) == before

    for role in Role:
        monkeypatch.setitem(_ROLES, role, frozenset({permission}))
    await do(world, Actor("anna", Role.ADMIN))
    assert await everything(world.store) != before
    for role in Role:
        try:
            await do(world, Actor("anna", role))
        except NotAllowed:
            pytest.fail(f"{role} was refused")
        except StoreError:
            pass  # done already: no question of rights


@pytest.mark.parametrize(("action", "permission"), ORDERS.items())
async def test_each_order_to_the_telephone_has_its_right(
    world: World, action: RequestAction, permission: Permission, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(_ROLES, Role.OPERATOR, frozenset(Permission) - {permission})
    with pytest.raises(NotAllowed):
        await world.store.requests.add(action, ANY_NODE, actor=Actor("anna", Role.OPERATOR))
    monkeypatch.setitem(_ROLES, Role.OPERATOR, frozenset({permission}))
    assert await world.store.requests.add(action, ANY_NODE, actor=Actor("anna", Role.OPERATOR))


async def test_a_file_is_not_even_read_for_who_may_not_import_it(world: World) -> None:
    engineer = Actor("anna", Role.ENGINEER)
    with pytest.raises(NotAllowed):
        await import_file(world.store, FileKind.OWNERS, b"no owners at all", engineer, source="x")


def test_every_write_is_walked_or_is_the_programs_own(parts: Mapping[str, type]) -> None:
    writes = {
        f"{part}.{name}"
        for part, kind in parts.items()
        for name, method in inspect.getmembers(kind, inspect.isfunction)
        if not name.startswith("_") and _writes(kind, method)
    }
    unnamed = {
        each
        for each in writes - set(WRITES)
        if each not in OWN and each.partition(".")[0] not in OWN and not _walked_elsewhere(each)
    }
    assert unnamed == set(), "take an Actor and add a line to WRITES, or say in OWN why not"
    assert set(WRITES) <= writes
    assert set(ORDERS) == set(RequestAction)
    assert set(OWN) <= writes | set(parts), "what has gone from the store stands here still"


@pytest.fixture
async def parts(open_sqlite_store: OpenStore) -> Mapping[str, type]:
    """The parts of a store by their names, but those that hold no company's data."""
    store = await open_sqlite_store()
    return {
        name: type(part)
        for name, part in vars(store).items()
        if not name.startswith("_")
        and type(part).__module__.startswith("call_logs.")
        and ".storage." not in type(part).__module__
    }


def _walked_elsewhere(write: str) -> bool:
    """Whether a test of its own room has it refused to a role."""
    part, _, method = write.partition(".")
    tests = (file.read_text("utf-8") for file in Path(__file__).parent.rglob("test_*.py"))
    return any("NotAllowed)" in each and f".{part}.{method}(" in each for each in tests)


def _writes(kind: type, method: Callable[..., Any], seen: frozenset[str] = frozenset()) -> bool:
    """Whether a method opens a transaction that may write, itself or through its like."""
    source = inspect.getsource(method)
    if re.search(r"_database\.session\(|_journal\.", source):
        return True
    called = {name for name in re.findall(r"self\.(\w+)\(", source) if name not in seen}
    return any(
        _writes(kind, getattr(kind, name), seen | called)
        for name in called
        if inspect.isfunction(getattr(kind, name, None))
    )
