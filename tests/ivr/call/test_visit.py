"""Somebody comes to a caller who is still on the line, whatever their flow is at."""

from __future__ import annotations

import asyncio

import pytest

from call_logs import Store
from ivr.call.conversation import Conversation, Interruption
from ivr.call.visit import Visit
from ivr.packs.phrasebook import Prompt
from tests.ivr.caller import LIMIT_S, Caller


def visit_to(caller: Caller, *, helps: bool = False) -> tuple[Visit[Conversation], list[str]]:
    done: list[str] = []

    async def work(conversation: Conversation) -> bool:
        await conversation.say(Prompt("followup_owner_connect"))
        done.append("spoken")
        return helps

    visit = Visit(work)
    caller.session.conversation.interrupt(Interruption(visit=visit))
    return visit, done


async def came_about(visit: Visit[Conversation], caller: Caller) -> bool:
    async with asyncio.timeout(LIMIT_S):
        return await visit.came_about(caller.call)


async def test_a_visit_comes_into_a_menu_and_the_call_goes_on_behind_it(store: Store) -> None:
    async with Caller(store) as caller:
        await caller.until("main_menu")
        visit, done = visit_to(caller)
        assert await came_about(visit, caller)
        assert done == ["spoken"]
        caller.press("2")
        await caller.until("ask_building")


async def test_a_visit_comes_while_the_caller_of_an_emergency_leaves_his_details(
    store: Store,
) -> None:
    async with Caller(store) as caller:
        caller.hit("fire", 0.95)
        await caller.until("dispatch_no_people")
        await caller.until("ask_building")
        visit, done = visit_to(caller, helps=True)
        assert await came_about(visit, caller)
        assert done == ["spoken"]
        await caller.until("goodbye")
        assert "dispatch_no_people" not in caller.heard  # the emergency is not begun again


async def test_an_emergency_is_not_begun_again_by_a_visit_that_did_not_help(store: Store) -> None:
    async with Caller(store) as caller:
        caller.hit("fire", 0.95)
        await caller.until("ask_building")
        visit, _ = visit_to(caller)
        assert await came_about(visit, caller)
        await caller.until("goodbye")
        assert "dispatch_no_people" not in caller.heard


async def test_a_visit_waits_while_the_caller_talks_with_somebody(store: Store) -> None:
    async with Caller(store) as caller:
        await caller.until("main_menu")
        conversation = caller.session.conversation
        with conversation.not_at_home():
            visit, done = visit_to(caller)
            await asyncio.sleep(0.3)
            assert done == []
        assert await came_about(visit, caller)


async def test_a_call_that_ends_first_is_told_to_who_wanted_to_come(store: Store) -> None:
    async with Caller(store) as caller:
        await caller.until("main_menu")
        with caller.session.conversation.not_at_home():
            visit, done = visit_to(caller)
            caller.call.hang_up()
            assert not await came_about(visit, caller)
        assert done == []


async def test_a_flow_without_time_for_it_is_told_too(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ivr.call.visit.TAKEN_S", 0.1)
    async with Caller(store) as caller:
        await caller.until("main_menu")
        with caller.session.conversation.not_at_home():
            visit, done = visit_to(caller)
            assert not await came_about(visit, caller)
        caller.press("2")  # withdrawn: nothing comes any more
        await caller.until("ask_building")
        assert done == []


async def test_a_visit_that_breaks_leaves_the_caller_his_call(store: Store) -> None:
    async with Caller(store) as caller:
        await caller.until("main_menu")

        async def broken(conversation: Conversation) -> bool:
            raise RuntimeError("a fault of the follow-up")

        visit = Visit(broken)
        caller.session.conversation.interrupt(Interruption(visit=visit))
        assert await came_about(visit, caller)
        caller.press("2")
        await caller.until("ask_building")
