"""One case, not two: the second call joins the first one's ticket and its search."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from asr.spoken import Place
from call_logs import Store
from call_logs.calls import CallFilter
from call_logs.dispatches import DispatchStatus
from call_logs.tickets import Ticket, TicketFilter, TicketStatus
from ivr.after.follow_up import FollowUp
from ivr.endpoint import CloseReason
from tests.ivr.caller import Caller
from tests.ivr.exchange import Site, site, until
from tests.people import person


@pytest.fixture
async def at(store: Store) -> AsyncIterator[Site]:
    async with site(store, "a") as made:
        made.services.ready.set()
        yield made


@asynccontextmanager
async def another(at: Site, number: str = "13800138000") -> AsyncIterator[Caller]:
    """A second call, while the first may still be there."""
    caller = Caller(at.store, number=number, reach=at.dispatcher)
    at.services.sessions[caller.call.id] = caller.session
    async with caller:
        yield caller


async def emergency(caller: Caller, *, building: str = "", category: str = "fire") -> None:
    if building:
        caller.session.draft.correct_place(Place(building=building, unit="2"))
    caller.hit(category, 0.95)


async def tickets(store: Store) -> list[Ticket]:
    return list((await store.tickets.list(TicketFilter())).items)


async def joined(at: Site, caller: Caller) -> bool:
    ticket = await at.caller.ticket()
    await until(lambda: caller.session.draft.ticket is not None)
    assert ticket is not None
    assert caller.session.draft.ticket is not None
    return caller.session.draft.ticket.id == ticket.id


async def test_the_same_caller_again_is_one_ticket_one_search_and_hears_that_it_goes_on(
    at: Site, store: Store
) -> None:
    await emergency(at.caller)
    await at.exchange.rings("a")
    async with another(at) as second:
        await emergency(second)
        await second.until("emergency_calling")
        assert await joined(at, second)
        assert len(await tickets(store)) == 1
        assert at.exchange.rung == ["sip:a@test"]  # nobody is rung twice
    await store.calls.flush()
    (ticket,) = await tickets(store)
    calls = (await store.calls.list(CallFilter(ticket_id=ticket.id))).items
    assert {call.id for call in calls} == {at.caller.call.id, second.call.id}


async def test_he_hears_that_somebody_has_it_when_the_first_caller_is_helped(
    at: Site, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ivr.dispatch.beside.VISITED_S", 0.1)
    await emergency(at.caller)
    telephone = await at.exchange.answered_by("a")
    async with another(at) as second:
        await emergency(second)
        await second.until("emergency_calling")
        telephone.press("1")
        await second.until("followup_owner")
        await second.until("goodbye")


async def test_who_calls_when_somebody_has_it_hears_so_at_once(at: Site, store: Store) -> None:
    await emergency(at.caller)
    await at.exchange.accepted_by("a")
    await until(lambda: at.services.clock._bridges)
    async with another(at) as second:
        await emergency(second)
        await second.until("followup_owner")
        assert "emergency_calling" not in second.heard
        assert await joined(at, second)


async def test_who_calls_again_in_the_pause_of_the_follow_up_is_met_on_his_line(
    at: Site, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ivr.dispatch.bridge.EARLY_S", 0.0)
    await emergency(at.caller)
    (await at.exchange.rings("a")).refuse(CloseReason.BUSY)
    await until(lambda: bool(at.followed_up))
    at.caller.call.hang_up()  # a lift whose button is pressed again
    del at.services.sessions[at.caller.call.id]
    follow_up = FollowUp(at.services, notice_urls=(), public_url="", on_finished=at.finished)
    rounds: list[Any] = []

    async def ring_now(dispatch_id: str) -> None:
        rounds.append(await follow_up.round(dispatch_id, 0))

    at.dispatcher._ring_now = ring_now
    async with another(at) as second:
        await emergency(second)
        telephone = await at.exchange.accepted_by("a")
        await second.until("followup_owner")
        await until(lambda: at.services.clock._bridges)
        assert at.exchange.rung == ["sip:a@test", "sip:a@test"]  # nobody calls a busy number
        telephone.hang_up()
        await until(lambda: bool(rounds))
    (dispatch,) = await store.dispatches.for_ticket((await tickets(store))[0].id)
    assert dispatch.status is DispatchStatus.CLOSED


@pytest.mark.parametrize(
    ("number", "building", "category", "same"),
    [
        ("13900139000", "3", "fire", True),  # a neighbour sees the same smoke
        ("13900139000", "4", "fire", False),
        ("13900139000", "3", "gas_leak", False),
        ("13900139000", "", "fire", False),
        ("13800138000", "", "fire", True),
        ("13800138000", "4", "fire", False),  # a gatekeeper who tells of another house
        ("13800138000", "", "gas_leak", False),
    ],
)
async def test_what_makes_it_the_same(
    at: Site, store: Store, number: str, building: str, category: str, same: bool
) -> None:
    await emergency(at.caller, building="3")
    await at.exchange.rings("a")
    async with another(at, number) as second:
        await emergency(second, building=building, category=category)
        assert await joined(at, second) is same


@pytest.mark.parametrize(
    ("area", "same"),
    [
        *((each, False) for each in ("电梯", "楼道", "lift", "엘리베이터", "1号电梯")),
        *((each, True) for each in ("地下车库", "东门")),
    ],
)
async def test_a_spot_that_every_building_has_makes_no_two_callers_one_case(
    at: Site, area: str, same: bool
) -> None:
    at.caller.session.draft.learn_place(Place(area=area))
    await emergency(at.caller)
    await at.exchange.rings("a")
    async with another(at, "13900139000") as second:
        second.session.draft.learn_place(Place(area=area))
        await emergency(second)
        assert await joined(at, second) is same


async def test_what_was_long_ago_or_is_resolved_is_another_case(at: Site, store: Store) -> None:
    await emergency(at.caller)
    await at.exchange.rings("a")
    ticket = await at.caller.ticket()
    assert ticket is not None
    for status in (TicketStatus.IN_PROGRESS, TicketStatus.RESOLVED):
        await store.tickets.move(ticket.id, status, person("li"))
    async with another(at) as second:
        await emergency(second)
        assert not await joined(at, second)


async def test_what_the_second_caller_tells_is_added_and_nothing_is_lost(
    at: Site, store: Store
) -> None:
    at.caller.say("三号楼二单元着火了")
    await at.exchange.rings("a")
    async with another(at) as second:
        await emergency(second)
        await second.until("emergency_calling")
        assert await joined(at, second)
        second.say("火在五楼厨房")
        await until(lambda: "火在五楼厨房" in second.session.draft.statements)
        await second.session.draft.save()
        at.caller.session.draft.say("我在门口等")  # the first one is still there
        await at.caller.session.draft.save()
    (ticket,) = await tickets(store)
    assert "火在五楼厨房" in ticket.text
    assert "我在门口等" in ticket.text
    assert ticket.building == "3"


async def test_the_same_caller_after_a_talk_rings_anew_on_the_same_ticket(
    at: Site, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ivr.dispatch.bridge.EARLY_S", 0.0)
    await emergency(at.caller)
    telephone = await at.exchange.accepted_by("a")
    await until(lambda: at.services.clock._bridges)
    telephone.hang_up()
    await at.caller.until("goodbye")
    async with another(at) as second:
        await emergency(second)
        await at.exchange.rings("a")
        assert await joined(at, second)
    (ticket,) = await tickets(store)
    assert len(await store.dispatches.for_ticket(ticket.id)) == 2


async def test_a_slow_store_gives_a_caller_in_danger_a_case_of_his_own(
    at: Site, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    await emergency(at.caller)
    await at.exchange.rings("a")
    listed = store.tickets.list

    async def slow(*arguments: Any) -> Any:
        await asyncio.sleep(3.0)
        return await listed(*arguments)

    monkeypatch.setattr(store.tickets, "list", slow)
    async with another(at) as second:
        await emergency(second)
        assert not await joined(at, second)
