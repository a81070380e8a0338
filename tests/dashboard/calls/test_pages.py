"""Calls that were and calls that go on."""

from __future__ import annotations

from call_logs import Store
from call_logs.calls import CallEventKind, RequestAction
from call_logs.tickets import NewTicket, TicketClass, TicketKind
from tests.dashboard.browserless import Visitor
from tests.dashboard.morning import CALLER, begin, call_back, calling_back, report


async def test_the_list_leads_to_call_and_ticket(store: Store, operator: Visitor) -> None:
    told = await report(store)

    text = (await operator.get("/calls")).text

    assert f'href="/calls/{told.call_id}"' in text
    assert told.ticket.number in text
    assert "Caller hung up" in text


async def test_calls_are_found_by_number(store: Store, operator: Visitor) -> None:
    told = await report(store, caller="13900001111")
    await report(store)

    text = (await operator.part("/calls?caller=139+0000+1111")).text

    assert text.count('class="line"') == 1
    assert told.call_id in text


async def test_a_call_tells_what_happened_in_it(store: Store, operator: Visitor) -> None:
    told = await report(store)
    store.calls.event(told.call_id, CallEventKind.HIT, {"category": "lighting", "phrase": "灯坏了"})
    store.calls.event(told.call_id, CallEventKind.KEY, {"key": "2"})
    await store.calls.flush()

    text = (await operator.get(f"/calls/{told.call_id}")).text

    assert "Reporting a repair" in text
    assert "Lighting “灯坏了”" in text
    assert "<b>Key pressed</b> 2" in text


async def test_a_call_back_is_told_from_a_call_that_came_in(
    store: Store, operator: Visitor
) -> None:
    told = await report(store)
    back = await call_back(store, told.ticket)

    listed = (await operator.part("/calls")).text
    shown = (await operator.get(f"/calls/{back}")).text

    assert listed.count(f"Call back to {CALLER}") == 1
    assert listed.count(told.ticket.number) == 2
    assert "Owner hung up" in listed
    assert f"Call back to {CALLER}" in shown
    assert "Call from" not in shown
    assert told.ticket.number in shown


async def test_the_live_page_tells_who_is_being_called_back(
    store: Store, operator: Visitor
) -> None:
    ticket = (await report(store)).ticket
    await calling_back(store, ticket)
    await store.live.flush()

    text = (await operator.get("/live")).text

    assert f"Call back to {CALLER}" in text
    assert "Being called back" in text
    assert ticket.number in text
    assert "Nothing heard yet" not in text


async def test_the_live_page_shows_who_where_and_what_is_heard(
    store: Store, operator: Visitor
) -> None:
    call_id = await begin(store, "13655554444")
    store.live.update(call_id, menu="repair", heard="我家厨房的水管在漏水")
    await store.tickets.open(
        NewTicket(TicketKind.REPAIR, TicketClass.URGENT, call_id=call_id, category="flooding")
    )
    await store.live.flush()

    text = (await operator.get("/live")).text

    assert "13655554444" in text
    assert "Reporting a repair" in text
    assert "我家厨房的水管在漏水" in text
    assert "live-urgent" in text


async def test_an_ended_call_leaves_the_live_page(store: Store, operator: Visitor) -> None:
    call_id = await begin(store)
    store.calls.end(call_id, "remote")
    await store.calls.flush()
    await store.live.flush()

    assert "Nobody is on the line" in (await operator.get("/live")).text


async def test_ending_a_call_is_asked_of_the_node_that_holds_it(
    store: Store, operator: Visitor
) -> None:
    call_id = await begin(store)

    answer = await operator.send(f"/live/{call_id}/hangup")

    assert answer.status_code == 204
    (request,) = await store.requests.take()
    assert (request.action, request.call_id, request.actor) == ("hangup", call_id, "operator")


async def test_a_missed_call_is_counted_listed_and_seen_to_by_a_person(
    store: Store, operator: Visitor
) -> None:
    told = await report(store)
    call_id = await begin(store)
    store.calls.missed(call_id)
    store.calls.end(call_id, "remote")
    await store.calls.flush()

    assert "missed calls" in (await operator.get("/tickets")).text
    listed = (await operator.part("/calls?missed=true")).text
    assert call_id in listed
    assert told.call_id not in listed

    await operator.send(f"/calls/{call_id}/handled")

    emptied = (await operator.part("/calls?missed=true")).text
    assert call_id not in emptied
    assert "No missed call waits" in emptied
    assert "No call yet" not in emptied  # there was one
    assert "missed calls" not in (await operator.get("/tickets")).text
    assert (await store.calls.get(call_id)).handled_by


async def test_ringing_a_missed_call_back_makes_it_a_ticket_that_is_rung_for_once(
    store: Store, operator: Visitor
) -> None:
    call_id = await begin(store)
    store.calls.missed(call_id)
    store.calls.end(call_id, "remote")
    await store.calls.flush()

    for _ in range(2):  # a double click
        await operator.send(f"/calls/{call_id}/ring-back")

    ticket = await store.tickets.for_call(call_id)
    assert ticket is not None
    assert ticket.caller == (await store.calls.get(call_id)).caller
    (order,) = await store.requests.take()
    assert (order.action, order.ticket_id) == (RequestAction.RING, ticket.id)
    assert not (await store.calls.get(call_id)).waits
