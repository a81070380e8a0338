"""A message ends by key, silence, limit or hang-up, and is kept whatever ends it."""

from __future__ import annotations

import asyncio

from call_logs import Store
from call_logs.calls import CallEventKind
from tests.asr.speech import say
from tests.ivr.caller import Caller
from tests.ivr.fakes import RATE_HZ

WORDS = say("楼上漏水请派人来修")


async def speak(caller: Caller, pcm: bytes = WORDS) -> None:
    """Speak at about the pace of life, twenty times faster."""
    step = RATE_HZ * 2 // 5
    for start in range(0, len(pcm), step):
        caller.call.speak(pcm[start : start + step])
        await asyncio.sleep(0.02)


async def at_the_tone(caller: Caller) -> None:
    caller.press("0")  # nobody is free: voicemail
    await caller.until("voicemail_intro")
    await caller.until("tone")
    await asyncio.sleep(0.1)


async def messages(caller: Caller) -> list[tuple[float, float]]:
    await caller.store.calls.flush()
    events = await caller.store.calls.events(caller.call.id)
    kept = [e.data for e in events if e.kind is CallEventKind.MESSAGE]
    return [(float(each["start_s"]), float(each["end_s"])) for each in kept]


async def test_a_key_ends_it_and_confirmation_keeps_it(store: Store) -> None:
    async with Caller(store) as caller:
        await at_the_tone(caller)
        await speak(caller)
        caller.press("#")
        await caller.until("message_confirm")
        assert await messages(caller) == []
        caller.press("1")
        await caller.until("message_saved")
        assert len(await messages(caller)) == 1
        assert await caller.ticket() is not None


async def test_silence_ends_it_even_when_the_telephone_sends_nothing_then(store: Store) -> None:
    async with Caller(store) as caller:
        await at_the_tone(caller)
        await speak(caller, WORDS[: -RATE_HZ * 2])  # without the silence behind the words
        await caller.until("message_confirm")


async def test_recording_anew_replaces_the_first_one(store: Store) -> None:
    async with Caller(store) as caller:
        await at_the_tone(caller)
        await speak(caller)
        caller.press("#")
        await caller.until("message_confirm")
        caller.press("2")
        await caller.until("tone")
        await asyncio.sleep(0.1)
        await speak(caller)
        caller.press("#")
        await caller.until("message_saved")
        kept = await messages(caller)
    assert len(kept) == 1


async def test_nothing_said_is_told_and_asked_once_more(store: Store) -> None:
    async with Caller(store) as caller:
        await at_the_tone(caller)
        await caller.until("message_nothing_heard")
        await caller.until("tone")
        await caller.until("goodbye")
        assert await messages(caller) == []
        assert await caller.ticket() is None


async def test_a_hang_up_in_the_middle_keeps_what_was_said(store: Store) -> None:
    async with Caller(store) as caller:
        await at_the_tone(caller)
        await speak(caller)
        caller.call.hang_up()
    assert len(await messages(caller)) == 1


async def test_a_message_that_never_ends_is_ended_by_the_limit(store: Store) -> None:
    async with Caller(store) as caller:
        await at_the_tone(caller)
        talking = asyncio.create_task(speak(caller, WORDS * 60))
        await caller.until("message_confirm")
        talking.cancel()
