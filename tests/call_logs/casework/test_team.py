"""Who works on a ticket together: proposed by class and category, changed by people."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from call_logs import Store
from call_logs.casework import TeamPart, TeamRefused
from call_logs.roster import EntryKind
from call_logs.storage import NobodyFound, NotFound, VersionConflict
from call_logs.tickets import NewTicket, Ticket, TicketClass, edit
from call_logs.users import HOTLINE
from tests.call_logs.conftest import OpenStore
from tests.people import person
from tests.staff_world import away, company
from tests.turned_clock import TurnedClock

MONDAY = datetime(2026, 11, 30, 3, tzinfo=UTC)  # eleven in the morning in Shanghai
OLGA = person("olga")
DESK = """
[[person]]
id = "desk"
name = "客服小陈"
roles = ["operator"]
contacts = ["13800138006"]

[[person]]
id = "lift-firm"
name = "电梯维保"
contacts = ["13800138007"]
roles = ["engineer"]
categories = ["lift_fault"]

[[schedule]]
id = "lifts"
role = "engineer"
categories = ["lift_fault"]

  [[schedule.weekly]]
  people = ["lift-firm"]
"""


@pytest.fixture
async def staffed(open_sqlite_store: OpenStore) -> Store:
    store = await open_sqlite_store(clock=TurnedClock(MONDAY))
    await company(store)
    await store.roster.import_toml(DESK, HOTLINE)
    return store


async def opened(store: Store, ticket_class: TicketClass, category: str, to: str = "") -> Ticket:
    return await store.tickets.open(
        NewTicket(ticket_class=ticket_class, category=category, assignee=to, actor=OLGA)
    )


async def proposed(store: Store, ticket: Ticket) -> dict[str, str]:
    return {each.part.value: each.member for each in await store.team.proposed(ticket.id)}


@pytest.mark.parametrize("ticket_class", [TicketClass.URGENT, TicketClass.IMPORTANT])
async def test_urgent_and_important_have_manager_head_technician_and_service(
    staffed: Store, ticket_class: TicketClass
) -> None:
    assert await proposed(staffed, await opened(staffed, ticket_class, "water_leak")) == {
        "manager": "person:boss",
        "head": "person:head",
        "technician": "person:li",
        "service": "person:desk",
    }


async def test_a_lift_has_the_technician_on_call_for_lifts(staffed: Store) -> None:
    ticket = await opened(staffed, TicketClass.IMPORTANT, "lift_fault", "repairs")
    assert await proposed(staffed, ticket) == {
        "manager": "person:boss",
        "head": "person:head",
        "technician": "person:lift-firm",
        "service": "person:desk",
    }


async def test_general_has_service_and_the_post_and_who_is_away_is_passed_over(
    staffed: Store,
) -> None:
    ticket = await opened(staffed, TicketClass.GENERAL, "lighting")
    assert await proposed(staffed, ticket) == {"service": "person:desk", "post": "person:li"}
    await away(staffed, "li", "2026-11-29", "2026-12-02")
    assert (await proposed(staffed, ticket))["post"] == "department:repairs"
    had = await opened(staffed, TicketClass.GENERAL, "noise", "wang")
    assert (await proposed(staffed, had))["post"] == "person:wang"


async def test_people_take_in_and_out_and_the_history_says_so(staffed: Store) -> None:
    ticket = await opened(staffed, TicketClass.GENERAL, "lighting")
    await staffed.team.take_proposed(ticket.id, OLGA, version=ticket.version)
    await staffed.team.take_proposed(ticket.id, OLGA)  # pressed twice
    await staffed.team.put(ticket.id, "李工", TeamPart.TECHNICIAN, OLGA, duty=" changes the lamp ")
    await staffed.team.put(ticket.id, "boss", TeamPart.OTHER, OLGA)
    await staffed.team.remove(ticket.id, "person:desk", OLGA)
    team = await staffed.team.of(ticket.id)
    assert [(each.member, each.part, each.duty) for each in team] == [
        ("person:li", TeamPart.TECHNICIAN, "changes the lamp"),
        ("person:boss", TeamPart.OTHER, ""),
    ]
    lines = [
        line.changes["team_member"]
        for line in await staffed.tickets.history(ticket.id)
        if line.action == "team"
    ]
    assert lines == [
        (None, "person:desk"),
        (None, "person:li"),
        (None, "person:li"),
        (None, "person:boss"),
        ("person:desk", None),
    ]


async def test_another_class_proposes_what_is_lacking_and_a_closed_ticket_nothing(
    staffed: Store,
) -> None:
    ticket = await opened(staffed, TicketClass.GENERAL, "lighting")
    await staffed.team.take_proposed(ticket.id, OLGA)
    await staffed.tickets.update(ticket.id, OLGA, edit(ticket_class=TicketClass.IMPORTANT))
    # Who is in it already is not asked twice.
    assert await proposed(staffed, ticket) == {"manager": "person:boss", "head": "person:head"}
    async with staffed.database.session() as session:
        await session.execute(text("UPDATE tickets SET closed_at = opened_at"))
    assert await proposed(staffed, ticket) == {}


async def test_two_at_once_no_right_nobody_and_too_many_change_nothing(staffed: Store) -> None:
    ticket = await opened(staffed, TicketClass.GENERAL, "lighting")
    team = staffed.team
    await team.put(ticket.id, "li", TeamPart.POST, OLGA, version=ticket.version)
    with pytest.raises(VersionConflict):
        await team.put(ticket.id, "boss", TeamPart.POST, OLGA, version=ticket.version)
    with pytest.raises(NobodyFound, match="nobody"):
        await team.put(ticket.id, "nemo", TeamPart.POST, OLGA)
    with pytest.raises(NotFound):
        await team.remove(ticket.id, "person:boss", OLGA)
    with pytest.raises(NotFound):
        await team.put(999, "li", TeamPart.POST, OLGA)
    with pytest.raises(TeamRefused, match="duty"):
        await team.put(ticket.id, "li", TeamPart.POST, OLGA, duty="x" * 501)
    for number in range(25):
        document = {"id": f"p{number}", "contacts": "13800138000"}
        await staffed.roster.save(EntryKind.PERSON, document, HOTLINE)
    for number in range(19):
        await team.put(ticket.id, f"p{number}", TeamPart.OTHER, OLGA)
    with pytest.raises(TeamRefused, match="at most 20"):
        await team.put(ticket.id, "p20", TeamPart.OTHER, OLGA)
    assert len(await team.of(ticket.id)) == 20


async def test_a_duty_is_not_readable_on_the_disk(staffed: Store) -> None:
    ticket = await opened(staffed, TicketClass.GENERAL, "lighting")
    await staffed.team.put(ticket.id, "li", TeamPart.POST, OLGA, duty="calls on Mrs Zhang")
    async with staffed.database.reading() as session:
        kept = await session.scalar(text("SELECT duty FROM ticket_team"))
    assert b"Zhang" not in bytes(kept)
