"""How outside firms do what they are given."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from call_logs import Store
from call_logs.casework import RecordKind, read_record
from call_logs.storage import NotAllowed
from call_logs.tickets import NewTicket, TicketStatus, edit
from call_logs.users import HOTLINE, Role
from tests.call_logs.conftest import OpenStore
from tests.firm_world import FIRM, OTHER_FIRM, firms, task_for, worker
from tests.people import WRITTEN, person
from tests.turned_clock import TurnedClock

MONDAY = datetime(2026, 11, 2, 3, tzinfo=UTC)  # eleven in the morning in Shanghai
BOSS = person("boss")


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock(MONDAY)


@pytest.fixture
async def store(open_store: OpenStore, clock: TurnedClock) -> Store:
    opened = await open_store(clock=clock)
    await firms(opened)
    for name, firm in (("lu", FIRM), ("gao", OTHER_FIRM)):
        await worker(opened, "a long password", name, firm)
    return opened


async def moved(store: Store, ticket_id: int, *states: str) -> None:
    for state in states:
        await store.tickets.move(
            ticket_id, TicketStatus(state), HOTLINE, changes=WRITTEN, note="again"
        )


async def test_tasks_in_time_tickets_opened_again_after_them_and_marks_are_counted_by_firm(
    store: Store, clock: TurnedClock
) -> None:
    async def given(firm: str, due_h: int | None, done_h: int | None) -> int:
        """A ticket with a task for a firm; hours from now."""
        ticket = await store.tickets.open(NewTicket(category="lighting"))
        due = None if due_h is None else clock.now() + timedelta(hours=due_h)
        record = await task_for(store, ticket.id, firm, due=due)
        if done_h is not None:
            done = {"done_at": clock.now() + timedelta(hours=done_h)}
            change = read_record(RecordKind.TASK, done, whole=False)
            await store.records.change(
                ticket.id, record.id, change, person("olga"), version=record.version
            )
        return ticket.id

    good = await given(FIRM, 5, 1)
    await given(FIRM, 1, 3)  # done too late
    await given(FIRM, 2, None)  # and never
    await given(FIRM, 9_000, None)  # may yet be in time
    bad = await given(FIRM, None, 1)
    mistaken = read_record(RecordKind.TASK, {"what": "x", "who": FIRM, "void": True}, whole=True)
    await store.records.add(good, mistaken, person("olga"))
    # Opened again before the other firm did anything on it.
    early = await store.tickets.open(NewTicket(category="lighting"))
    await moved(store, early.id, "registered", "resolved", "reopened")
    await clock.turn(timedelta(hours=1))
    later = await task_for(store, early.id, OTHER_FIRM)
    await clock.turn(timedelta(hours=3))
    done = read_record(RecordKind.TASK, {"done_at": clock.now()}, whole=False)
    await store.records.change(early.id, later.id, done, person("olga"), version=later.version)
    await moved(store, bad, "registered", "resolved", "reopened")
    for ticket_id, score in ((good, 5), (bad, 2)):
        await store.tickets.update(ticket_id, HOTLINE, edit(satisfaction=score))

    day = MONDAY.date()
    lifts, pipes = await store.reports.firms(BOSS, day, day)

    assert (lifts.ref, lifts.tasks, lifts.done, lifts.in_time, lifts.late) == (FIRM, 5, 3, 1, 2)
    assert lifts.share_in_time == 1 / 3
    assert (lifts.tickets, lifts.reopened, lifts.scores, lifts.satisfaction) == (3, 1, 2, 3.5)
    assert (pipes.ref, pipes.tasks, pipes.tickets, pipes.reopened) == (OTHER_FIRM, 1, 1, 0)
    assert (pipes.share_in_time, pipes.satisfaction) == (None, 5)
    next_day = day + timedelta(days=1)
    assert [each.tasks for each in await store.reports.firms(BOSS, next_day, next_day)] == [0, 0]
    with pytest.raises(NotAllowed):
        await store.reports.firms(person("li", Role.ENGINEER), day, day)
