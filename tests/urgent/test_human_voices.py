"""The same from human-like voices that no part of the program has learnt from, on bad lines too."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import pytest

from call_logs.tickets import TicketClass
from tests.callers import on_a_bad_line, pcm
from tests.program import ended_call, transcribed
from tests.urgent.conftest import Running, Scenarios
from tests.urgent.world import Scene, Setting
from tests.wire.audio import write_wav
from tests.wire.phone import BaresipPhone

pytestmark = pytest.mark.asyncio(loop_scope="module")

GREETED_S = 2.0  # the owner speaks while the greeting plays
RING_LIMIT_S = 20.0
scenarios = Scenarios()


@pytest.mark.parametrize("name", scenarios)
async def test_on_the_wire(running: Running, name: str) -> None:
    await running[name]


async def say(
    scene: Scene,
    owner: BaresipPhone,
    clip: str,
    *,
    snr_db: float | None = None,
    loss: float = 0.0,
) -> float:
    """The owner calls and says a clip over such a line; returns its length in seconds."""
    sound = on_a_bad_line(pcm(clip), snr_db=snr_db, loss=loss)
    wav: Path = write_wav(scene.program.folder / f"{scene.name}.wav", sound)
    await owner.dial(scene.uri)
    await owner.established()
    await asyncio.sleep(GREETED_S)
    await owner.say(wav)
    return float(np.frombuffer(sound, "<i2").size) / 8000


async def rings(scene: Scene, person: BaresipPhone) -> None:
    await person.ringing(RING_LIMIT_S)
    ticket = await scene.ticket()
    assert (ticket.ticket_class, ticket.category) == (TicketClass.URGENT, scene.category)


@scenarios("trapped", Setting(category="lift_entrapment", alarm=False, ring_s=30))
async def a_voice_out_of_a_lift_rings_an_engineer(scene: Scene) -> None:
    async with scene.phone(0) as person, scene.owner() as owner:
        await say(scene, owner, "lift_three-mr_yang")
        await rings(scene, person)


@scenarios("burst", Setting(category="flooding", alarm=False, ring_s=30))
async def a_burst_pipe_is_heard_on_a_bad_line(scene: Scene) -> None:
    async with scene.phone(0) as person, scene.owner() as owner:
        await say(scene, owner, "pipe_burst-grandfather", snr_db=20.0, loss=0.02)
        await rings(scene, person)


@scenarios("ordinary", Setting(people=0, category="gas_leak", alarm=False))
async def what_an_owner_says_of_a_tap_is_written_down_and_rings_nobody(scene: Scene) -> None:
    async with scene.owner() as owner:
        length_s = await say(scene, owner, "tap-cleaner")
        await asyncio.sleep(length_s + 1.0)
        await owner.hang_up()
    record = await ended_call(scene.store, scene.number)
    await transcribed(scene.store, record)
    heard = await scene.store.transcripts.for_call(record.id)
    assert any("滴水" in each.text for each in heard)
    ticket = await scene.store.tickets.for_call(record.id)
    assert ticket is None or not await scene.store.dispatches.for_ticket(ticket.id)
