from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from call_logs import Store
from call_logs.calls import NewCall
from call_logs.storage import IllegalMove, InvalidValue, NotFound, StoreError, VersionConflict
from call_logs.tickets import (
    NewTicket,
    TicketClass,
    TicketFilter,
    TicketKind,
    TicketOrder,
    TicketStatus,
    edit,
    valid_number,
)
from call_logs.tickets.rows import stamp
from call_logs.users import HOTLINE, Role
from tests.call_logs.conftest import call_id
from tests.people import WRITTEN, person


def new_ticket(**fields: Any) -> NewTicket:
    given: dict[str, Any] = {"kind": TicketKind.REPAIR, "text": "三号楼一单元楼道灯坏了"}
    return NewTicket(**(given | fields))


async def test_a_ticket_keeps_what_the_caller_told(store: Store) -> None:
    call = call_id()
    store.calls.begin(NewCall(id=call, caller="13800138000"))
    new = new_ticket(
        call_id=call,
        ticket_class=TicketClass.IMPORTANT,
        category="lamp",
        name="王女士",
        callback="13900139000",
        caller="13800138000",
        building="3",
        unit="1",
        phrases=("灯坏",),
    )
    opened = await store.tickets.open(new)
    ticket = await store.tickets.get(opened.id)
    assert ticket == opened
    assert (ticket.text, ticket.name, ticket.building) == (new.text, "王女士", "3")
    assert ticket.phrases == ("灯坏",)
    assert ticket.status is TicketStatus.RECEIVED
    assert valid_number(ticket.number)
    assert await store.tickets.by_number(ticket.number) == ticket
    assert (await store.calls.get(call)).ticket_id == ticket.id


async def test_a_call_has_one_ticket_however_often_it_is_opened(store: Store) -> None:
    call = call_id()
    store.calls.begin(NewCall(id=call))
    opened = await asyncio.gather(
        *(store.tickets.open(new_ticket(call_id=call)) for _ in range(10))
    )
    assert len({ticket.id for ticket in opened}) == 1
    assert (await store.tickets.list()).total == 1
    assert len(await store.tickets.history(opened[0].id)) == 1


async def test_opening_again_brings_up_to_date_what_no_person_changed(store: Store) -> None:
    call = call_id()
    store.calls.begin(NewCall(id=call))
    ticket = await store.tickets.open(new_ticket(call_id=call, building="3"))
    await store.tickets.update(ticket.id, person("li"), edit(building="5"))
    again = await store.tickets.open(new_ticket(call_id=call, building="3", unit="2"))
    assert (again.building, again.unit) == ("5", "2")


async def test_a_ticket_takes_the_calling_number_from_its_call(store: Store) -> None:
    call = call_id()
    store.calls.begin(NewCall(id=call, caller="13800138000"))
    ticket = await store.tickets.open(new_ticket(call_id=call))
    assert ticket.caller == "13800138000"
    assert await found(store, caller="13800138000") == {ticket.id}


async def test_an_arrival_is_stamped_once_in_the_callers_transaction(store: Store) -> None:
    ticket = await store.tickets.open(new_ticket(ticket_class=TicketClass.URGENT))
    for expected in (True, False):
        async with store.session() as session:
            at = ticket.opened_at + timedelta(minutes=3)
            assert await stamp(session, ticket.id, "on_site_at", at, "zhao") is expected
    stamped = await store.tickets.get(ticket.id)
    assert stamped.on_site_at == stamped.acknowledged_at == at
    assert stamped.next_due_at == stamped.feedback_due_at
    assert [line.actor for line in await store.tickets.history(ticket.id)] == ["hotline", "zhao"]


async def test_a_ticket_of_an_unknown_call_is_refused(store: Store) -> None:
    with pytest.raises(StoreError):
        await store.tickets.open(new_ticket(call_id=call_id()))
    assert (await store.tickets.open(new_ticket())).id  # the journal goes on


