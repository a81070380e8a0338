"""Owners who speak, heard by the real engine over a telephone line."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from call_logs import Store
from call_logs.calls import CallEvent, CallEventKind
from call_logs.recordings import Channel
from call_logs.tickets import TicketClass, TicketKind
from tests.asr.speech import CHINESE, RATE_HZ, say
from tests.program import (
    Program,
    asked,
    calls_of,
    ended_call,
    eventually,
    record_confirmed,
    ticket_with,
    transcribed,
)
from tests.wire.audio import silence, write_pcma_capture, write_wav
from tests.wire.phone import BaresipPhone
from tests.wire.scenario import Keys, Pause, Play, caller
from tests.wire.sipp import call

pytestmark = pytest.mark.asyncio(loop_scope="module")

LAMP = "三号楼一单元楼道灯坏了"


@pytest.mark.parametrize("voice", ["f5", "m8", "klatt"])
async def test_the_exact_words_of_a_spoken_problem_stand_in_its_ticket(
    program: Program, store: Store, number: str, tmp_path: Path, voice: str
) -> None:
    wav = write_wav(tmp_path / "lamp.wav", say(LAMP, f"{CHINESE}+{voice}"))
    async with BaresipPhone(user=number) as phone:
        await phone.dial(program.uri)
        await phone.established()
        await asyncio.sleep(2)
        await phone.say(wav)
        await asked(store, number, "read_back_place")
        await phone.press("1")
        await asked(store, number, "callback_caller")
        await phone.press("1")
        await record_confirmed(phone, store, number)
        await phone.closed(20)
    record = await ended_call(store, number)
    assert await transcribed(store, record) == "3号楼1单元楼道灯坏了"
    ticket = await ticket_with(store, record, "3号楼1单元楼道灯坏了")
    assert ticket.kind is TicketKind.REPAIR
    assert ticket.category == "lighting"
    assert ticket.ticket_class is TicketClass.GENERAL
    assert (ticket.building, ticket.unit) == ("3", "1")
    assert ticket.callback.endswith(number)
    assert any("灯坏" in phrase for phrase in ticket.phrases)


async def test_a_story_with_pauses_in_it_is_heard_out_and_what_follows_confirms_nothing(
    program: Program, store: Store, number: str, tmp_path: Path
) -> None:
    parts = ("三号楼一单元", "请派人来修", "楼道灯坏了")  # only the last one answers
    story = b"".join(say(part)[: -RATE_HZ * 2] + silence(0.4) for part in parts)
    wav = write_wav(tmp_path / "story.wav", story)
    more = write_wav(tmp_path / "more.wav", say("楼上装修太吵了"))
    async with BaresipPhone(user=number) as phone:
        await phone.dial(program.uri)
        await phone.established()
        await asyncio.sleep(2)
        await phone.say(wav)
        await eventually(lambda: was_heard(store, number, "灯坏"), 40)
        await asked(store, number, "read_back_place")
        await phone.say(more)  # in place of what they said, which they have said by now
        await eventually(lambda: said_twice(store, number, "read_back_place"), 40)
        await phone.press("1")
        await asked(store, number, "callback_caller")
        await phone.press("1")
        await record_confirmed(phone, store, number)
        await phone.closed(20)
    record = await ended_call(store, number)
    heard = [e for e in await store.calls.events(record.id) if e.kind is CallEventKind.HEARD]
    assert len(heard) >= 3, "the pauses were too short to part the sentences"
    ticket = await ticket_with(store, record, "灯坏了")
    assert (ticket.building, ticket.unit) == ("3", "1")
    assert "派人来" in ticket.text
    assert "装修" in ticket.text
    assert ticket.category == "lighting"


async def said_twice(store: Store, number: str, prompt: str) -> bool:
    """Whether the running call of this number was asked something a second time."""
    events = await events_of_running_call(store, number)
    return [event.data.get("prompt") for event in events].count(prompt) >= 2


async def was_heard(store: Store, number: str, words: str) -> bool:
    """Whether a finished sentence of the running call had these words."""
    events = await events_of_running_call(store, number)
    return any(
        words in str(event.data["text"]) for event in events if event.kind is CallEventKind.HEARD
    )


async def events_of_running_call(store: Store, number: str) -> tuple[CallEvent, ...]:
    for live in await store.live.list():
        if live.caller == number:
            return await store.calls.events(live.call_id)
    return ()


async def test_media_from_a_capture_is_heard_and_recorded_on_the_callers_side(
    program: Program, store: Store, number: str, tmp_path: Path
) -> None:
    capture = write_pcma_capture(tmp_path / "lamp.pcap", say(LAMP) + silence(8))
    steps = [Pause(1.0), Play(capture), Pause(8.0)]
    assert (await call(caller(steps, user=number), program.remote)).ok
    record = await ended_call(store, number)
    assert LAMP[-5:] in await transcribed(store, record)
    recording = (await store.recordings.for_call(record.id))[0]
    reader = await store.recordings.open(recording.id)
    heard = await asyncio.to_thread(reader.pcm, Channel.CALLER)
    spoken = await asyncio.to_thread(reader.pcm, Channel.HOTLINE)
    assert len(heard) == len(spoken)
    assert reader.duration_s == pytest.approx(record.duration_s or 0.0, abs=1.5)
    assert any(heard)
    assert any(spoken)
    await asyncio.to_thread(reader.close)


async def test_a_message_is_played_back_and_kept_on_confirmation(
    program: Program, store: Store, number: str, tmp_path: Path
) -> None:
    wav = write_wav(tmp_path / "leak.wav", say("卫生间水管漏水请派人来修"))
    async with BaresipPhone(user=number) as phone:
        await phone.dial(program.uri)
        await phone.established()
        await phone.press("2")
        await asked(store, number, "ask_building")
        await phone.press("8#")
        await asked(store, number, "ask_unit")
        await phone.press("1#")
        await asked(store, number, "read_back_place")
        await phone.press("1")
        await asked(store, number, "callback_caller")
        await phone.press("1")
        await asked(store, number, "message_instruction")
        await phone.press("5")  # no instruction, please
        await asked(store, number, "tone")
        await asyncio.sleep(0.5)
        await phone.say(wav)
        await asked(store, number, "message_confirm")  # the end was heard as silence
        await phone.press("1")
        await record_confirmed(phone, store, number)
        await phone.hang_up()
    record = await ended_call(store, number)
    ticket = await ticket_with(store, record, "漏水")
    assert (ticket.kind, ticket.building, ticket.unit) == (TicketKind.REPAIR, "8", "1")


async def test_a_caller_who_only_talks_and_hangs_up_gets_a_ticket_from_his_words(
    program: Program, store: Store, number: str, tmp_path: Path
) -> None:
    capture = write_pcma_capture(tmp_path / "noise.pcap", say("楼上装修太吵了") + silence(1))
    steps = [Pause(0.5), Play(capture), Pause(2.2)]
    assert (await call(caller(steps, user=number), program.remote)).ok
    record = await ended_call(store, number)
    ticket = await ticket_with(store, record, "装修")
    assert ticket.category == "noise"


async def test_thirty_calls_at_once_leave_thirty_calls_and_thirty_tickets(
    program: Program, store: Store, number: str
) -> None:
    steps = [Pause(1.5), Keys("2"), Pause(1.0), Keys("8#"), Pause(1.5)]
    result = await call(
        caller(steps, user=number), program.remote, calls=30, at_once=30, rate=30, limit_s=60
    )
    assert result.ok, result

    async def all_ended() -> bool:
        return len(await calls_of(store, number)) == 30

    await eventually(all_ended, 30)
    tickets = {call.ticket_id for call in await calls_of(store, number)}
    assert len(tickets) == 30
    assert None not in tickets


@pytest.mark.parametrize(
    ("scenario", "leaves_a_call"),
    [
        ({"offer": "g729", "expect": 488}, False),
        ({"cancel_after_s": 0.0}, None),
    ],
    ids=["wrong codec", "cancel"],
)
async def test_a_call_that_was_never_up_leaves_at_most_an_ended_row(
    program: Program,
    store: Store,
    number: str,
    scenario: dict[str, Any],
    leaves_a_call: bool | None,
) -> None:
    await call(caller(user=number, **scenario), program.remote)
    await store.calls.flush()
    await asyncio.sleep(1)
    calls = await calls_of(store, number)
    assert len(calls) <= (0 if leaves_a_call is False else 1)
    for record in calls:
        assert await store.tickets.for_call(record.id) is None


async def test_a_peer_of_no_trunk_is_refused_and_leaves_nothing(
    program: Program, store: Store, number: str, tmp_path: Path
) -> None:
    async with Program(tmp_path, allow="192.0.2.0/24") as other:
        result = await call(caller(user=number, expect=403), other.remote)
        assert result.ok or not result.statuses
        async with other.store() as theirs:
            assert not (await theirs.calls.list()).items
        assert number not in other.output()
