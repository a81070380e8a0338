"""The bridge: what each side hears, the keys that work in it, and what is kept of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from call_logs.dispatches import (
    AttemptStatus,
    DispatchStatus,
    OnTheWay,
)
from call_logs.owners import Owner
from call_logs.recordings import Channel
from call_logs.roster import Address
from call_logs.tickets import TicketKind
from tests.people import person
from tests.program import eventually
from tests.urgent.conftest import Running, Scenarios
from tests.urgent.world import Scene, Setting
from tests.wire.audio import tone, tone_level, write_wav
from tests.wire.phone import BaresipPhone
from tests.wire.scenario import HEARS_S, Keys, Pause, callee, caller

pytestmark = pytest.mark.asyncio(loop_scope="module")

A = AttemptStatus
OWNER_HZ, PERSON_HZ, SECOND_HZ = 440.0, 880.0, 1320.0
scenarios = Scenarios()


@pytest.mark.parametrize("name", scenarios)
async def test_on_the_wire(running: Running, name: str) -> None:
    await running[name]


def voice(scene: Scene, hz: float) -> Path:
    """A tone of 60 s that stands for somebody's voice."""
    path = scene.program.folder / f"voice-{hz:.0f}.wav"
    return path if path.exists() else write_wav(path, tone(hz, 60.0))


async def hears(phone: BaresipPhone, hz: float, limit_s: float = 20.0) -> None:
    """Wait until the last second that a phone heard is mostly this voice."""
    level = 0.0

    async def now() -> bool:
        nonlocal level
        level = tone_level(phone.heard()[-16000:], hz, 8000)
        return level > 0.3

    try:
        await eventually(now, limit_s)
    except TimeoutError:
        raise AssertionError(f"{hz:g} Hz is not heard ({level:.2f}): {phone.output()}") from None


async def accepted(scene: Scene, phone: BaresipPhone) -> None:
    """The phone rings, is answered, and its person presses 1."""
    await phone.ringing(30)
    await phone.answer()
    await phone.established()
    await asyncio.sleep(HEARS_S)
    await phone.press("1")


async def pressed(phone: BaresipPhone, key: str) -> None:
    """Wait until the phone has received a key."""

    async def so() -> bool:
        return any(
            event.get("type") == "CALL_DTMF_START" and event.get("param") == key
            for event in phone.events
        )

    await eventually(so)


@scenarios("bridge")
async def both_hear_each_other_keys_pass_and_both_voices_are_recorded(scene: Scene) -> None:
    async with (
        scene.phone(0, wav=voice(scene, PERSON_HZ)) as person,
        scene.owner(wav=voice(scene, OWNER_HZ)) as owner,
    ):
        await owner.dial(scene.uri)
        await accepted(scene, person)
        await hears(person, OWNER_HZ)
        await hears(owner, PERSON_HZ)
        await person.press("5")
        await pressed(owner, "5")
        await owner.press("7")
        await pressed(person, "7")
        await asyncio.sleep(10.0)  # less would count as a drop-out, and search another
        await owner.hang_up()
        await person.closed()
    await scene.until(DispatchStatus.CLOSED)
    await scene.outcome_is(A.ENDED)
    (recording,) = await scene.store.recordings.for_call((await scene.call()).id)

    async def sealed() -> bool:
        return (await scene.store.recordings.get(recording.id)).ended_at is not None

    await eventually(sealed)
    reader = await scene.store.recordings.open(recording.id)
    try:
        pcm = {
            channel: await asyncio.to_thread(
                reader.pcm, channel, reader.duration_s - 8, reader.duration_s - 2
            )
            for channel in (Channel.CALLER, Channel.HOTLINE)
        }
    finally:
        await asyncio.to_thread(reader.close)
    assert tone_level(pcm[Channel.CALLER], OWNER_HZ, 8000) > 0.8
    assert tone_level(pcm[Channel.HOTLINE], PERSON_HZ, 8000) > 0.8


@scenarios("second", Setting(people=2))
async def star_1_calls_a_second_engineer_in_and_the_first_may_leave(scene: Scene) -> None:
    async with (
        scene.phone(0, wav=voice(scene, PERSON_HZ)) as first,
        scene.phone(1, wav=voice(scene, SECOND_HZ)) as second,
        scene.owner(wav=voice(scene, OWNER_HZ)) as owner,
    ):
        await owner.dial(scene.uri)
        await accepted(scene, first)
        await hears(owner, PERSON_HZ)
        await first.press("*1")
        await accepted(scene, second)
        await hears(second, OWNER_HZ)

        def heard(hz: float) -> float:
            return tone_level(owner.heard()[-16000:], hz, 8000)

        await _both(lambda: (heard(PERSON_HZ), heard(SECOND_HZ)))
        await first.hang_up()
        await scene.step("attempt_ended")
        await hears(owner, SECOND_HZ)  # those two talk on
        await asyncio.sleep(8.0)
        await owner.hang_up()
        await second.closed()
    dispatch = await scene.until(DispatchStatus.CLOSED)
    assert dispatch.person == scene.people[0]  # the case is still the first one's
    await scene.outcome_is(A.ENDED, A.ENDED)


