"""A task is somebody's of the directory: told, reminded of, and in a list of its own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from call_logs import Store
from call_logs.casework import CaseRecord, RecordKind, read_record
from call_logs.reminders import Level
from call_logs.tickets import NewTicket, Ticket, TicketClass
from tests.call_logs.conftest import OpenStore
from tests.people import person
from tests.turned_clock import TurnedClock

NOON = datetime(2026, 11, 27, 4, tzinfo=UTC)  # twelve in Shanghai
OPERATOR = person("operator")
ROSTER = """
[[person]]
id = "wang"
name = "王工"
roles = ["engineer"]
contacts = ["13712345678"]
notices = ["json://wang"]

[[person]]
id = "li"
name = "李主任"
roles = ["manager"]
contacts = ["13712345679"]
notices = ["json://li"]

[[department]]
id = "repairs"
name = "工程部"
head = "li"
members = ["wang"]
"""


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock(NOON)


@pytest.fixture
async def store(open_store: OpenStore, clock: TurnedClock) -> Store:
    store = await open_store(clock=clock)
    await store.roster.import_toml(ROSTER, person("admin"))
    return store


async def ticket_of(store: Store, **fields: Any) -> Ticket:
    return await store.tickets.open(NewTicket(**fields))


async def given(
    store: Store, ticket: Ticket, who: str, hours: float | None = 8, **fields: Any
) -> CaseRecord:
    due = None if hours is None else store.clock.now() + timedelta(hours=hours)
    new = read_record(
        RecordKind.TASK, {"what": "a new bulb", "who": who, "due": due, **fields}, whole=True
    )
    return await store.records.add(ticket.id, new, OPERATOR)


async def changed(store: Store, task: CaseRecord, **values: Any) -> CaseRecord:
    edit = read_record(RecordKind.TASK, values, whole=False)
    return await store.records.change(task.ticket_id, task.id, edit, OPERATOR, version=task.version)


async def told(store: Store, ticket: Ticket) -> list[tuple[str, str]]:
    return [(each.level, each.party) for each in await store.reminders.for_ticket(ticket.id)]


async def has(store: Store, *holders: str) -> list[int]:
    return [each.record.id for each in await store.tasks.open(holders, OPERATOR)]


@pytest.mark.parametrize("who", ["王工", "wang", "person:wang"])
async def test_who_is_found_in_the_directory_and_told_once(store: Store, who: str) -> None:
    ticket = await ticket_of(store)
    task = await given(store, ticket, who)
    assert task["who"] == "person:wang"
    assert await told(store, ticket) == [("task", "person:wang")]
    await changed(store, task, material="a ladder")
    assert await told(store, ticket) == [("task", "person:wang")]
    assert await has(store, "person:wang") == [task.id]


async def test_a_firm_that_is_in_no_directory_stays_as_it_was_written(store: Store) -> None:
    ticket = await ticket_of(store)
    task = await given(store, ticket, "Lamps Ltd.")
    assert task["who"] == "Lamps Ltd."
    assert await told(store, ticket) == []
    await store.reminders.tasks.make()
    assert await told(store, ticket) == []


async def test_whoever_gets_it_from_another_is_told_and_has_it_then(store: Store) -> None:
    ticket = await ticket_of(store)
    task = await given(store, ticket, "王工")
    await changed(store, task, who="工程部")
    assert await told(store, ticket) == [("task", "person:wang"), ("task", "department:repairs")]
    assert await has(store, "person:wang") == []
    assert await has(store, "department:repairs") == [task.id]


async def test_it_is_reminded_of_before_and_with_the_head_when_missed_each_once(
    store: Store, clock: TurnedClock
) -> None:
    ticket = await ticket_of(store)
    await given(store, ticket, "王工")
    await store.reminders.tasks.make()
    assert await told(store, ticket) == [("task", "person:wang")]
    await clock.turn(timedelta(hours=6, minutes=1))
    for _ in range(2):
        await store.reminders.tasks.make()
    assert (await told(store, ticket))[1:] == [("task_before", "person:wang")]
    await clock.turn(timedelta(hours=2))
    for _ in range(2):
        await store.reminders.tasks.make()
    assert (await told(store, ticket))[2:] == [
        ("task_missed", "person:wang"),
        ("task_missed", "person:li"),
    ]


async def test_nobody_is_told_at_night_unless_it_is_urgent(
    store: Store, clock: TurnedClock
) -> None:
    lamp = await ticket_of(store)
    flood = await ticket_of(store, ticket_class=TicketClass.URGENT)
    for ticket in (lamp, flood):
        await given(store, ticket, "王工", hours=11)
    await clock.turn(timedelta(hours=11, minutes=1))  # 23:01
    await store.reminders.tasks.make()
    assert len(await told(store, lamp)) == 1
    assert ("task_missed", "person:wang") in await told(store, flood)
    await clock.turn(timedelta(hours=9))
    await store.reminders.tasks.make()
    assert ("task_missed", "person:wang") in await told(store, lamp)


@pytest.mark.parametrize("what", ["done", "void", "put off"])
async def test_what_is_not_true_any_more_is_not_sent(
    store: Store, clock: TurnedClock, what: str
) -> None:
    ticket = await ticket_of(store)
    task = await given(store, ticket, "王工", hours=1)
    await clock.turn(timedelta(hours=2))
    await store.reminders.tasks.make()
    changes: dict[str, dict[str, Any]] = {
        "done": {"done_at": clock.now(), "done_by": "wang"},
        "void": {"void": True},
        "put off": {"due": clock.now() + timedelta(hours=3)},
    }
    await changed(store, task, **changes[what])
    taken = [await store.reminders.take(each) for each in await store.reminders.waiting()]
    levels = {each.level for each in taken if each is not None}
    assert levels == ({Level.TASK} if what == "put off" else set())
    assert await has(store, "person:wang") == ([task.id] if what == "put off" else [])


async def test_the_list_is_by_what_is_due_next(store: Store) -> None:
    ticket = await ticket_of(store)
    some_day = await given(store, ticket, "王工", hours=None)
    later = await given(store, ticket, "王工", hours=9)
    soon = await given(store, ticket, "王工", hours=1)
    assert await has(store, "person:wang") == [soon.id, later.id, some_day.id]
    assert await store.tasks.count(["person:wang"], OPERATOR) == 3


async def test_a_task_that_cannot_be_opened_hides_no_other(
    store: Store, clock: TurnedClock
) -> None:
    ticket = await ticket_of(store)
    broken = await given(store, ticket, "王工", hours=1)
    task = await given(store, ticket, "王工", hours=1)
    async with store.session() as session:
        await session.execute(
            text("UPDATE case_records SET content = :no WHERE id = :id"),
            {"no": b"nonsense", "id": broken.id},
        )
    assert await has(store, "person:wang") == [task.id]
    await clock.turn(timedelta(hours=2))
    await store.reminders.tasks.make()
    assert ("task_missed", "person:wang") in await told(store, ticket)
