"""Many calls with sound both ways while the menu plays: gaps on the wire, and processor.

A frame of digital silence inside a prompt that has none was starved: the program did not
give the stack its sound in time. A frame that never came is missing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import numpy as np

from benchmarks.peers import owners
from benchmarks.report import Row, percentile
from benchmarks.service import Span, measured, service
from benchmarks.sound import chatter, silent
from benchmarks.telephones import Heard, Telephones

RATE = 10.0  # new calls a second
SETTLE_S = 2.0
FRAME_S = 0.02
STARVED_BAR_PERCENT = 0.1
CORE_BAR_PERCENT = 100.0


async def measure(quick: bool) -> list[Row]:
    """At 10, 50 and 100 calls; `spotting` measures with live listening."""
    rows = []
    for calls in (10, 50, 100):
        rows += await loaded(calls, span_s=10.0 if quick else 30.0)
    return rows


async def loaded(calls: int, *, span_s: float) -> list[Row]:
    """One load, in a fresh program. Everybody hears the menu and talks."""
    call_s = calls / RATE + 2 * SETTLE_S + span_s + 5.0
    async with (
        service(live=False, greeting_s=call_s + 30) as program,
        Telephones(calls, chatter()) as telephones,
        owners(telephones.ports, program.remote, seconds=call_s, rate=RATE) as sipp,
    ):
        await telephones.until_active(range(calls), calls / RATE + 20)
        await asyncio.sleep(SETTLE_S)
        await telephones.take()
        with measured(program.pid) as span:
            await asyncio.sleep(span_s)
        heard = await telephones.take()
        active = await telephones.active()
        ended = await sipp.finished()
    if not ended.ok or active < calls:
        raise RuntimeError(f"{active} of {calls} calls were up at the end: {ended.errors[-300:]}")
    bar = CORE_BAR_PERCENT if calls == 100 else None
    name = f"{calls} calls"
    return [
        *gaps(name, heard, span, calls),
        Row(f"{name}: processor", span.core_percent, "% of a core", bar),
        Row(f"{name}: threads", span.after.threads, ""),
    ]


def gaps(name: str, heard: Sequence[Heard], span: Span, calls: int) -> list[Row]:
    """What was wrong with the sound in the span, in which one prompt played all along."""
    expected = calls * (span.end_s - span.start_s) / FRAME_S
    received, starved = 0, 0
    distances: list[float] = []
    for call in heard:
        inside = (call.times_s >= span.start_s) & (call.times_s <= span.end_s)
        received += int(inside.sum())
        starved += int(silent(call.frames[inside]).sum())
        distances += np.diff(call.times_s[inside]).tolist()
    return [
        Row(
            f"{name}: starved frames",
            100 * starved / received,
            "%",
            STARVED_BAR_PERCENT,
            note=f"{starved} of {received}",
        ),
        Row(f"{name}: packets missing", max(0.0, 100 * (1 - received / expected)), "%"),
        Row(f"{name}: distance of packets, p99.9", 1000 * percentile(distances, 99.9), "ms"),
    ]
