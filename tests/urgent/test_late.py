"""Nothing is heard live: the transcript still brings help."""

from __future__ import annotations

import asyncio

import pytest

from call_logs.dispatches import (
    CalledBack,
    DispatchStatus,
    PhraseHeard,
)
from call_logs.tickets import TicketClass
from tests.asr.speech import say
from tests.urgent.conftest import Running, Scenarios
from tests.urgent.world import Scene, Setting
from tests.wire.audio import write_wav
from tests.wire.scenario import HEARS_S, Keys, Pause, Talk, callee
from tests.wire.sipp import Sipp

pytestmark = pytest.mark.asyncio(loop_scope="module")

scenarios = Scenarios()
sections = {"asr": "live = no"}


@pytest.mark.parametrize("name", scenarios)
async def test_on_the_wire(running: Running, name: str) -> None:
    await running[name]


@scenarios("voicemail", Setting(category="lift_entrapment", alarm=False))
async def an_emergency_found_in_a_message_rings_and_the_owner_is_called_back_first(
    scene: Scene,
) -> None:
    wav = write_wav(scene.program.folder / "trapped.wav", say("三号楼电梯困人了有三个人"))
    async with scene.owner(wav=wav, wav_delay_s=1.0) as owner:
        await owner.dial(scene.uri)
        await owner.established()
        await asyncio.sleep(6.0)
        await owner.hang_up()
    async with (
        scene.person(0, callee([Pause(HEARS_S), Keys("1"), Talk(28.0)], ending="bye"), limit_s=90),
        Sipp(callee(ending="wait"), port=scene.owner_port, limit_s=90) as again,
    ):
        assert (await again.finished()).ok
    await scene.until(DispatchStatus.CLOSED)
    ticket = await scene.ticket()
    assert (ticket.ticket_class, ticket.building) == (TicketClass.URGENT, "3")
    assert isinstance(heard := (await scene.step("heard")).what, PhraseHeard)
    assert heard.late
    assert (await scene.step("called_back")).what == CalledBack(answered=True)
