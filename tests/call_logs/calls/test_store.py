from __future__ import annotations

from datetime import timedelta

import pytest

from call_logs import Store
from call_logs.calls import OUTGOING, CallEventKind, CallFilter, NewCall
from call_logs.storage import SYSTEM_CLOCK, NotFound
from call_logs.tickets import NewTicket, TicketKind
from tests.call_logs.conftest import OpenStore, call_id


async def test_a_call_and_its_events_are_remembered_in_order(store: Store) -> None:
    call = call_id()
    store.calls.begin(NewCall(id=call, caller="13800138000", callee="100", trunk="main"))
    store.calls.answered(call)
    store.calls.event(call, CallEventKind.MENU, {"node": "main"})
    store.calls.event(call, CallEventKind.KEY, {"key": "2"})
    store.calls.language(call, "en")
    store.calls.end(call, "remote")
    await store.calls.flush()
    record = await store.calls.get(call)
    assert (record.caller, record.trunk, record.language) == ("13800138000", "main", "en")
    assert record.answered_at is not None
    assert record.end_reason == "remote"
    assert record.duration_s is not None
    events = await store.calls.events(call)
    assert [event.kind for event in events] == ["answered", "menu", "key", "language"]
    assert events[2].data == {"key": "2"}


async def test_the_first_end_counts(store: Store) -> None:
    call = call_id()
    store.calls.begin(NewCall(id=call))
    store.calls.end(call, "remote")
    await store.calls.flush()
    first = await store.calls.get(call)
    store.calls.end(call, "local")
    await store.calls.flush()
    assert await store.calls.get(call) == first


async def test_events_of_many_calls_stay_apart(store: Store) -> None:
    calls = [call_id() for _ in range(30)]
    for call in calls:
        store.calls.begin(NewCall(id=call))
    for number in range(20):
        for call in calls:
            store.calls.event(call, CallEventKind.HEARD, {"number": number})
    for call in calls:
        store.calls.end(call, "remote")
    await store.calls.flush()
    for call in calls:
        events = await store.calls.events(call)
        assert [event.data["number"] for event in events] == list(range(20))


async def test_an_impossible_write_does_not_hold_up_the_others(store: Store) -> None:
    call = call_id()
    store.calls.begin(NewCall(id=call))
    store.calls.event(call_id(), CallEventKind.KEY)  # no such call
    store.calls.event(call, CallEventKind.MENU)
    await store.calls.flush()
    assert [event.kind for event in await store.calls.events(call)] == ["menu"]


async def test_calls_are_listed_newest_first_by_each_filter(store: Store) -> None:
    now = SYSTEM_CLOCK.now()
    ids = [call_id() for _ in range(5)]
    for number, call in enumerate(ids):
        store.calls.begin(
            NewCall(
                id=call,
                caller=f"1380013800{number}",
                trunk="a" if number < 3 else "b",
                started_at=now + timedelta(minutes=number),
            )
        )
    store.calls.end(ids[0], "remote")
    await store.calls.flush()

    async def listed(**wanted: object) -> list[int]:
        page = await store.calls.list(CallFilter(**wanted))  # type: ignore[arg-type]
        return [ids.index(call.id) for call in page.items]

    assert await listed() == [4, 3, 2, 1, 0]
    assert await listed(caller="+8613800138003") == [3]
    assert await listed(trunk="a") == [2, 1, 0]
    assert await listed(active=False) == [0]
    assert await listed(since=now + timedelta(minutes=3)) == [4, 3]
    assert await listed(until=now + timedelta(minutes=1)) == [0]
    page = await store.calls.list(CallFilter(limit=2))
    assert page.total == 5
    assert await listed(limit=2, before=page.next_cursor) == [2, 1]


async def test_a_call_back_is_found_by_its_ticket_and_by_the_number_called(store: Store) -> None:
    reported, back, other = call_id(), call_id(), call_id()
    store.calls.begin(NewCall(id=reported, caller="13800138000", callee="100"))
    store.calls.begin(NewCall(id=other, caller="13900139000"))
    ticket = await store.tickets.open(NewTicket(TicketKind.EMERGENCY, call_id=reported))
    store.calls.begin(
        NewCall(
            id=back,
            caller="100",
            callee="+8613800138000",
            direction=OUTGOING,
            ticket_id=ticket.id,
        )
    )
    await store.calls.flush()

    async def listed(**wanted: object) -> list[str]:
        page = await store.calls.list(CallFilter(**wanted))  # type: ignore[arg-type]
        return [call.id for call in page.items]

    assert await listed(ticket_id=ticket.id) == [back, reported]
    assert await listed(caller="13800138000") == [back, reported]
    assert await listed(caller="100") == []
    record = await store.calls.get(back)
    assert (record.direction, record.number, record.ticket_id) == (
        "out",
        "+8613800138000",
        ticket.id,
    )
    assert (await store.calls.get(reported)).ticket_id == ticket.id
    assert (await store.calls.get(other)).ticket_id is None
    assert await store.tickets.for_call(back) == ticket
    assert await store.tickets.for_call(reported) == ticket
    assert await store.tickets.for_call(other) is None


async def test_an_unknown_call_is_not_found(sqlite_store: Store) -> None:
    with pytest.raises(NotFound):
        await sqlite_store.calls.get(call_id())


async def test_a_new_start_closes_the_calls_that_a_crash_cut_off(open_store: OpenStore) -> None:
    crashed = await open_store()
    ended, cut_off, elsewhere = call_id(), call_id(), call_id()
    crashed.calls.begin(NewCall(id=ended))
    crashed.calls.end(ended, "remote")
    crashed.calls.begin(NewCall(id=cut_off))
    await crashed.calls.flush()
    await crashed.live.flush()
    other = await open_store("other")
    other.calls.begin(NewCall(id=elsewhere))
    await other.calls.flush()
    await other.live.flush()

    fresh = await open_store()
    assert (await fresh.recover()).calls == 1
    record = await fresh.calls.get(cut_off)
    assert record.end_reason == "interrupted"
    assert record.ended_at is not None
    assert [event.kind for event in await fresh.calls.events(cut_off)] == ["interrupted"]
    assert (await fresh.calls.get(ended)).end_reason == "remote"
    assert (await fresh.calls.get(elsewhere)).ended_at is None
    assert [call.call_id for call in await fresh.live.list()] == [elsewhere]
    assert (await fresh.recover()).calls == 0
