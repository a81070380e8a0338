"""Records of a case: every version stays, sides are apart, and nothing is spent unapproved."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from call_logs import Rules, Store
from call_logs.casework import (
    RECORDS,
    CaseRecord,
    RecordKind,
    Side,
    Text,
    WrongField,
    read_record,
)
from call_logs.storage import IllegalMove, NotAllowed, NotFound, VersionConflict
from call_logs.tickets import Affected, NewTicket, Ticket, TicketClass, TicketStatus, edit
from call_logs.users import Actor, Role
from tests.call_logs.conftest import OpenStore
from tests.people import WRITTEN, person

ENGINEER = person("engineer", Role.ENGINEER)
OPERATOR = person("operator", Role.OPERATOR)
MANAGER = person("manager")
AT = datetime(2026, 11, 27, 7, tzinfo=UTC)
S = TicketStatus

WHOLE: dict[RecordKind, dict[str, Any]] = {
    RecordKind.VISIT: {
        "who": "Zhang",
        "at": AT,
        "seen": "the bulb is dark",
        "findings": {"bulb": "burnt", "wiring": " ", "switch": "fine"},
    },
    RecordKind.STATEMENT: {
        "side": "other",
        "name": "Mr Zhao",
        "contact": "13900139000",
        "at": AT.isoformat(),
        "said": "the music was not mine",
    },
    RecordKind.TASK: {"what": "a new bulb", "who": "engineering", "due": AT, "cost": 1250},
    RecordKind.QUESTION: {"what": "is it new?", "who": "engineering", "due": AT},
    RecordKind.MEASURE: {"why": "no lamps", "what": "borrow", "who": "engineering", "due": AT},
    RecordKind.HANDOVER: {"from_whom": "Li", "to_whom": "Wu", "at": AT, "note": "ladder is out"},
}


async def add(store: Store, ticket: Ticket, kind: RecordKind, **other: Any) -> CaseRecord:
    new = read_record(kind, {**WHOLE[kind], **other}, whole=True)
    return await store.records.add(ticket.id, new, OPERATOR)


async def correct(
    store: Store, record: CaseRecord, by: Actor = OPERATOR, /, **values: Any
) -> CaseRecord:
    changes = read_record(record.kind, values, whole=False)
    return await store.records.change(
        record.ticket_id, record.id, changes, by, version=record.version
    )


@pytest.mark.parametrize("kind", RecordKind)
async def test_a_record_is_kept_told_and_corrected_with_every_version(
    store: Store, kind: RecordKind
) -> None:
    ticket = await store.tickets.open(NewTicket())
    record = await add(store, ticket, kind)
    assert set(record.values) == set(RECORDS[kind])
    assert (record.version, record.created_by) == (1, "operator")
    first = next(
        name
        for name, field in RECORDS[kind].items()
        if field.needed and isinstance(field.type, Text)
    )
    corrected = await correct(store, record, MANAGER, **{first: "another"}, void=True)
    assert corrected[first] == "another"
    assert corrected["void"]
    assert await store.records.of_ticket(ticket.id, MANAGER) == (corrected,)
    versions = await store.records.versions(ticket.id, record.id, MANAGER)
    assert [(each.version, each.by, each.values[first]) for each in versions] == [
        (1, "operator", record[first]),
        (2, "manager", "another"),
    ]
    lines = [line for line in await store.tickets.history(ticket.id) if line.action == kind]
    assert [line.actor for line in lines] == ["operator", "manager"]
    assert await correct(store, corrected) == corrected  # nothing changed: no version, no line
    if kind is RecordKind.VISIT:
        assert record["findings"] == {"bulb": "burnt", "switch": "fine"}


async def test_two_at_once_the_second_is_told_and_loses_nothing(store: Store) -> None:
    ticket = await store.tickets.open(NewTicket())
    record = await add(store, ticket, RecordKind.TASK)
    results = await asyncio.gather(
        correct(store, record, who="Wang"),
        correct(store, record, material="a ladder"),
        return_exceptions=True,
    )
    assert sorted(type(each).__name__ for each in results) == ["CaseRecord", "VersionConflict"]
    (now,) = await store.records.of_ticket(ticket.id, OPERATOR)
    assert now.version == 2
    with pytest.raises(VersionConflict):
        await correct(store, record, what="x")


async def test_sent_twice_it_is_one_and_another_ticket_has_its_own(store: Store) -> None:
    ticket, other = await store.tickets.open(NewTicket()), await store.tickets.open(NewTicket())
    new = read_record(RecordKind.TASK, WHOLE[RecordKind.TASK], whole=True)
    one = await store.records.add(ticket.id, new, OPERATOR, key="k")
    assert await store.records.add(ticket.id, new, OPERATOR, key="k") == one
    assert await store.records.add(ticket.id, new, MANAGER, key="k") != one
    assert (await store.records.add(other.id, new, OPERATOR, key="k")).ticket_id == other.id
    assert len(await store.records.of_ticket(ticket.id, OPERATOR)) == 2
    with pytest.raises(NotFound):
        await store.records.get(other.id, one.id, OPERATOR)
    with pytest.raises(NotFound):
        await store.records.versions(other.id, one.id, OPERATOR)
    with pytest.raises(NotFound):
        await store.records.add(99, new, OPERATOR)


@pytest.mark.parametrize(
    ("kind", "values", "field"),
    [
        ("visit", {"who": ""}, "who"),
        ("visit", {"who": "   "}, "who"),
        ("visit", {"at": "yesterday"}, "at"),
        ("visit", {"at": "2026-11-27T07:00"}, "at"),
        ("visit", {"at": "0001-01-01T00:00:00+00:00"}, "at"),
        ("visit", {"at": 7}, "at"),
        ("visit", {"void": "false"}, "void"),
        ("visit", {"seen": "x" * 4001}, "seen"),
        ("visit", {"findings": ["bulb"]}, "findings"),
        ("visit", {"findings": {"bulb": "x" * 301}}, "findings"),
        ("visit", {"findings": {str(each): "x" for each in range(61)}}, "findings"),
        ("visit", {"colour": "red"}, "colour"),
        ("statement", {"side": "enemy"}, "side"),
        ("statement", {"side": None}, "side"),
        ("task", {"cost": -1}, "cost"),
        ("task", {"cost": "12"}, "cost"),
        ("task", {"cost": 1.5}, "cost"),
        ("task", {"cost": 10**12}, "cost"),
        ("task", {"cost": True}, "cost"),
        ("handover", {"note": None}, "note"),
    ],
)
def test_what_is_wrong_is_told_with_its_field(
    kind: str, values: dict[str, Any], field: str
) -> None:
    with pytest.raises(WrongField) as wrong:
        read_record(RecordKind(kind), {**WHOLE[RecordKind(kind)], **values}, whole=True)
    assert wrong.value.field == field
    assert wrong.value.rule


async def test_the_sides_of_a_dispute_are_kept_apart(store: Store) -> None:
    ticket = await store.tickets.open(NewTicket())
    theirs = await add(store, ticket, RecordKind.STATEMENT)
    mine = await add(store, ticket, RecordKind.STATEMENT, side="owner", name="Ms Li", said="loud")
    await add(store, ticket, RecordKind.VISIT)
    assert await store.records.of_side(ticket.id, Side.OWNER, OPERATOR) == (mine,)
    (seen,) = await store.records.of_side(ticket.id, Side.OTHER, ENGINEER)
    assert (seen["name"], seen["contact"], seen["said"]) == ("", "", theirs["said"])
    for version in await store.records.versions(ticket.id, theirs.id, ENGINEER):
        assert version.values["name"] == ""
    corrected = await correct(store, theirs, ENGINEER, said="it was mine", name="somebody")
    assert (await store.records.get(ticket.id, theirs.id, OPERATOR))["name"] == "Mr Zhao"
    assert corrected["name"] == ""
    told = repr([(line.changes, line.note) for line in await store.tickets.history(ticket.id)])
    for secret in ("Zhao", "Ms Li", "13900139000", "music", "loud"):
        assert secret not in told


async def test_rights_are_asked_in_the_store(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = await sqlite_store.tickets.open(NewTicket())
    record = await add(sqlite_store, ticket, RecordKind.TASK)
    monkeypatch.setattr("call_logs.users.actor.may", lambda role, permission: False)
    records = sqlite_store.records
    for try_it in (
        add(sqlite_store, ticket, RecordKind.TASK),
        correct(sqlite_store, record, what="x"),
        records.get(ticket.id, record.id, MANAGER),
        records.of_ticket(ticket.id, MANAGER),
        records.of_side(ticket.id, Side.OWNER, MANAGER),
        records.versions(ticket.id, record.id, MANAGER),
    ):
        with pytest.raises(NotAllowed):
            await try_it


@pytest.fixture
async def frugal(open_sqlite_store: OpenStore) -> Store:
    """Where what costs more than 100.00 is approved."""
    return await open_sqlite_store(rules=Rules(approve_above=10_000))


async def test_a_general_ticket_that_costs_much_is_approved_like_an_important_one(
    frugal: Store,
) -> None:
    ticket = await frugal.tickets.open(NewTicket(category="lighting", affected=Affected.ONE))
    cheap = await add(frugal, ticket, RecordKind.TASK, cost=6_000)
    moved = await frugal.tickets.move(ticket.id, S.REGISTERED, OPERATOR)
    assert S.IN_PROGRESS in {each.to for each in frugal.tickets.moves(moved, OPERATOR)}
    await add(frugal, ticket, RecordKind.TASK, cost=4_001)
    now = await frugal.tickets.get(ticket.id)
    assert now.planned_cost == 10_001
    assert {each.to for each in frugal.tickets.moves(now, MANAGER)} == {S.INVESTIGATING}
    with pytest.raises(IllegalMove):
        await frugal.tickets.move(ticket.id, S.IN_PROGRESS, MANAGER)
    await frugal.tickets.move(ticket.id, S.INVESTIGATING, OPERATOR)
    with pytest.raises(IllegalMove):
        await frugal.tickets.move(ticket.id, S.RESOLVED, MANAGER)
    await frugal.tickets.move(ticket.id, S.PLANNED, OPERATOR, changes=edit(cause="a", plan="b"))
    with pytest.raises(NotAllowed):
        await frugal.tickets.move(ticket.id, S.APPROVED, OPERATOR)
    await frugal.tickets.move(ticket.id, S.APPROVED, MANAGER)
    await frugal.tickets.move(ticket.id, S.IN_PROGRESS, OPERATOR)
    with pytest.raises(NotAllowed, match="approved by whoever may"):
        await correct(frugal, cheap, cost=6_001)
    dearer = await correct(frugal, cheap, MANAGER, cost=7_000)
    void = await correct(frugal, dearer, void=True)
    assert (await frugal.tickets.get(ticket.id)).planned_cost == 4_001
    with pytest.raises(NotAllowed):
        await correct(frugal, void, void=False)
    await correct(frugal, void, cost=5_000, void=False)  # no more than may be spent: 9,001


async def test_an_emergency_is_not_held_up_by_its_cost(frugal: Store) -> None:
    ticket = await frugal.tickets.open(NewTicket(ticket_class=TicketClass.URGENT))
    await frugal.tickets.move(ticket.id, S.IN_PROGRESS, OPERATOR)
    await add(frugal, ticket, RecordKind.TASK, cost=900_000)


async def test_without_an_amount_the_class_alone_decides(sqlite_store: Store) -> None:
    ticket = await sqlite_store.tickets.open(NewTicket())
    await add(sqlite_store, ticket, RecordKind.TASK, cost=10**10)
    await sqlite_store.tickets.move(ticket.id, S.REGISTERED, OPERATOR)
    await sqlite_store.tickets.move(ticket.id, S.IN_PROGRESS, OPERATOR)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.lists(
        st.one_of(
            st.sampled_from(list(TicketStatus)),
            st.integers(0, 20_000),
            st.tuples(st.integers(0, 9)),
        ),
        max_size=14,
    )
)
async def test_on_no_way_is_more_spent_than_was_approved(frugal: Store, doings: list[Any]) -> None:
    """Engineers do whatever they like, without a manager: no costly work ever begins."""
    ticket = await frugal.tickets.open(NewTicket())
    tasks: list[CaseRecord] = []
    for doing in doings:
        try:
            match doing:
                case TicketStatus():
                    await frugal.tickets.move(ticket.id, doing, OPERATOR, "why", changes=WRITTEN)
                case int():
                    tasks.append(await add(frugal, ticket, RecordKind.TASK, cost=doing))
                case (number,) if tasks:
                    old = tasks[number % len(tasks)]
                    current = await frugal.records.get(ticket.id, old.id, OPERATOR)
                    await correct(frugal, current, void=not current["void"])
        except (IllegalMove, NotAllowed):
            continue
        now = await frugal.tickets.get(ticket.id)
        before = {S.RECEIVED, S.REGISTERED, S.INVESTIGATING, S.PLANNED}
        assert now.status in before or now.planned_cost <= 10_000
