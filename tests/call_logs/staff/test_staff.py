"""Whom a ticket can be given to, who stands in, and who is above whom."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from call_logs import Store
from call_logs.dispatches import AcknowledgedVia, AttemptStatus, DispatchStatus
from call_logs.reminders import Level
from call_logs.roster import EntryKind, ImportFailed
from call_logs.storage import NobodyFound, StoreError
from call_logs.tickets import NewTicket, TicketClass, TicketFilter, edit
from call_logs.users import HOTLINE, Role
from tests.call_logs.conftest import OpenStore
from tests.people import person
from tests.staff_world import away, company
from tests.turned_clock import TurnedClock

MONDAY = datetime(2026, 11, 30, 2, tzinfo=UTC)  # ten in the morning in Shanghai
PASSWORD = "a long password"
WANG = person("wang.wei", Role.ENGINEER)


@pytest.fixture
async def staffed(open_sqlite_store: OpenStore) -> Store:
    store = await open_sqlite_store(clock=TurnedClock(MONDAY))
    await company(store)
    return store


@pytest.mark.parametrize(
    ("written", "ref"),
    [
        ("person:li", "person:li"),
        ("li", "person:li"),
        (" 李工 ", "person:li"),
        ("repairs", "department:repairs"),
        ("工程部", "department:repairs"),
        ("olga", "user:olga"),
        ("Olga Berg", "user:olga"),
    ],
)
async def test_whoever_is_meant_is_found(staffed: Store, written: str, ref: str) -> None:
    await staffed.users.add("olga", PASSWORD, Role.OPERATOR, HOTLINE, full_name="Olga Berg")
    assert (await staffed.staff.current()).find(written).ref == ref


async def test_nobody_and_two_of_a_name_are_refused_and_the_choices_named(staffed: Store) -> None:
    staff = await staffed.staff.current()
    with pytest.raises(NobodyFound, match="assignee: nobody"):
        staff.find("nemo")
    await staffed.users.add("li", PASSWORD, Role.ENGINEER, HOTLINE)
    with pytest.raises(NobodyFound, match=r"person:li, user:li"):
        (await staffed.staff.current()).find("li")


async def test_a_user_who_is_somebody_of_the_roster_is_one_with_them(staffed: Store) -> None:
    user = await staffed.users.add("wang.wei", PASSWORD, Role.ENGINEER, HOTLINE)
    await staffed.users.update(user.id, HOTLINE, person="wang")
    user = await staffed.users.get(user.id)
    staff = await staffed.staff.current()
    assert staff.ref_of_user(user) == "person:wang"
    assert "user:wang.wei" not in {each.ref for each in staff.members}
    assert staff.around(user) >= {"department:repairs", "person:li", "person:head", "person:wang"}
    other = await staffed.users.add("other", PASSWORD, Role.ENGINEER, HOTLINE)
    with pytest.raises(StoreError, match=r"wang.*wang\.wei"):
        await staffed.users.update(other.id, HOTLINE, person="wang")


async def test_a_department_names_people_of_the_roster_and_no_category_twice(
    staffed: Store,
) -> None:
    with pytest.raises(ImportFailed, match="nemo"):
        await staffed.roster.save(EntryKind.DEPARTMENT, {"id": "a", "head": "nemo"}, HOTLINE)
    with pytest.raises(ImportFailed, match="lighting"):
        await staffed.roster.save(
            EntryKind.DEPARTMENT, {"id": "a", "categories": "lighting"}, HOTLINE
        )
    with pytest.raises(ImportFailed, match="department repairs"):
        await staffed.roster.remove(EntryKind.PERSON, "head", HOTLINE)


async def test_a_ticket_is_given_to_the_directory_alone_and_keeps_what_an_older_one_says(
    staffed: Store,
) -> None:
    ticket = await staffed.tickets.open(NewTicket())
    with pytest.raises(NobodyFound, match="assignee"):
        await staffed.tickets.update(ticket.id, person("olga"), edit(assignee="nemo"))
    assert (await staffed.tickets.get(ticket.id)).assignee == ""
    async with staffed.database.session() as session:  # of before there was a directory
        await session.execute(text("UPDATE tickets SET assignee = 'the new man'"))
    kept = await staffed.tickets.update(
        ticket.id, person("olga"), edit(assignee="the new man", room="1501")
    )
    assert (kept.assignee, kept.room) == ("the new man", "1501")
    assert await staffed.reminders.for_ticket(ticket.id) == ()


async def test_what_is_given_to_who_is_away_goes_to_the_head_and_then_to_the_deputy(
    staffed: Store,
) -> None:
    await away(staffed, "li", "2026-11-29", "2026-12-02")
    ticket = await staffed.tickets.open(NewTicket())
    given = await staffed.tickets.update(ticket.id, person("olga"), edit(assignee="li"))
    assert given.assignee == "person:head"
    line = (await staffed.tickets.history(ticket.id))[-1]
    assert line.changes["handed_over"] == ("person:li", "person:head")
    await away(staffed, "head", "2026-11-30", "2026-12-01")
    again = await staffed.tickets.open(NewTicket(assignee="李工", actor=person("olga")))
    assert again.assignee == "person:wang"


async def test_who_gets_a_ticket_is_told_once_and_not_of_what_they_took_themselves(
    staffed: Store,
) -> None:
    ticket = await staffed.tickets.open(
        NewTicket(),
    )
    for _ in range(2):
        await staffed.tickets.update(ticket.id, person("olga"), edit(assignee="li"))
    (told,) = await staffed.reminders.for_ticket(ticket.id)
    assert (told.level, told.party) == (Level.ASSIGNED, "person:li")
    own = await staffed.tickets.open(NewTicket(assignee="wang", actor=person("wang")))
    assert own.assignee == "person:wang"
    assert await staffed.reminders.for_ticket(own.id) == ()


async def test_who_accepts_an_emergency_has_its_ticket_and_who_leaves_gives_it_back(
    staffed: Store,
) -> None:
    ticket = await staffed.tickets.open(
        NewTicket(ticket_class=TicketClass.URGENT, assignee="repairs", actor=person("olga"))
    )
    roster = await staffed.roster.current()
    dispatches = staffed.dispatches
    search = await dispatches.open(ticket.id, roster.policy("fire"), actor=HOTLINE)
    li = roster.by_id["li"]
    attempt = await dispatches.attempt(search.id, li, li.contacts[0], level=1)
    await dispatches.outcome(attempt.id, AttemptStatus.RUNG)
    await dispatches.outcome(attempt.id, AttemptStatus.ANSWERED)
    await dispatches.accept(attempt.id)
    await dispatches.accept(attempt.id)  # the key pressed twice
    assert (await staffed.tickets.get(ticket.id)).assignee == "person:li"
    await dispatches.move(search.id, DispatchStatus.RINGING, actor=HOTLINE)
    assert (await staffed.tickets.get(ticket.id)).assignee == "department:repairs"


async def test_who_takes_it_on_the_page_has_it_until_they_take_that_back(staffed: Store) -> None:
    user = await staffed.users.add("wang.wei", PASSWORD, Role.ENGINEER, HOTLINE)
    await staffed.users.update(user.id, HOTLINE, person="wang")
    ticket = await staffed.tickets.open(NewTicket(ticket_class=TicketClass.URGENT))
    policy = (await staffed.roster.current()).policy("fire")
    search = await staffed.dispatches.open(ticket.id, policy, actor=HOTLINE)
    await staffed.dispatches.acknowledge(search.id, WANG, AcknowledgedVia.DASHBOARD)
    assert (await staffed.tickets.get(ticket.id)).assignee == "person:wang"
    await staffed.dispatches.take_back(search.id, WANG)
    assert (await staffed.tickets.get(ticket.id)).assignee == ""


async def test_the_list_knows_mine_and_my_departments(staffed: Store) -> None:
    user = await staffed.users.add("wang.wei", PASSWORD, Role.ENGINEER, HOTLINE)
    user = await staffed.users.update(user.id, HOTLINE, person="wang")
    mine, ours, theirs = [
        await staffed.tickets.open(NewTicket(assignee=each, actor=person("olga")))
        for each in ("wang", "li", "boss")
    ]
    staff = await staffed.staff.current()

    async def ids(refs: frozenset[str]) -> set[int]:
        page = await staffed.tickets.list(TicketFilter(assignees=refs))
        return {ticket.id for ticket in page.items}

    assert await ids(staff.own(user)) == {mine.id}
    assert await ids(staff.around(user)) == {mine.id, ours.id}
    assert theirs.id not in await ids(staff.around(user))
    assert await ids(frozenset()) == set()