async def test_deadlines_follow_the_class(store: Store) -> None:
    ticket = await store.tickets.open(new_ticket(ticket_class=TicketClass.URGENT))
    assert ticket.next_due_at == ticket.opened_at + timedelta(minutes=5)
    milder = await store.tickets.update(
        ticket.id, person("li"), edit(ticket_class=TicketClass.GENERAL)
    )
    assert milder.next_due_at == ticket.opened_at + timedelta(hours=4)
    registered = await store.tickets.move(ticket.id, TicketStatus.REGISTERED, person("li"))
    assert registered.acknowledged_at is not None
    assert registered.next_due_at == ticket.opened_at + timedelta(days=3)


async def test_overdue_tickets_are_found_and_counted(store: Store) -> None:
    fresh = await store.tickets.open(new_ticket())
    late = await store.tickets.open(
        new_ticket(
            ticket_class=TicketClass.URGENT, opened_at=fresh.opened_at - timedelta(minutes=6)
        )
    )
    overdue = await store.tickets.list(TicketFilter(overdue=True))
    assert [ticket.id for ticket in overdue.items] == [late.id]
    not_overdue = await store.tickets.list(TicketFilter(overdue=False))
    assert [ticket.id for ticket in not_overdue.items] == [fresh.id]
    counts = await store.tickets.counts()
    assert (counts.open, counts.overdue, counts.by_class[TicketClass.URGENT]) == (2, 1, 1)


async def test_the_whole_life_of_a_ticket_is_in_its_history(store: Store) -> None:
    ticket = await store.tickets.open(
        new_ticket(ticket_class=TicketClass.IMPORTANT, category="lighting")
    )
    way = [
        TicketStatus.REGISTERED,
        TicketStatus.INVESTIGATING,
        TicketStatus.PLANNED,
        TicketStatus.APPROVED,
        TicketStatus.IN_PROGRESS,
        TicketStatus.RESOLVED,
        TicketStatus.FEEDBACK_GIVEN,
        TicketStatus.SURVEYED,
        TicketStatus.CLOSED,
    ]
    for status in way:
        ticket = await store.tickets.move(
            ticket.id, status, person("li"), note="done", changes=WRITTEN
        )
    assert ticket.closed_at is not None
    assert ticket.next_due_at is None
    history = await store.tickets.history(ticket.id)
    assert [line.changes["status"][1] for line in history if line.action == "moved"] == way
    reopened = await store.tickets.move(
        ticket.id, TicketStatus.REOPENED, person("survey"), "it leaks"
    )
    assert reopened.closed_at is None
    assert reopened.next_due_at is not None
    assert reopened.next_due_at > reopened.opened_at


async def test_an_illegal_move_changes_nothing(store: Store) -> None:
    ticket = await store.tickets.open(new_ticket())
    with pytest.raises(IllegalMove):
        await store.tickets.move(ticket.id, TicketStatus.CLOSED, person("li"))
    assert await store.tickets.get(ticket.id) == ticket
    assert len(await store.tickets.history(ticket.id)) == 1


async def test_two_operators_do_not_overwrite_each_other(store: Store) -> None:
    ticket = await store.tickets.open(new_ticket())
    outcomes = await asyncio.gather(
        store.tickets.update(ticket.id, person("li"), edit(name="王"), version=ticket.version),
        store.tickets.update(ticket.id, person("zhao"), edit(name="张"), version=ticket.version),
        return_exceptions=True,
    )
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Ticket", "VersionConflict"]
    lost = next(outcome for outcome in outcomes if isinstance(outcome, VersionConflict))
    assert (lost.expected, lost.actual) == (ticket.version, ticket.version + 1)


