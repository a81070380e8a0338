"""The call back is a call like any other: seen while it goes on, recorded, transcribed."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from call_logs.calls import CallFilter, CallRecord, RequestAction
from call_logs.dispatches import (
    AttemptStatus,
    CalledBack,
    DispatchStatus,
)
from call_logs.recordings import Channel, RecordingStatus, TranscriptStatus
from call_logs.users import HOTLINE
from tests.asr.speech import say
from tests.program import eventually
from tests.urgent.conftest import Running, Scenarios
from tests.urgent.sound import loud_s
from tests.urgent.world import Scene, Setting, world
from tests.wire.audio import tone, tone_level, write_wav
from tests.wire.phone import BaresipPhone
from tests.wire.scenario import HEARS_S, Pause, callee, caller
from tests.wire.sipp import Sipp

pytestmark = pytest.mark.asyncio(loop_scope="module")

A = AttemptStatus
PERSON_HZ = 880.0
TALK_S = 11.0  # less counts as a drop-out
scenarios = Scenarios()


@pytest.mark.parametrize("name", scenarios)
async def test_on_the_wire(running: Running, name: str) -> None:
    await running[name]


@scenarios("hangup", Setting(ring_s=30))
async def the_owner_hung_up_and_talks_with_the_engineer_when_he_is_called_back(
    scene: Scene,
) -> None:
    async with (
        scene.phone(0, wav=_tone(scene)) as person,
        _owner(scene) as owner,
    ):
        await owner.dial(scene.uri)
        await person.ringing(30)
        person.forget()
        await owner.hang_up()
        await owner.closed()
        await person.closed()
        await _called_back(scene, person, owner)
        await _talk(scene, person, owner)
    await scene.outcome_is(A.CANCELLED, A.ENDED)
    await _kept(scene)


@scenarios("nobody", Setting(ring_s=30))
async def nobody_accepted_and_the_follow_ups_engineer_talks_with_the_owner(scene: Scene) -> None:
    async with (
        scene.phone(0, wav=_tone(scene)) as person,
        _owner(scene) as owner,
    ):
        await owner.dial(scene.uri)
        await person.ringing(30)
        person.forget()
        await person.hang_up()  # they are busy
        await scene.outcome_is(A.BUSY)
        await owner.hang_up()
        await owner.closed()
        await _called_back(scene, person, owner)
        await _talk(scene, person, owner)
    await scene.outcome_is(A.BUSY, A.ENDED)
    await _kept(scene)


@scenarios("staying", Setting(ring_s=30))
async def an_owner_who_is_still_on_the_line_is_joined_there_and_not_called(scene: Scene) -> None:
    async with scene.phone(0, wav=_tone(scene)) as person, _owner(scene) as owner:
        await owner.dial(scene.uri)
        await person.ringing(30)
        person.forget()
        await person.hang_up()  # they are busy
        await scene.outcome_is(A.BUSY)
        await _joined(scene, person, owner)
        await _talk(scene, person, owner)
    await scene.outcome_is(A.BUSY, A.ENDED)
    await scene.until(DispatchStatus.CLOSED)
    assert await _call_backs(scene) == ()


@scenarios("again", Setting(ring_s=30))
async def a_button_that_is_pressed_again_is_one_case_and_its_second_call_is_joined(
    scene: Scene,
) -> None:
    async with scene.phone(0, wav=_tone(scene)) as person, _owner(scene) as owner:
        await owner.dial(scene.uri)
        await person.ringing(30)
        person.forget()
        await person.hang_up()
        await scene.outcome_is(A.BUSY)
        await owner.hang_up()
        await owner.closed()
        first = await scene.ticket()
        await owner.dial(scene.uri)
        await owner.established()
        await _joined(scene, person, owner)
        await _talk(scene, person, owner)
    await scene.outcome_is(A.BUSY, A.ENDED)
    await scene.until(DispatchStatus.CLOSED)
    assert await _call_backs(scene) == ()
    calls = (await scene.store.calls.list(CallFilter(ticket_id=first.id))).items
    assert [call.direction for call in calls] == ["in", "in"]
    for call in calls:
        assert await scene.store.recordings.for_call(call.id)


@scenarios("ended", Setting(ring_s=30))
async def an_operator_ends_a_call_back_like_any_other_call(scene: Scene) -> None:
    async with scene.phone(0, wav=_tone(scene)) as person, _owner(scene) as owner:
        await owner.dial(scene.uri)
        await person.ringing(30)
        person.forget()
        await owner.hang_up()
        await owner.closed()
        await _called_back(scene, person, owner)
        (call,) = await _call_backs(scene)
        await scene.store.requests.add(RequestAction.HANGUP, call.id, actor=HOTLINE)
        await owner.closed()
        await person.closed()
    call = await _ended(scene)
    assert call.end_reason == "local"
    kinds = [event.kind for event in await scene.store.calls.events(call.id)]
    assert "request" in kinds


@scenarios("passed", Setting(people=2, ring_s=30))
async def star_2_in_the_follow_ups_talk_rings_the_next_one_and_the_owner_is_called_again(
    scene: Scene,
) -> None:
    async with (
        scene.phone(0, wav=_tone(scene)) as first,
        scene.phone(1, wav=_tone(scene)) as second,
        _owner(scene) as owner,
    ):
        await owner.dial(scene.uri)
        await first.ringing(30)
        first.forget()
        await owner.hang_up()
        await owner.closed()
        await _called_back(scene, first, owner)
        await first.press("*2")
        await first.closed()
        await owner.closed(20)  # they were told that they are called again
        owner.forget()
        await second.ringing(30)
        await second.answer()
        await second.established()
        await asyncio.sleep(HEARS_S)
        await second.press("1")
        await owner.ringing(30)
        await owner.answer()
        await scene.outcome_is(A.CANCELLED, A.PASSED_ON, A.BRIDGED)
        await owner.hang_up()
        await second.closed()
    dispatch = await scene.until(DispatchStatus.CLOSED)
    assert dispatch.person == scene.people[1]
    assert len(await _call_backs(scene)) == 2


@scenarios("waiting")
async def an_owner_whom_two_rounds_did_not_help_is_called_once_with_the_news(scene: Scene) -> None:
    async with (
        scene.person(0, callee(answer=603), calls=3, limit_s=140) as refuses,
        Sipp(callee(ending="wait"), port=scene.owner_port, limit_s=140) as told,
    ):
        async with scene.owner_sipp(caller([Pause(1.0)], user=scene.number)) as owner:
            assert (await owner.finished()).ok
        assert (await told.finished()).ok
        assert (await refuses.finished()).ok
    step = await scene.step("called_back")
    assert step.what == CalledBack(answered=True, waiting=True)
    await scene.until(DispatchStatus.UNANSWERED)
    call = await _ended(scene)
    assert call.answered_at is not None
    assert call.end_reason == "local"


@pytest.mark.timeout(240)
async def test_after_kill_9_in_a_call_back_it_has_an_end_and_the_owner_hears_the_news(
    tmp_path: Path,
) -> None:
    async with world(tmp_path, {"killed": Setting(ring_s=30)}) as scenes:
        scene = scenes["killed"]
        async with scene.phone(0, wav=_tone(scene)) as person, _owner(scene) as owner:
            await owner.dial(scene.uri)
            await person.ringing(30)
            person.forget()
            await owner.hang_up()
            await owner.closed()
            await _called_back(scene, person, owner)
            await asyncio.sleep(3.0)
            await scene.program.kill()
        told = Sipp(callee(ending="wait"), port=scene.owner_port, limit_s=120)
        async with told:
            await scene.program.start()
            assert (await told.finished()).ok
        dispatch = await scene.until(DispatchStatus.CLOSED)
        assert dispatch.person == scene.people[0]

        async def both_ended() -> bool:
            return all(call.ended_at for call in await _call_backs(scene))

        await eventually(both_ended)
        news, cut_off = await _call_backs(scene)
        assert (cut_off.end_reason, news.end_reason) == ("interrupted", "local")
        (recording,) = await scene.store.recordings.for_call(cut_off.id)
        assert recording.status is RecordingStatus.SEALED
        assert recording.problem
        assert recording.duration_s > 5
        assert len((await scene.store.tickets.list()).items) == 1


# -- acts ---------------------------------------------------------------------------


def _owner(scene: Scene) -> BaresipPhone:
    """A telephone that takes calls only to its number as we dial it."""
    return BaresipPhone(port=scene.owner_port, user=f"+86{scene.number}")


def _tone(scene: Scene) -> Path:
    """What stands for the engineer's voice."""
    path = scene.program.folder / "engineer.wav"
    return path if path.exists() else write_wav(path, tone(PERSON_HZ, 100.0))


