"""From words to a ringing telephone, with the Chinese test model over G.711."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from asr.engine import embedded_model, load_model, transcribe
from call_logs.calls import CallEventKind
from call_logs.dispatches import (
    AttemptStatus,
    DispatchStatus,
    PhraseHeard,
)
from call_logs.tickets import TicketClass
from tests.asr.speech import CHINESE, say
from tests.program import asked, ended_call, ticket_with, transcribed
from tests.urgent.conftest import Running, Scenarios
from tests.urgent.world import Scene, Setting
from tests.wire.audio import write_wav
from tests.wire.phone import BaresipPhone

pytestmark = pytest.mark.asyncio(loop_scope="module")

A = AttemptStatus
GREETED_S = 2.0  # the owner speaks while the greeting plays
UNSURE = "电梯坏了里面好像有人"  # just below the sure level
scenarios = Scenarios()


@pytest.mark.parametrize("name", scenarios)
async def test_on_the_wire(running: Running, name: str) -> None:
    await running[name]


def spoken(scene: Scene, text: str, voice: str = "f5", *, noise: float = 0.0) -> tuple[Path, float]:
    """A WAV of a sentence, and how long it is until its last sounding sample, in seconds."""
    pcm = np.frombuffer(say(text, f"{CHINESE}+{voice}"), "<i2").astype(np.float64)
    end_s = float(np.flatnonzero(np.abs(pcm) > 300)[-1]) / 8000
    pcm += np.random.default_rng(1).normal(0.0, noise, pcm.size)
    path = scene.program.folder / f"{scene.name}-{len(text)}.wav"
    return write_wav(path, np.clip(pcm, -32768, 32767).astype("<i2").tobytes()), end_s


async def rings_for(
    scene: Scene,
    person: BaresipPhone,
    owner: BaresipPhone,
    text: str,
    voice: str,
    *,
    noise: float = 0.0,
) -> None:
    """The owner says `text`; the engineer's telephone rings, and the ticket says why."""
    wav, end_s = spoken(scene, text, voice, noise=noise)
    await owner.dial(scene.uri)
    await owner.established()
    await asyncio.sleep(GREETED_S)
    loop = asyncio.get_running_loop()
    said_s = loop.time()
    await owner.say(wav)
    await person.ringing(20)
    delay_s = loop.time() - said_s - end_s
    print(f"{voice}, noise {noise:g}: INVITE {delay_s:+.2f} s after the phrase's last sample")
    ticket = await scene.ticket()
    assert (ticket.ticket_class, ticket.category) == (TicketClass.URGENT, scene.category)
    placed = await scene.step("attempt_placed")  # its line does not hold up the INVITE
    assert ticket.opened_at < placed.at
    heard = await scene.step("heard")
    assert isinstance(heard.what, PhraseHeard)
    assert heard.what.category == scene.category
    assert heard.at - timedelta(seconds=0.5) < placed.at


@scenarios("female", Setting(category="fire", alarm=False, ring_s=30))
async def an_engineer_hears_the_owners_own_words_and_what_she_adds_is_kept(scene: Scene) -> None:
    async with scene.phone(0) as person, scene.owner() as owner:
        await rings_for(scene, person, owner, "厨房着火了", "f5")
        await person.answer()
        await person.established()
        await owner.say(spoken(scene, "在五号楼二单元")[0])  # while advice is being spoken
        await asyncio.sleep(5.0)
        before = len(person.heard())
        await person.press("9")
        await asyncio.sleep(9.0)
        model = await asyncio.to_thread(load_model, embedded_model())
        words = await asyncio.to_thread(transcribe, model, person.heard()[before:], 8000)
        assert "着火" in words.text
        await person.press("1")
        await scene.step("attempt_bridged")
        await ticket_with(scene.store, await scene.call(), "五号楼二单元")
    ticket = await scene.ticket()
    assert (ticket.building, ticket.unit) == ("5", "2")
    assert any("着火" in phrase for phrase in ticket.phrases)


@scenarios("male", Setting(category="gas_leak", alarm=False, ring_s=30))
async def a_mans_words_ring_an_engineer(scene: Scene) -> None:
    async with scene.phone(0) as person, scene.owner() as owner:
        await rings_for(scene, person, owner, "我闻到煤气味", "m8")


@scenarios("noisy", Setting(category="injury", alarm=False, ring_s=30))
async def words_in_noise_ring_an_engineer(scene: Scene) -> None:
    async with scene.phone(0) as person, scene.owner() as owner:
        await rings_for(scene, person, owner, "有人晕倒了", "klatt", noise=120.0)


@scenarios("unsure", Setting(category="lift_entrapment", alarm=False, ring_s=30))
async def silence_after_the_one_question_is_a_yes(scene: Scene) -> None:
    async with scene.phone(0) as person, scene.owner() as owner:
        await rings_for(scene, person, owner, UNSURE, "f5")
    events = await scene.store.calls.events((await scene.call()).id)
    asked_about = [e.data for e in events if e.kind is CallEventKind.ASKED and "meant" in e.data]
    assert [(each["category"], each["meant"]) for each in asked_about] == [
        ("lift_entrapment", True)
    ]


@scenarios("denied", Setting(people=0, category="lift_entrapment", alarm=False))
async def a_clear_no_rings_nobody_now_nor_when_the_transcript_is_read(scene: Scene) -> None:
    async with scene.owner() as owner:
        await owner.dial(scene.uri)
        await owner.established()
        await asyncio.sleep(GREETED_S)
        await owner.say(spoken(scene, UNSURE)[0])
        await asked(scene.store, scene.number, "confirm_lift_entrapment")
        await owner.press("2")
        await asyncio.sleep(1.0)
        await owner.hang_up()
    record = await ended_call(scene.store, scene.number)
    await transcribed(scene.store, record)
    await asyncio.sleep(1.0)  # the review follows the transcript
    ticket = await scene.store.tickets.for_call(record.id)
    assert ticket is None or not await scene.store.dispatches.for_ticket(ticket.id)


@scenarios("again", Setting(category="intrusion", alarm=False, ring_s=10))
async def who_hangs_up_after_his_words_is_called_back(scene: Scene) -> None:
    """Their words may have been understood only when they were gone: from the transcript."""
    async with scene.phone(0) as person:
        async with scene.owner() as owner:
            await owner.dial(scene.uri)
            await owner.established()
            await asyncio.sleep(GREETED_S)
            wav, end_s = spoken(scene, "楼上有人打架")
            await owner.say(wav)
            await asyncio.sleep(end_s + 0.05)
            await owner.hang_up()
        await person.ringing(60)
    assert (await scene.ticket()).ticket_class is TicketClass.URGENT
    assert (await scene.dispatch()).status is not DispatchStatus.CLOSED