async def test_history_tells_who_changed_what_from_what(store: Store) -> None:
    ticket = await store.tickets.open(new_ticket())
    await store.tickets.update(
        ticket.id, person("li"), edit(name="王", area="灯"), note="asked her"
    )
    await store.tickets.note(ticket.id, person("zhao"), "called, no answer")
    opened, updated, noted = await store.tickets.history(ticket.id)
    assert (opened.action, opened.actor) == ("opened", "hotline")
    assert dict(updated.changes) == {"name": ("", "王"), "area": ("", "灯")}
    assert (updated.actor, updated.note) == ("li", "asked her")
    assert (noted.action, noted.note) == ("note", "called, no answer")


async def test_how_many_are_in_danger_is_kept_raised_and_what_a_person_says_stays(
    store: Store,
) -> None:
    call = call_id()
    store.calls.begin(NewCall(id=call, caller="13800138000", trunk="t"))
    assert (await store.tickets.open(new_ticket(call_id=call))).people is None
    told = await store.tickets.open(new_ticket(call_id=call, people=2))
    assert told.people == 2
    _, updated = await store.tickets.history(told.id)
    assert dict(updated.changes) == {"people": (None, 2)}
    assert (await store.tickets.update(told.id, person("li"), edit(people=4))).people == 4
    assert (await store.tickets.open(new_ticket(call_id=call, people=3))).people == 4
    assert (await store.tickets.update(told.id, person("li"), edit(people=None))).people is None


async def test_a_change_to_the_same_value_is_no_change(store: Store) -> None:
    ticket = await store.tickets.open(new_ticket(building="3"))
    assert (
        await store.tickets.update(ticket.id, person("li"), edit(building="3"))
    ).version == ticket.version


@pytest.mark.parametrize(
    "fields",
    [
        {"id": 7},
        {"status": "closed"},
        {"satisfaction": 6},
        {"people": 0},
        {"people": 10_000},
        {"people": "many"},
        {"kind": "party"},
    ],
)
async def test_what_cannot_be_edited_is_refused(
    sqlite_store: Store, fields: dict[str, Any]
) -> None:
    ticket = await sqlite_store.tickets.open(new_ticket())
    with pytest.raises(StoreError):
        await sqlite_store.tickets.update(ticket.id, person("li"), edit(**fields))


async def test_unknown_tickets_are_not_found(sqlite_store: Store) -> None:
    with pytest.raises(NotFound):
        await sqlite_store.tickets.get(1)
    with pytest.raises(NotFound):
        await sqlite_store.tickets.by_number("100016")
    with pytest.raises(NotFound):
        await sqlite_store.tickets.update(1, person("li"), edit(name="x"))


async def found(store: Store, **wanted: Any) -> set[int]:
    return {ticket.id for ticket in (await store.tickets.list(TicketFilter(**wanted))).items}


async def test_tickets_are_found_by_each_filter(store: Store) -> None:
    lamp = await store.tickets.open(
        new_ticket(category="lamp", building="3", room="1502", caller="13800138000")
    )
    lift = await store.tickets.open(
        new_ticket(
            text="电梯里有三个人被困 help",
            kind=TicketKind.EMERGENCY,
            ticket_class=TicketClass.URGENT,
            category="lift_entrapment",
            callback="010-62551234",
        )
    )
    await store.users.add("zhao", "a long password", Role.ENGINEER, HOTLINE)
    await store.tickets.update(lift.id, person("li"), edit(assignee="zhao"))
    assert await found(store, text="楼道灯") == {lamp.id}
    assert await found(store, text="灯") == {lamp.id}
    assert await found(store, text="困") == {lift.id}
    assert await found(store, text="HELP 电梯") == {lift.id}
    assert await found(store, text="灯道") == set()
    assert await found(store, text="3号楼1502室") == {lamp.id}
    assert await found(store, text="电梯", ticket_class=TicketClass.GENERAL) == set()
    assert await found(store, caller="+86 138 0013 8000") == {lamp.id}
    assert await found(store, caller="01062551234") == {lift.id}
    assert await found(store, kind=TicketKind.EMERGENCY) == {lift.id}
    assert await found(store, category="lamp", status=TicketStatus.RECEIVED) == {lamp.id}
    assert await found(store, assignee="user:zhao") == {lift.id}
    assert await found(store, number=lamp.number) == {lamp.id}
    assert await found(store, open=False) == set()
    assert await found(store, since=lift.opened_at) == {lift.id}
    assert await found(store, until=lift.opened_at) == {lamp.id}
    assert await store.tickets.categories() == ("lamp", "lift_entrapment")


