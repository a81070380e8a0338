"""The one question about words that are not sure: what an answer, and none, leaves behind."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from call_logs import Store
from call_logs.calls import CallEventKind
from call_logs.tickets import TicketClass, TicketKind
from ivr.after.late_urgency import LateUrgency, denied_in
from ivr.call.draft import DENIED
from tests.ivr.caller import LIMIT_S, Caller


async def answers(store: Store, caller: Caller) -> list[object]:
    await store.calls.flush()
    events = await store.calls.events(caller.call.id)
    asked = [each.data for each in events if each.kind is CallEventKind.ASKED]
    return [data["meant"] for data in asked if "meant" in data]


async def until_answered(store: Store, caller: Caller) -> None:
    async with asyncio.timeout(LIMIT_S):
        while not await answers(store, caller):  # noqa: ASYNC110 - the flow tells nobody
            await asyncio.sleep(0.05)


def late_of(caller: Caller) -> LateUrgency:
    async def follow_up(dispatch_id: str) -> None:
        raise AssertionError("nothing is dispatched here")

    return LateUrgency(caller.store, caller.session.urgency, follow_up=follow_up)


async def test_silence_is_no_no_and_the_transcript_may_still_tell_an_emergency(
    store: Store,
) -> None:
    async with Caller(store) as caller:
        caller.hit("flooding", 0.6)
        await caller.until("confirm_flooding")
        await caller.until("not_heard")  # the menu goes on
    assert await answers(store, caller) == [None]
    assert await denied_in(store, caller.call.id) == set()
    hits = caller.session.language.lexicon.hits("厨房水管爆了水漫到楼下了")
    assert await late_of(caller).hits(caller.call.id, hits)


async def test_words_that_answer_nothing_are_no_no(store: Store) -> None:
    async with Caller(store) as caller:
        caller.hit("flooding", 0.6)
        await caller.until("confirm_flooding")
        caller.say("你说什么")
        await caller.until("not_heard")
    assert await answers(store, caller) == [None]


async def test_a_hang_up_at_the_question_is_no_no(store: Store) -> None:
    async with Caller(store) as caller:
        caller.hit("flooding", 0.6)
        await caller.until("confirm_flooding")
    assert await answers(store, caller) == [None]


async def test_a_clear_no_lowers_the_class_with_its_reason_and_it_stays_low(store: Store) -> None:
    async with Caller(store) as caller:
        draft = caller.session.draft
        caller.session.learn("厨房水管爆了水漫到楼下了")
        await caller.session.open_ticket(TicketKind.REPAIR, TicketClass.GENERAL)
        assert (await caller.ticket()).ticket_class is TicketClass.URGENT  # type: ignore[union-attr]
        caller.hit("flooding", 0.6)
        await caller.until("confirm_flooding")
        caller.press("2")
        await until_answered(store, caller)
        caller.session.learn("厨房水管爆了水漫到楼下了")
        await draft.save()
    ticket = await caller.ticket()
    assert ticket is not None
    assert ticket.ticket_class is TicketClass.IMPORTANT
    lowered = [
        change
        for change in await store.tickets.history(ticket.id)
        if change.changes.get("ticket_class") == ("urgent", "important")
    ]
    assert [change.note for change in lowered] == [DENIED]
    judged = await late_of(caller).judged(
        caller.call.id, caller.session.language.lexicon.classify("厨房水管爆了水漫到楼下了")
    )
    assert judged.ticket_class == TicketClass.IMPORTANT
    assert await late_of(caller).hits(caller.call.id, judged.hits) == ()


async def test_a_no_to_one_thing_leaves_an_emergency_that_is_seen_to(store: Store) -> None:
    async with Caller(store) as caller:
        await caller.session.open_ticket(TicketKind.EMERGENCY, TicketClass.URGENT)
        caller.session.draft.deny("flooding")
        await caller.session.draft.save()
    ticket = await caller.ticket()
    assert ticket is not None
    assert ticket.ticket_class is TicketClass.URGENT


async def test_an_urgent_class_is_only_for_what_somebody_is_searched_for(store: Store) -> None:
    async with Caller(store) as caller:
        session = caller.session
        told = session.language.lexicon.classify("有人在电梯里被困住了")
        assert session.urgency.judged(told).ticket_class == TicketClass.URGENT
        deaf = replace(session.urgency, categories=frozenset({"fire"}))
        assert deaf.judged(told).ticket_class == TicketClass.IMPORTANT
        doubtful = replace(session.urgency, confirm=1.1)
        assert doubtful.judged(told).ticket_class == TicketClass.IMPORTANT
