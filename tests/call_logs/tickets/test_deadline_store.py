"""Deadlines are moved with a reason, by whom may work on tickets; who waits is not late."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from call_logs import Rules, Store
from call_logs.deadlines import (
    DEFAULT_RULES,
    Counted,
    DeadlineRules,
    Hours,
    ResponseTarget,
    Within,
)
from call_logs.storage import IllegalMove, Lacking, NotAllowed, StoreError, VersionConflict
from call_logs.tickets import (
    Deadline,
    NewTicket,
    Ticket,
    TicketClass,
    TicketFilter,
    TicketStatus,
    WaitsFor,
    edit,
)
from call_logs.users import HOTLINE
from tests.call_logs.conftest import OpenStore
from tests.people import person
from tests.turned_clock import TurnedClock

FRIDAY = datetime(2026, 11, 27, 7, tzinfo=UTC)  # three in the afternoon in Shanghai
HOUR = timedelta(hours=1)
ENGINEER = person("engineer")
WORKED = DeadlineRules(
    by_class={
        **DEFAULT_RULES.by_class,
        TicketClass.GENERAL: ResponseTarget(
            Within(4 * HOUR, Counted.WORKING_HOURS),
            Within(timedelta(days=2), Counted.WORKING_DAYS),
            Within(timedelta(days=3)),
        ),
    },
    working_hours=(Hours(time(9), time(18)),),
)


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock(FRIDAY)


@pytest.fixture
async def timed(open_store: OpenStore, clock: TurnedClock) -> Store:
    return await open_store(rules=Rules(deadlines=WORKED), clock=clock)


def due(ticket: Ticket) -> tuple[datetime, datetime, datetime]:
    return ticket.acknowledge_due_at, ticket.on_site_due_at, ticket.feedback_due_at


async def test_one_deadline_is_put_to_another_time_with_its_reason(timed: Store) -> None:
    ticket = await timed.tickets.open(NewTicket())
    at = FRIDAY + timedelta(days=9)
    moved = await timed.deadlines.change(
        ticket.id, Deadline.FEEDBACK, at, ENGINEER, " the part comes on Monday "
    )
    assert due(moved) == (*due(ticket)[:2], at)
    line = (await timed.tickets.history(ticket.id))[-1]
    assert (line.actor, line.action, line.note) == (
        ENGINEER.name,
        "due",
        "the part comes on Monday",
    )
    assert line.changes == {"feedback_due_at": (ticket.feedback_due_at.isoformat(), at.isoformat())}


async def test_what_may_not_be_moved_says_why_and_changes_nothing(timed: Store) -> None:
    ticket = await timed.tickets.open(NewTicket())
    later = FRIDAY + timedelta(days=1)
    change, pause = timed.deadlines.change, timed.deadlines.pause
    with pytest.raises(Lacking):
        await change(ticket.id, Deadline.FEEDBACK, later, ENGINEER, "  ")
    with pytest.raises(Lacking):
        await pause(ticket.id, WaitsFor.PART, ENGINEER, "")
    with pytest.raises(StoreError, match="from now on"):
        await change(ticket.id, Deadline.FEEDBACK, FRIDAY, ENGINEER, "why")
    with pytest.raises(VersionConflict):
        await change(ticket.id, Deadline.FEEDBACK, later, ENGINEER, "why", version=77)
    with pytest.raises(IllegalMove, match="does not wait"):
        await timed.deadlines.resume(ticket.id, ENGINEER, "why")
    assert await timed.tickets.get(ticket.id) == ticket
    taken = await timed.tickets.move(ticket.id, TicketStatus.REGISTERED, ENGINEER)
    with pytest.raises(IllegalMove, match="it is done"):
        await change(ticket.id, Deadline.ACKNOWLEDGE, later, ENGINEER, "why")
    assert await timed.tickets.get(ticket.id) == taken


async def test_a_role_without_the_right_moves_nothing(
    timed: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = await timed.tickets.open(NewTicket())
    monkeypatch.setattr("call_logs.users.actor.may", lambda role, permission: False)
    for try_it in (
        timed.deadlines.pause(ticket.id, WaitsFor.OWNER, ENGINEER, "why"),
        timed.deadlines.resume(ticket.id, ENGINEER, "why"),
        timed.deadlines.change(ticket.id, Deadline.FEEDBACK, FRIDAY + HOUR, ENGINEER, "why"),
    ):
        with pytest.raises(NotAllowed):
            await try_it
    assert await timed.tickets.get(ticket.id) == ticket


async def test_a_ticket_that_waits_is_not_overdue(timed: Store, clock: TurnedClock) -> None:
    ticket = await timed.tickets.open(NewTicket())
    paused = await timed.deadlines.pause(ticket.id, WaitsFor.OWNER, ENGINEER, "nobody at home")
    assert (paused.paused_at, paused.waits_for) == (FRIDAY, WaitsFor.OWNER)
    clock.set(FRIDAY + timedelta(days=30))
    still = await timed.tickets.get(ticket.id)
    assert not still.overdue(clock.now())
    assert (await timed.tickets.counts()).overdue == 0
    assert not (await timed.tickets.list(TicketFilter(overdue=True))).items
    with pytest.raises(IllegalMove, match="already"):
        await timed.deadlines.pause(ticket.id, WaitsFor.OWNER, ENGINEER, "again")


async def test_after_a_pause_as_much_time_is_left_as_was_before(
    timed: Store, clock: TurnedClock
) -> None:
    ticket = await timed.tickets.open(NewTicket())
    clock.set(FRIDAY + HOUR)  # three working hours are left, and 47 of working days
    await timed.deadlines.pause(ticket.id, WaitsFor.PART, ENGINEER, "ordered")
    clock.set(datetime(2026, 12, 4, 9, tzinfo=UTC))  # five in the afternoon, a Friday again
    on = await timed.deadlines.resume(ticket.id, ENGINEER, "the part is here")
    assert due(on) == (
        datetime(2026, 12, 7, 3, tzinfo=UTC),  # an hour on Friday, two on Monday
        datetime(2026, 12, 8, 8, tzinfo=UTC),  # seven hours on Friday, Monday, to 16:00
        clock.now() + timedelta(hours=71),
    )
    assert (on.paused_at, on.waits_for, on.next_due_at) == (None, None, on.acknowledge_due_at)
    lines = [line.action for line in await timed.tickets.history(ticket.id)]
    assert lines == ["opened", "paused", "resumed"]


async def test_what_was_missed_before_the_pause_stays_missed(
    timed: Store, clock: TurnedClock
) -> None:
    ticket = await timed.tickets.open(NewTicket(ticket_class=TicketClass.IMPORTANT))
    clock.set(FRIDAY + HOUR)
    await timed.deadlines.pause(ticket.id, WaitsFor.FIRM, ENGINEER, "they come tomorrow")
    clock.set(FRIDAY + 20 * HOUR)
    on = await timed.deadlines.resume(ticket.id, ENGINEER, "they are here")
    assert on.acknowledge_due_at == ticket.acknowledge_due_at
    assert on.overdue(clock.now())
    assert on.feedback_due_at == ticket.feedback_due_at + 19 * HOUR


async def test_the_next_step_ends_the_pause(timed: Store, clock: TurnedClock) -> None:
    ticket = await timed.tickets.open(NewTicket())
    await timed.deadlines.pause(ticket.id, WaitsFor.OTHER, ENGINEER, "why")
    clock.set(FRIDAY + HOUR)
    moved = await timed.tickets.move(ticket.id, TicketStatus.REGISTERED, ENGINEER)
    assert moved.paused_at is None
    assert moved.feedback_due_at == ticket.feedback_due_at + HOUR
    (line,) = (await timed.tickets.history(ticket.id))[-1:]
    assert line.changes["waits_for"] == ("other", None)


async def test_an_urgent_ticket_that_nobody_has_cannot_wait(
    timed: Store, clock: TurnedClock
) -> None:
    ticket = await timed.tickets.open(NewTicket())
    await timed.deadlines.pause(ticket.id, WaitsFor.OWNER, ENGINEER, "why")
    clock.set(FRIDAY + 2 * HOUR)
    raised = await timed.tickets.update(ticket.id, HOTLINE, edit(ticket_class=TicketClass.URGENT))
    assert raised.paused_at is None
    assert raised.acknowledge_due_at == FRIDAY + 2 * HOUR + timedelta(minutes=5)
    with pytest.raises(IllegalMove, match="take it first"):
        await timed.deadlines.pause(ticket.id, WaitsFor.OWNER, ENGINEER, "why")


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["pause", "resume", "change", "register", "raise", "lower"]),
            st.timedeltas(timedelta(0), timedelta(days=4)),
        ),
        max_size=12,
    )
)
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
async def test_whatever_is_done_a_waiting_ticket_is_never_due_and_another_always(
    timed: Store, clock: TurnedClock, steps: list[tuple[str, timedelta]]
) -> None:
    ticket = await timed.tickets.open(NewTicket())
    for step, passed in steps:
        clock.set(clock.now() + passed)
        before = await timed.tickets.get(ticket.id)
        try:
            if step == "pause":
                await timed.deadlines.pause(ticket.id, WaitsFor.PART, ENGINEER, "why")
            elif step == "resume":
                await timed.deadlines.resume(ticket.id, ENGINEER, "why")
            elif step == "change":
                at = clock.now() + passed + HOUR
                await timed.deadlines.change(ticket.id, Deadline.FEEDBACK, at, ENGINEER, "why")
            elif step == "register":
                await timed.tickets.move(ticket.id, TicketStatus.REGISTERED, ENGINEER)
            else:
                kind = TicketClass.IMPORTANT if step == "raise" else TicketClass.GENERAL
                await timed.tickets.update(ticket.id, ENGINEER, edit(ticket_class=kind))
        except IllegalMove:
            assert await timed.tickets.get(ticket.id) == before
        now = await timed.tickets.get(ticket.id)
        assert (now.next_due_at is None) == (now.paused_at is not None)
        assert (now.waits_for is None) == (now.paused_at is None)
        if step == "resume":  # no deadline ever comes nearer by waiting
            assert all(a >= b for a, b in zip(due(now), due(before), strict=True))
