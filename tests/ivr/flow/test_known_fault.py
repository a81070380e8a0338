"""A known fault is heard before the menu by whom it concerns, and holds nobody else up."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from asr.spoken import Place
from call_logs import Store
from call_logs.owners import KnownFault, NewFault
from call_logs.storage import StoreBusy
from call_logs.tickets import TicketKind
from ivr.call.conversation import Interruption
from ivr.packs.phrasebook import Phrase, Prompt, Text
from ivr.packs.places import place_phrase
from tests.ivr.caller import Caller
from tests.ivr.exchange import until
from tests.people import person

MANAGER = person("manager")


async def announced(store: Store, *buildings: str, words: str = "") -> KnownFault:
    until = store.clock.now() + timedelta(hours=2)
    return await store.faults.announce(NewFault("water_cut", buildings, until, words), MANAGER)


def of_building(store: Store, building: str) -> Caller:
    """A caller whose number the owners' directory has."""
    caller = Caller(store)
    caller.session.draft.assume_place(Place(building=building))
    return caller


async def test_a_caller_of_the_building_hears_it_before_the_menu_and_is_added_by_a_key(
    store: Store,
) -> None:
    fault = await announced(store, "3", words="抢修车在路上")
    async with of_building(store, "3") as caller:
        await caller.until("greeting")
        await caller.until("fault_known")
        await caller.until("fault_join")
        caller.press("7")
        await caller.until("fault_joined")
        await caller.until("ticket_number")
        await caller.until("goodbye")
        await caller.end()
    ticket = await caller.ticket()
    assert ticket is not None
    assert (ticket.category, ticket.building) == ("water_cut", "3")
    assert (ticket.kind, ticket.callback) == (TicketKind.REPAIR, "13800138000")
    assert await store.faults.tickets(fault.id) == (ticket.id,)


@pytest.mark.parametrize("vouched", [False, True])
async def test_only_who_is_vouched_for_hears_where_the_number_is_at_home(
    store: Store, vouched: bool
) -> None:
    """Anybody can call under a number, and would learn where its owner lives."""
    await announced(store, "3")
    caller = of_building(store, "3")
    if vouched:  # as `CallService` does then
        caller.session.draft.learn_place(Place(building="3"))
    async with caller:
        await caller.until("greeting")
        await until(lambda: "fault_known" in caller.heard)
        water = Prompt("category_water_cut")
        place = place_phrase(Place(building="3"))
        what = Phrase(place, water) if vouched else Phrase(water)
        assert Prompt("fault_known", what=what) in caller.book.said
        caller.press("7")
        await caller.until("fault_joined")
        assert caller.session.draft.place_known is vouched


async def test_nobody_in_danger_is_added_by_a_key_that_rings_nobody(store: Store) -> None:
    fault = await store.faults.announce(NewFault("lift_entrapment"), MANAGER)
    async with Caller(store) as caller:
        await caller.until("fault_known")
        caller.press("7")
        await caller.until("wrong_key")
        await caller.until("main_menu")
        assert "fault_join" not in caller.heard_before
    assert await store.faults.tickets(fault.id) == ()


async def test_the_words_of_the_manager_are_spoken(store: Store) -> None:
    await announced(store, words="抢修车在路上")
    async with Caller(store) as caller:
        await caller.until("fault_known")
        assert Text("抢修车在路上") in caller.book.said


@pytest.mark.parametrize("building", ["", "7"])
async def test_others_hear_the_menu_at_once(store: Store, building: str) -> None:
    await announced(store, "3")
    async with of_building(store, building) as caller:
        await caller.until("main_menu")
        assert "fault_known" not in caller.heard_before


async def test_who_says_place_and_category_hears_it_and_need_not_leave_a_message(
    store: Store,
) -> None:
    fault = await announced(store, "3")
    async with Caller(store) as caller:
        await caller.until("main_menu")
        caller.say("我们这里停水了")
        await caller.until("ask_building")
        caller.press("3#")
        await caller.until("ask_unit")
        caller.press("1#")
        await caller.until("read_back_place")
        caller.press("1")
        await caller.until("fault_known")
        await caller.until("fault_join")
        caller.press("7")
        await caller.until("fault_joined")
        await caller.until("goodbye")
        assert "message_instruction" not in caller.heard_before
        await caller.end()
    ticket = await caller.ticket()
    assert ticket is not None
    assert await store.faults.tickets(fault.id) == (ticket.id,)
    assert "停水" in ticket.text


async def test_keys_of_the_menu_work_through_the_announcement(store: Store) -> None:
    await announced(store)
    async with Caller(store) as caller:
        await caller.until("fault_known")
        caller.press("3")
        await caller.until("complaint_intro")


async def test_who_keys_ahead_is_not_held_up(store: Store) -> None:
    await announced(store)
    async with Caller(store) as caller:
        caller.press("2")
        await caller.until("repair_intro")


@pytest.mark.parametrize("at", ["greeting", "fault_known", "fault_join"])
async def test_urgent_words_are_heard_all_the_same(store: Store, at: str) -> None:
    await announced(store)
    async with Caller(store) as caller:
        await caller.until(at)
        caller.say("着火了快来人")
        await caller.until("dispatch_no_people")
    ticket = await caller.ticket()
    assert ticket is not None
    assert ticket.category == "fire"


async def test_key_0_leads_to_a_person_through_the_announcement(store: Store) -> None:
    await announced(store)
    async with Caller(store) as caller:
        await caller.until("fault_known")
        caller.press("0")
        await caller.until("person_connecting")


async def test_a_hang_up_from_the_page_ends_the_call_through_the_announcement(
    store: Store,
) -> None:
    await announced(store)
    async with Caller(store) as caller:
        await caller.until("fault_known")
        caller.session.conversation.interrupt(Interruption(request="hangup"))
        await caller.end()
        assert "main_menu" not in caller.heard


async def test_while_the_store_is_away_or_slow_callers_hear_the_menu(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away() -> tuple[KnownFault, ...]:
        raise StoreBusy("away")

    async def slow() -> tuple[KnownFault, ...]:
        await asyncio.sleep(60)
        return ()

    for trouble in (away, slow):
        monkeypatch.setattr(store.faults, "told_now", trouble)
        async with Caller(store) as caller:
            await caller.until("main_menu")


async def test_what_has_ended_is_told_to_nobody(store: Store) -> None:
    fault = await announced(store)
    await store.faults.end(fault.id, MANAGER)
    async with Caller(store) as caller:
        await caller.until("main_menu")
        assert "fault_known" not in caller.heard_before
