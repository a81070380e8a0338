"""Risks are found by rules, written down once, and tracked until a person lifts them."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from call_logs import Store
from call_logs.casework import (
    Risk,
    RiskEdit,
    RiskKind,
    RiskLevel,
    RiskRefused,
    RiskRules,
)
from call_logs.storage import Lacking, NotAllowed, NotFound, VersionConflict
from call_logs.tickets import NewTicket, Ticket, TicketClass, TicketStatus, edit
from call_logs.users import COMMAND_LINE, Role
from tests.call_logs.conftest import OpenStore
from tests.people import person
from tests.turned_clock import TurnedClock

MANAGER, OPERATOR = person("manager"), person("operator", Role.OPERATOR)
NOON = datetime(2026, 11, 27, 4, tzinfo=UTC)


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock(NOON)


@pytest.fixture
async def timed(open_store: OpenStore, clock: TurnedClock) -> Store:
    return await open_store(clock=clock)


async def found(store: Store) -> dict[RiskKind, Risk]:
    await store.risks.look()
    return {each.kind: each for each in await store.risks.shown(OPERATOR)}


async def reopen(store: Store, ticket: Ticket) -> None:
    fresh = (await store.tickets.get(ticket.id)).status is TicketStatus.RECEIVED
    first = TicketStatus.REGISTERED if fresh else TicketStatus.IN_PROGRESS
    for status in (first, TicketStatus.RESOLVED):
        await store.tickets.move(ticket.id, status, MANAGER)
    await store.tickets.move(ticket.id, TicketStatus.REOPENED, MANAGER, "not solved")


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        ("老人在电梯口摔伤，已经送医", RiskKind.INJURY, ("摔伤", "送医")),
        ("再不修我就找电视台曝光", RiskKind.MEDIA, ("电视台", "曝光")),
        ("我要打12345", RiskKind.AUTHORITY, ("12345",)),
        ("My LAWYER will write", RiskKind.AUTHORITY, ("lawyer",)),
    ],
)
async def test_words_raise_a_high_risk(
    sqlite_store: Store, text: str, kind: RiskKind, words: tuple[str, ...]
) -> None:
    ticket = await sqlite_store.tickets.open(NewTicket(text=text))
    risks = await found(sqlite_store)
    assert set(risks) == {kind}
    risk = risks[kind]
    assert (risk.words, risk.level, risk.ticket.id) == (words, RiskLevel.HIGH, ticket.id)
    assert [step.action for step in risk.log] == ["found"]
    assert await sqlite_store.risks.for_ticket(ticket.id) == (risk,)


async def test_a_quiet_ticket_is_no_risk(store: Store) -> None:
    await store.tickets.open(NewTicket(text="楼道灯坏了", building="3", category="lamp"))
    assert await found(store) == {}


async def test_looking_again_writes_nothing_twice(store: Store) -> None:
    await store.tickets.open(NewTicket(text="记者来了"))
    first = await found(store)
    await asyncio.gather(*(store.risks.look() for _ in range(3)))
    await store.tickets.note(first[RiskKind.MEDIA].ticket.id, OPERATOR, "seen")
    (again,) = (await found(store)).values()
    assert again.log == first[RiskKind.MEDIA].log
    assert again.version == 1


async def test_the_same_owner_and_the_same_place_again(store: Store) -> None:
    for each in range(3):
        await store.tickets.open(
            NewTicket(text="漏水", caller="13800138000", building="3", category="leak")
        )
        assert len(await found(store)) == (2 if each == 2 else 0)
    risks = await found(store)
    assert risks[RiskKind.REPEATED].count == risks[RiskKind.PLACE].count == 3
    assert risks[RiskKind.PLACE].level is RiskLevel.LOW
    for _ in range(3):
        await store.tickets.open(
            NewTicket(text="漏水", caller="13800138000", building="3", category="leak")
        )
    risks = await found(store)
    assert risks[RiskKind.REPEATED].level is RiskLevel.HIGH  # twice the threshold
    assert [step.action for step in risks[RiskKind.PLACE].log][:2] == ["found", "grown"]


async def test_the_tickets_of_one_case_are_one_event_at_a_place(store: Store) -> None:
    tickets = [
        await store.tickets.open(
            NewTicket(text="停水", caller=f"1380013800{each}", building="3", category="water")
        )
        for each in range(5)
    ]
    await store.groups.join([each.id for each in tickets], OPERATOR)
    risks = await found(store)
    assert set(risks) == {RiskKind.GROUP}
    assert risks[RiskKind.GROUP].count == 5


async def test_old_tickets_and_merged_ones_do_not_count(timed: Store, clock: TurnedClock) -> None:
    def again() -> NewTicket:
        return NewTicket(text="漏水", caller="13800138000", building="3", category="leak")

    one, two = [await timed.tickets.open(again()) for _ in range(2)]
    await timed.links.merge(one.id, two.id, OPERATOR)
    await timed.tickets.open(again())
    assert await found(timed) == {}
    await clock.turn(timedelta(days=31))
    await timed.tickets.open(again())
    await timed.tickets.open(again())
    assert await found(timed) == {}


async def test_a_ticket_that_is_reopened_twice(store: Store) -> None:
    ticket = await store.tickets.open(NewTicket(text="灯"))
    await reopen(store, ticket)
    assert await found(store) == {}
    await reopen(store, ticket)
    risk = (await found(store))[RiskKind.REOPENED]
    assert (risk.count, risk.level) == (2, RiskLevel.MEDIUM)


async def test_an_urgent_ticket_that_nobody_moves_is_a_risk_without_a_change(
    timed: Store, clock: TurnedClock
) -> None:
    ticket = await timed.tickets.open(NewTicket(ticket_class=TicketClass.URGENT))
    assert await found(timed) == {}
    await clock.turn(timedelta(minutes=34))
    assert await found(timed) == {}
    await clock.turn(timedelta(minutes=2))
    assert (await found(timed))[RiskKind.OVERDUE].ticket.id == ticket.id


async def test_it_is_tracked_until_a_manager_lifts_it(store: Store) -> None:
    await store.tickets.open(NewTicket(text="记者来了"))
    risk = (await found(store))[RiskKind.MEDIA]
    plan = RiskEdit(measures="one speaker", owner="manager", forecast="on Friday")
    tracked = await store.risks.update(risk.id, OPERATOR, plan, version=risk.version)
    assert (tracked.measures, tracked.owner, tracked.level) == (
        "one speaker",
        "manager",
        RiskLevel.HIGH,
    )
    with pytest.raises(VersionConflict):
        await store.risks.update(risk.id, OPERATOR, RiskEdit(owner="x"), version=risk.version)
    for actor in (OPERATOR, COMMAND_LINE):  # a person lifts it, in a name
        with pytest.raises(NotAllowed):
            await store.risks.lift(risk.id, actor, "why")
    with pytest.raises(Lacking):
        await store.risks.lift(risk.id, MANAGER, " ")
    lifted = await store.risks.lift(risk.id, MANAGER, "the report is out", version=tracked.version)
    assert (lifted.lifted_by, lifted.log[-1].note) == ("manager", "the report is out")
    assert await store.risks.shown(OPERATOR) == ()
    assert await store.risks.shown(OPERATOR, lifted=True) == (lifted,)
    for change in (
        store.risks.lift(risk.id, MANAGER, "again"),
        store.risks.update(risk.id, MANAGER, RiskEdit(owner="x")),
    ):
        with pytest.raises(RiskRefused):
            await change
    with pytest.raises(NotFound):
        await store.risks.get(999, MANAGER)


async def test_what_was_lifted_comes_back_only_with_something_new(store: Store) -> None:
    ticket = await store.tickets.open(NewTicket(text="记者来了"))
    risk = (await found(store))[RiskKind.MEDIA]
    await store.risks.lift(risk.id, MANAGER, "spoken with")
    await store.tickets.update(ticket.id, OPERATOR, edit(room="1"))
    assert await found(store) == {}
    await store.tickets.update(ticket.id, OPERATOR, edit(text="记者来了，电视台也来了"))
    assert (await found(store))[RiskKind.MEDIA].count == 2


async def test_a_stop_between_two_looks_loses_nothing(open_store: OpenStore) -> None:
    store = await open_store()
    await store.tickets.open(NewTicket(text="灯"))
    await store.risks.look()
    for _ in range(30):
        await store.tickets.open(NewTicket(text="记者来了"))
    await store.close()
    again = await open_store()
    await again.risks.look()
    assert len(await again.risks.shown(OPERATOR)) == 30


@given(count=st.integers(0, 50), threshold=st.integers(0, 9))
def test_a_threshold_of_0_turns_a_rule_off(count: int, threshold: int) -> None:
    rules = RiskRules(repeated=threshold)
    assert rules.fires(RiskKind.REPEATED, count) == (0 < threshold <= count)
