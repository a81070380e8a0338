"""The ledger at the store: who may read it, what stands in it, and what a broken row does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from call_logs import Store
from call_logs.calls import NewCall
from call_logs.reports import LedgerRow, ledger
from call_logs.storage import NotAllowed
from call_logs.tickets import NewTicket, TicketClass, TicketFilter, TicketKind, edit
from call_logs.users import HOTLINE, Actor, Role
from tests.people import person


async def rows(store: Store, wanted: TicketFilter | None = None) -> list[LedgerRow]:
    pages = await store.reports.ledger(person("wang"), wanted or TicketFilter())
    return [row async for page in pages for row in page]


async def opened(store: Store, **fields: object) -> int:
    return (await store.tickets.open(NewTicket(TicketKind.REPAIR, **fields))).id  # type: ignore[arg-type]


@pytest.mark.parametrize("role", [Role.ENGINEER, Role.OPERATOR])
async def test_who_may_not_export_gets_nothing_and_no_line_in_the_access_log(
    sqlite_store: Store, role: Role
) -> None:
    with pytest.raises(NotAllowed):
        await sqlite_store.reports.ledger(person("li", role), TicketFilter())

    assert (await sqlite_store.access.list()).items == ()


async def test_the_access_log_names_who_has_it_before_a_row_is_read(sqlite_store: Store) -> None:
    await sqlite_store.reports.ledger(person("wang"), TicketFilter(), source="192.0.2.7")

    (line,) = (await sqlite_store.access.list()).items
    assert (line.user_name, line.action, line.subject) == ("wang", "exported", "ledger")
    assert line.source == "192.0.2.7"


async def test_every_ticket_is_there_whole_with_its_call_newest_first(store: Store) -> None:
    call_id = "a" * 32
    store.calls.begin(NewCall(id=call_id, caller="13812345678"))
    store.calls.answered(call_id)
    store.calls.end(call_id, "caller")
    await store.calls.flush()
    with_call = await opened(store, text="灯坏了", call_id=call_id, building="3")
    without = await opened(store, name="王女士", phrases=("漏水", "很大"))

    newest, oldest = await rows(store)

    assert newest.ticket == await store.tickets.get(without)
    assert newest.call is None
    assert oldest.ticket == await store.tickets.get(with_call)
    call = await store.calls.get(call_id)
    assert oldest.call is not None
    assert oldest.call.id == call_id
    assert (oldest.call.started_at, oldest.call.answered_at, oldest.call.ended_at) == (
        call.started_at,
        call.answered_at,
        call.ended_at,
    )


async def test_no_page_lacks_or_repeats_a_ticket(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "IDS", 4)
    monkeypatch.setattr(ledger, "ROWS", 3)
    ids = [await opened(store) for _ in range(13)]

    assert [row.ticket.id for row in await rows(store)] == ids[::-1]


@pytest.mark.parametrize("count", [0, 3, 4, 5, 8])
async def test_the_last_page_may_be_full_or_empty(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    monkeypatch.setattr(ledger, "IDS", 4)
    monkeypatch.setattr(ledger, "ROWS", 2)
    for _ in range(count):
        await opened(sqlite_store)

    assert len(await rows(sqlite_store)) == count


async def test_the_filter_of_the_list_is_the_ledgers(store: Store) -> None:
    start = datetime(2026, 10, 1, tzinfo=UTC)
    for day in range(4):
        await opened(
            store,
            text="电梯停了" if day % 2 else "漏水",
            ticket_class=TicketClass.URGENT if day == 3 else TicketClass.GENERAL,
            opened_at=start + timedelta(days=day),
        )
    for wanted in (
        TicketFilter(text="电梯"),
        TicketFilter(ticket_class=TicketClass.URGENT),
        TicketFilter(since=start + timedelta(days=1), until=start + timedelta(days=3)),
        TicketFilter(open=False),
    ):
        listed = (await store.tickets.list(wanted)).items
        assert tuple(row.ticket for row in await rows(store, wanted)) == listed


async def test_a_page_and_a_limit_of_the_list_do_not_cut_the_ledger(sqlite_store: Store) -> None:
    ids = [await opened(sqlite_store) for _ in range(3)]

    found = await rows(sqlite_store, TicketFilter(limit=1, before=ids[1]))

    assert len(found) == 3


async def test_a_broken_row_is_left_out_and_named_by_health(store: Store) -> None:
    ids = [await opened(store, text="漏水") for _ in range(3)]
    async with store.session() as session:
        await session.execute(
            text("UPDATE tickets SET building = :nonsense WHERE id = :id"),
            {"nonsense": b"nonsense", "id": ids[1]},
        )

    assert [row.ticket.id for row in await rows(store)] == [ids[2], ids[0]]
    told = next(check for check in (await store.health()).checks if check.name == "rows")
    assert f"tickets {ids[1]}" in told.detail


async def test_a_drill_is_no_row(sqlite_store: Store) -> None:
    roster = await sqlite_store.roster.current()
    await sqlite_store.dispatches.open_drill(roster.policy("fire"), Actor.in_name_of("wang"))

    assert await rows(sqlite_store) == []


async def test_a_change_between_two_pages_is_seen_and_loses_nothing(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "ROWS", 1)
    first, second = [await opened(sqlite_store) for _ in range(2)]
    pages = await sqlite_store.reports.ledger(person("wang"), TicketFilter())

    (newest,) = await anext(pages)
    await sqlite_store.tickets.update(first, HOTLINE, edit(room="1501"))
    await opened(sqlite_store)
    rest = [row.ticket async for page in pages for row in page]

    assert newest.ticket.id == second
    assert [(ticket.id, ticket.room) for ticket in rest] == [(first, "1501")]