async def _called_back(scene: Scene, person: BaresipPhone, owner: BaresipPhone) -> None:
    """A round rings the engineer, who accepts; the owner picks up, and they are bridged."""
    owner.forget()
    await person.ringing(30)
    await person.answer()
    await person.established()
    await asyncio.sleep(HEARS_S)
    await person.press("1")
    await owner.ringing(30)

    async def shown() -> bool:
        calls = await scene.store.live.list()
        return [c.direction for c in calls if c.caller.endswith(scene.number)] == ["out"]

    await eventually(shown)  # the page of live calls follows within a moment
    await owner.answer()
    await owner.established()
    await scene.step("attempt_bridged", 30)

    async def heard() -> bool:
        return tone_level(owner.heard()[-16000:], PERSON_HZ, 8000) > 0.3

    await eventually(heard)


async def _joined(scene: Scene, person: BaresipPhone, owner: BaresipPhone) -> None:
    """A round rings the engineer, who accepts, and they are bridged in the owner's call."""
    owner.forget()
    await person.ringing(30)
    await person.answer()
    await person.established()
    await asyncio.sleep(HEARS_S)
    await person.press("1")
    await scene.step("attempt_bridged", 40)

    async def heard() -> bool:
        return tone_level(owner.heard()[-16000:], PERSON_HZ, 8000) > 0.3

    await eventually(heard)
    live = [c for c in await scene.store.live.list() if c.caller.endswith(scene.number)]
    assert [c.direction for c in live] == ["in"]
    assert not any(event.get("type") == "CALL_INCOMING" for event in owner.events)