async def test_corrected_text_is_found_and_the_old_no_longer(store: Store) -> None:
    ticket = await store.tickets.open(new_ticket())
    await store.tickets.update(ticket.id, person("li"), edit(text="四号楼水管漏水"))
    assert await found(store, text="楼道灯") == set()
    assert await found(store, text="漏水") == {ticket.id}


async def test_pages_follow_each_other_without_gap_or_repetition(store: Store) -> None:
    opened = [(await store.tickets.open(new_ticket())).id for _ in range(7)]
    for wanted in (TicketFilter(limit=3), TicketFilter(limit=3, text="楼道")):
        seen: list[int] = []
        cursor = None
        while True:
            page = await store.tickets.list(TicketFilter(limit=3, text=wanted.text, before=cursor))
            assert page.total == 7
            seen += [ticket.id for ticket in page.items]
            if (cursor := page.next_cursor) is None:
                break
        assert seen == opened[::-1]


async def test_nothing_confidential_is_readable_in_the_database(store: Store) -> None:
    call = call_id()
    store.calls.begin(NewCall(id=call, caller="13800138000"))
    ticket = await store.tickets.open(
        new_ticket(call_id=call, caller="13800138000", name="王女士", building="幸福楼")
    )
    await store.tickets.note(ticket.id, person("li"), "王女士说楼道黑")
    async with store.reading() as session:
        for table in ("tickets", "ticket_history", "ticket_tokens", "calls", "live_calls"):
            for row in (await session.execute(text(f"SELECT * FROM {table}"))).all():
                stored = b"".join(
                    value if isinstance(value, bytes) else str(value).encode() for value in row
                )
                for secret in ("13800138000", "8613800138000", "王女士", "幸福楼", "楼道"):
                    assert secret.encode() not in stored


async def test_what_no_database_can_hold_is_refused_in_words(store: Store) -> None:
    """SQLite and PostgreSQL refuse different things, in different words."""
    for wanted in (TicketFilter(before=2**63), TicketFilter(category="\ud800")):
        with pytest.raises(InvalidValue, match="cannot be kept"):
            await store.tickets.list(wanted)
    try:
        await store.tickets.list(TicketFilter(category="a\x00"))  # SQLite does take it
    except InvalidValue:
        assert not store.database.is_sqlite


async def test_words_of_a_time_are_found_also_where_an_old_ticket_has_a_new_id(
    store: Store,
) -> None:
    start = datetime(2026, 10, 1, tzinfo=UTC)
    days = [5, 40, 2, -3, 9, 31]  # as they were written down: by ids not in their order
    ids = {}
    for day in days:
        ticket = await store.tickets.open(
            NewTicket(TicketKind.REPAIR, text="楼道漏水", opened_at=start + timedelta(days=day))
        )
        ids[day] = ticket.id
    for order in TicketOrder:
        wanted = TicketFilter(
            text="漏水", since=start, until=start + timedelta(days=31), order=order
        )
        page = await store.tickets.list(wanted)
        assert {each.id for each in page.items} == {ids[5], ids[2], ids[9]}
        assert page.total == 3
    nothing = TicketFilter(text="漏水", since=start + timedelta(days=100))
    assert (await store.tickets.list(nothing)).items == ()
    later = await store.tickets.list(TicketFilter(text="漏水", since=start + timedelta(days=30)))
    assert {each.id for each in later.items} == {ids[40], ids[31]}
