"""The same on the pure-Python SIP stack: from words to two people who hear each other."""

from __future__ import annotations

import asyncio

import pytest

from call_logs.dispatches import AttemptStatus, DispatchStatus
from call_logs.tickets import TicketClass
from tests.asr.speech import say
from tests.urgent.conftest import Running, Scenarios
from tests.urgent.sound import longest_silence_s, loud_s
from tests.urgent.test_talking import (
    OWNER_HZ,
    PERSON_HZ,
    SECOND_HZ,
    accepted,
    hears,
    pressed,
    voice,
)
from tests.urgent.world import Scene, Setting
from tests.wire.audio import write_wav
from tests.wire.scenario import callee

pytestmark = pytest.mark.asyncio(loop_scope="module")

A = AttemptStatus
GREETED_S = 2.0  # the owner speaks while the greeting plays
scenarios = Scenarios()
stack = "pyvoip"


@pytest.mark.parametrize("name", scenarios)
async def test_on_the_wire(running: Running, name: str) -> None:
    await running[name]


@scenarios("words", Setting(category="lift_entrapment", alarm=False, ring_s=30))
async def words_ring_an_engineer_who_is_told_accepts_and_talks_with_the_owner(
    scene: Scene,
) -> None:
    wav = write_wav(scene.program.folder / "trapped.wav", say("三号楼电梯困人了"))
    async with scene.phone(0, wav=voice(scene, PERSON_HZ)) as person, scene.owner() as owner:
        await owner.dial(scene.uri)
        await owner.established()
        await asyncio.sleep(GREETED_S)
        await owner.say(wav)
        await person.ringing(20)
        await person.answer()
        await person.established()
        await asyncio.sleep(2.0)
        assert loud_s(person.heard()) > 1.0  # what and where
        await person.press("1")
        await owner.say(voice(scene, OWNER_HZ))
        await hears(person, OWNER_HZ)
        await hears(owner, PERSON_HZ)
        await person.press("5")
        await pressed(owner, "5")
        await owner.press("7")
        await pressed(person, "7")
        await asyncio.sleep(10.0)  # less would count as a drop-out, and search another
        await person.hang_up()
        await owner.closed(30)  # they hear their ticket's number, then good-bye
    await scene.outcome_is(A.ENDED)
    dispatch = await scene.until(DispatchStatus.CLOSED)
    assert (dispatch.reason, dispatch.person) == ("talked", scene.people[0])
    ticket = await scene.ticket()
    assert (ticket.ticket_class, ticket.building) == (TicketClass.URGENT, "3")


@scenarios("second", Setting(people=2, ring_s=5))
async def the_second_accepts_after_the_first_let_it_ring(scene: Scene) -> None:
    async with (
        scene.person(0, callee(cancelled=True)) as asleep,
        scene.phone(1, wav=voice(scene, SECOND_HZ)) as awake,
        scene.owner(wav=voice(scene, OWNER_HZ)) as owner,
    ):
        await owner.dial(scene.uri)
        await owner.established()
        assert (await asleep.finished()).ok  # it saw the CANCEL
        await awake.ringing()
        waited = owner.heard()
        await accepted(scene, awake)
        await hears(awake, OWNER_HZ)
        await hears(owner, SECOND_HZ)
        await scene.outcome_is(A.NO_ANSWER, A.BRIDGED)
        await asyncio.sleep(8.0)
        await owner.hang_up()
        await awake.closed()
    await scene.outcome_is(A.NO_ANSWER, A.ENDED)
    await scene.until(DispatchStatus.CLOSED)
    assert longest_silence_s(waited) < 3.0