async def _talk(scene: Scene, person: BaresipPhone, owner: BaresipPhone) -> None:
    """The owner tells an emergency, which must start nothing anew."""
    wav = write_wav(scene.program.folder / f"{scene.name}.wav", say("三号楼电梯困人了有三个人"))
    before = loud_s(person.heard())
    await owner.say(wav)
    await asyncio.sleep(TALK_S)
    assert loud_s(person.heard()) > before + 1.0
    await owner.hang_up()
    await person.closed()


async def _call_backs(scene: Scene) -> tuple[CallRecord, ...]:
    """The calls back of the scene's ticket, newest first."""
    page = await scene.store.calls.list(CallFilter(ticket_id=(await scene.ticket()).id))
    return tuple(call for call in page.items if call.direction == "out")


async def _ended(scene: Scene) -> CallRecord:
    async def ended() -> CallRecord | None:
        (call,) = await _call_backs(scene)
        return call if call.ended_at else None

    return await eventually(ended)


async def _kept(scene: Scene) -> None:
    """What the call back has left: its row, both voices, its words; and no second case."""
    await scene.until(DispatchStatus.CLOSED)
    first, call = await scene.call(), await _ended(scene)
    assert call.number.endswith(scene.number)
    assert (call.trunk, call.end_reason) == (first.trunk, "remote")
    assert [event.kind for event in await scene.store.calls.events(call.id)][:3] == [
        "answered",
        "recording",
        "bridge",
    ]
    (recording,) = await scene.store.recordings.for_call(call.id)
    assert recording.status is RecordingStatus.SEALED
    reader = await scene.store.recordings.open(recording.id)
    try:
        owner, hotline = [
            await asyncio.to_thread(
                reader.pcm, channel, reader.duration_s - 10, reader.duration_s - 1
            )
            for channel in (Channel.CALLER, Channel.HOTLINE)
        ]
    finally:
        await asyncio.to_thread(reader.close)
    assert tone_level(hotline, PERSON_HZ, reader.rate_hz) > 0.8
    assert tone_level(owner, PERSON_HZ, reader.rate_hz) < 0.1
    assert loud_s(owner) > 1.0

    async def transcribed() -> str | None:
        found = await scene.store.transcripts.for_call(call.id)
        return found[0].text if found and found[0].status is TranscriptStatus.DONE else None

    assert "电梯" in await eventually(transcribed, 60)
    await asyncio.sleep(2.0)  # the review follows the transcript
    ticket = await scene.ticket()
    assert await scene.store.tickets.for_call(call.id) == ticket
    theirs = [each for each in (await scene.store.tickets.list()).items if each.caller]
    assert len([each for each in theirs if each.caller.endswith(scene.number)]) == 1
    assert len(await scene.store.dispatches.for_ticket(ticket.id)) == 1
    assert "电梯" not in ticket.text
