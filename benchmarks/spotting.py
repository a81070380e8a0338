"""An urgent phrase: from its last sample to the INVITE at the on-call telephone, and the bridge.

All but one caller chat to a program that listens to them; one after another, urgent callers
come, say their sentence, are put through to an engineer who accepts, and both sides then say
frames that can be told apart bit by bit: when each comes out at the other telephone is the
bridge's delay, what never comes out is its loss.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from benchmarks.media import STARVED_BAR_PERCENT
from benchmarks.peers import MediaSipp, engineer, messages, owners
from benchmarks.report import Row, percentiles
from benchmarks.service import measured, service
from benchmarks.sound import FRAME_SAMPLES, URGENT, chatter, sentence, starved, unique_frames
from benchmarks.telephones import Heard, Telephones
from tests.program import Program
from tests.wire.ports import free_port

VOICES = ("f5", "m8", "klatt")
LISTEN_S = 1.5  # into the greeting, when the caller begins to speak
BRIEF_S = 2.0  # of what they are told, when the engineer presses 1: sooner it counts for nothing
TALK_FRAMES = 250  # 5 s
PROBE_S = 20.0  # until the caller hangs up
RATE = 10.0
ANSWER_LIMIT_S = 15.0
INVITE_BAR_MS = 1000.0
BRIDGE_BAR_MS = 60.0


@dataclass
class Measured:
    """What the urgent calls of one load gave."""

    invites_ms: list[float] = field(default_factory=list)
    delays_ms: list[float] = field(default_factory=list)
    unheard: int = 0  # phrases after which nobody was rung
    broken: int = 0  # put through too late to talk
    lost: int = 0
    said: int = 0
    starved: int = 0
    sounding: int = 0

    def hear(self, calls: Sequence[Heard]) -> None:
        """Look for holes in what was played to the callers."""
        for call in calls:
            holes, sounding = starved(call.frames)
            self.starved += holes
            self.sounding += sounding


async def measure(quick: bool) -> list[Row]:
    """At 1, 20 and 40 calls with live listening."""
    rows = []
    for calls in (1, 20, 40):
        rows += await loaded(calls, probes=2 if quick else 4)
    return rows


async def loaded(calls: int, *, probes: int) -> list[Row]:
    """`calls` in all: the urgent one, and the others that chat."""
    others = calls - 1
    port = free_port()
    whole_s = others / RATE + probes * (PROBE_S + 5) + 30
    async with (
        service(live=True, engineer=f"sip:wang@127.0.0.1:{port}") as program,
        Telephones(2 + others, [b"", b"", *chatter()]) as telephones,
        engineer(telephones.ports[1:2], port=port, calls=probes, limit_s=whole_s + 60) as on_call,
    ):
        found = Measured()
        async with asyncio.TaskGroup() as group:
            chats = group.create_task(_chat(program, telephones, others))
            if others:
                await telephones.until_active(range(2, calls + 1), others / RATE + 30)
            with measured(program.pid) as span:
                for number in range(probes):
                    try:
                        await _urgent_call(number, program, telephones, on_call, found)
                    except TimeoutError:  # the owner's time was up before the talk was over
                        found.broken += 1
            active = sum((await telephones.states())[2:])
            chats.cancel()
    name = f"{calls} calls listened to"
    return [
        *percentiles(
            f"{name}: phrase's end to INVITE",
            found.invites_ms,
            "ms",
            (50, 95),
            bars={95: INVITE_BAR_MS},
        ),
        Row(f"{name}: phrases after which nobody was rung", found.unheard, "", 0),
        Row(f"{name}: talks that did not come about in {PROBE_S:.0f} s", found.broken, "", 0),
        *percentiles(
            f"{name}: bridge, one way", found.delays_ms, "ms", (50, 95), bars={95: BRIDGE_BAR_MS}
        ),
        Row(f"{name}: bridge, frames lost", 100 * found.lost / found.said, "%"),
        Row(
            f"{name}: starved frames",
            100 * found.starved / found.sounding,
            "%",
            STARVED_BAR_PERCENT,
            note=f"{found.starved} of {found.sounding}",
        ),
        Row(
            f"{name}: processor",
            span.core_percent,
            "% of a core",
            note=f"{active} of {others} others up at the end",
        ),
    ]


async def _chat(program: Program, telephones: Telephones, others: int) -> None:
    """Callers who come again when their call is over, until it is enough."""
    if not others:
        return
    async with owners(
        telephones.ports[2:], program.remote, seconds=60, calls=100 * others, rate=RATE
    ):
        await asyncio.Event().wait()


async def _urgent_call(
    number: int, program: Program, telephones: Telephones, on_call: MediaSipp, found: Measured
) -> None:
    owner_line, engineer_line = 0, 1
    async with owners(telephones.ports[:1], program.remote, seconds=PROBE_S) as owner:
        await telephones.until_active([owner_line], 10)
        await asyncio.sleep(LISTEN_S)
        before = len(_invites(on_call))
        phrase = sentence(URGENT[number % len(URGENT)], VOICES[number // len(URGENT) % len(VOICES)])
        await telephones.say(owner_line, phrase)
        said = await telephones.said(owner_line)
        invited_s = await _invited(on_call, before)
        if invited_s is None:
            found.unheard += 1
            return
        found.invites_ms.append(1000 * (invited_s - said[-1]))
        await telephones.until_active([engineer_line], ANSWER_LIMIT_S)
        await asyncio.sleep(BRIEF_S)
        await telephones.press(engineer_line, "1")
        await asyncio.sleep(2.0)  # the acceptance is spoken, then they are bridged
        found.hear(await telephones.take())
        sent = [unique_frames(TALK_FRAMES, 2 * number + side) for side in (0, 1)]
        await telephones.say(owner_line, sent[0])
        await telephones.say(engineer_line, sent[1])
        times = [await telephones.said(line) for line in (owner_line, engineer_line)]
        await asyncio.sleep(0.5)
        taken = await telephones.take()
        found.hear([each for each in taken if each.line not in (owner_line, engineer_line)])
        heard = {each.line: each for each in taken}
        for line, other in ((owner_line, engineer_line), (engineer_line, owner_line)):
            delays = bridge_delays_ms(sent[line], times[line], heard.get(other))
            found.delays_ms += delays
            found.said += TALK_FRAMES
            found.lost += TALK_FRAMES - len(delays)
        await owner.finished()
        await _left(telephones, engineer_line)  # who was told that the owner is gone


def bridge_delays_ms(sent: bytes, sent_s: Sequence[float], heard: Heard | None) -> list[float]:
    """For each frame that came out whole: from its packet sent to the packet that completed it.

    A packet that is sent on at once, unchanged, has a delay of 0.
    """
    if heard is None:
        return []
    stream = heard.frames.tobytes()
    delays = []
    for number, at_s in enumerate(sent_s):
        frame = sent[number * FRAME_SAMPLES : (number + 1) * FRAME_SAMPLES]
        place = stream.find(frame)
        if place >= 0:
            last = (place + FRAME_SAMPLES - 1) // FRAME_SAMPLES
            delays.append(1000 * float(heard.times_s[last] - at_s))
    return delays


async def _invited(on_call: MediaSipp, before: int) -> float | None:
    """When the engineer's telephone rang for the call after `before` others; None if never."""
    for _ in range(int(ANSWER_LIMIT_S / 0.1)):
        invites = _invites(on_call)
        if len(invites) > before:
            return invites[before]
        await asyncio.sleep(0.1)
    return None


async def _left(telephones: Telephones, line: int) -> None:
    async with asyncio.timeout(PROBE_S):
        while (await telephones.states())[line]:  # noqa: ASYNC110 - another process knows
            await asyncio.sleep(0.1)


def _invites(on_call: MediaSipp) -> list[float]:
    """When each call rang at the engineer's."""
    rung: dict[str, float] = {}
    for message in messages(on_call.messages()):
        if not message.sent and message.first_line.startswith("INVITE "):
            rung.setdefault(message.call_id, message.time_s)
    return list(rung.values())