async def _both(levels: Callable[[], tuple[float, float]]) -> None:
    async def now() -> bool:
        return min(levels()) > 0.15

    await eventually(now)


@scenarios("pass", Setting(people=2))
async def star_2_passes_the_caller_on(scene: Scene) -> None:
    async with (
        scene.phone(0, wav=voice(scene, PERSON_HZ)) as first,
        scene.phone(1, wav=voice(scene, SECOND_HZ)) as second,
        scene.owner(wav=voice(scene, OWNER_HZ)) as owner,
    ):
        await owner.dial(scene.uri)
        await accepted(scene, first)
        await hears(owner, PERSON_HZ)
        await first.press("*2")
        await first.closed()
        await accepted(scene, second)
        await hears(owner, SECOND_HZ)
        await scene.outcome_is(A.PASSED_ON, A.BRIDGED)
        assert (await scene.dispatch()).person == scene.people[1]


@scenarios("minutes")
async def star_3_tells_the_minutes_and_later_the_arrival(scene: Scene) -> None:
    async with scene.phone(0) as person, scene.owner(wav=voice(scene, OWNER_HZ)) as owner:
        await owner.dial(scene.uri)
        await accepted(scene, person)
        await hears(person, OWNER_HZ)
        await person.press("*3")
        await asyncio.sleep(1.0)
        await person.press("12#")
        assert (await scene.step("on_the_way")).what == OnTheWay(12)
        assert (await scene.step("on_the_way")).actor == scene.people[0]
        await hears(person, OWNER_HZ)  # the bridge goes on
        await person.press("*3")
        await asyncio.sleep(1.0)
        await person.press("0#")
        await scene.step("arrived")
    assert (await scene.ticket()).on_site_at is not None


@scenarios("duty", Setting(category="duty", alarm=False))
async def key_0_reaches_the_person_on_duty_without_an_urgent_ticket(scene: Scene) -> None:
    async with (
        scene.phone(0, wav=voice(scene, PERSON_HZ)) as person,
        scene.owner(wav=voice(scene, OWNER_HZ)) as owner,
    ):
        await owner.dial(scene.uri)
        await owner.established()
        await asyncio.sleep(1.0)
        await owner.press("0")
        await accepted(scene, person)
        await hears(owner, PERSON_HZ)
        await hears(person, OWNER_HZ)
    ticket = await scene.store.tickets.for_call((await scene.call()).id)
    assert ticket is None or ticket.kind is not TicketKind.EMERGENCY


@scenarios("known", Setting(people=0, alarm=False))
async def a_known_owner_who_keys_his_building_has_his_whole_address_in_the_ticket(
    scene: Scene,
) -> None:
    owner = Owner(scene.number, "王", Address(building="8", unit="2", room="1502"))
    await scene.store.directory.save(owner, person("test"))
    async with scene.owner_sipp(
        caller([Pause(1.5), Keys("2"), Pause(1.5), Keys("8#"), Pause(1.5)], user=scene.number)
    ) as telephone:
        assert (await telephone.finished()).ok
    ticket = await scene.ticket()
    assert (ticket.building, ticket.unit, ticket.room) == ("8", "2", "1502")


@scenarios("practice", Setting(people=2))
async def a_drill_rings_everybody_and_reports_who_answered(scene: Scene) -> None:
    asked_at = scene.store.clock.now()
    async with (
        scene.person(0, callee([Pause(HEARS_S), Keys("1")], ending="wait"), limit_s=90),
        scene.person(1, callee(answer=486), limit_s=90),
    ):
        printed = await scene.program.run("drill", "--policy", scene.category, "--json")
    rows = json.loads(printed)
    assert [(row["person"], row["outcome"]) for row in rows] == [
        (scene.people[0], "confirmed"),
        (scene.people[1], "busy"),
    ]
    assert 0.4 < rows[0]["confirmed_s"] < 30
    assert rows[1]["confirmed_s"] is None
    drills = await scene.store.dispatches.drills(asked_at)
    (drill,) = [each for each in drills if each.category == scene.category]
    assert (drill.ticket_id, drill.order.by, drill.reason) == (None, "command line", "drill over")


@scenarios("keyone", Setting(category="*", alarm=False))  # no words, so no category
async def key_1_needs_no_words_and_a_hang_up_after_it_still_rings(scene: Scene) -> None:
    async with scene.person(0, callee([Pause(0.5)], ending="wait"), limit_s=60) as person:
        steps = [Pause(HEARS_S), Keys("1"), Pause(0.5)]
        async with scene.owner_sipp(caller(steps, user=scene.number)) as owner:
            assert (await owner.finished()).ok
        await scene.step("attempt_answered")
        assert (await scene.ticket()).kind is TicketKind.EMERGENCY
        assert (await person.finished()).ok
