"""What is left behind by many short calls: memory, open files, threads."""

from __future__ import annotations

import asyncio

from benchmarks.machine import Usage, usage
from benchmarks.peers import owners
from benchmarks.report import Row
from benchmarks.service import service
from benchmarks.sound import chatter
from benchmarks.telephones import Telephones
from tests.program import Program

RATE = 10.0
CALL_S = 2.0
LINES = 40
QUIET_S = 5.0  # after the last call: its transcript, its last writes
IDLE_CORE_PERCENT = 5.0
IDLE_LIMIT_S = 600.0  # transcripts are written at about two a second


async def measure(quick: bool) -> list[Row]:
    """Recorded calls of people who talk, listened to and transcribed like all calls."""
    return await grown(50, 2, 50) if quick else await grown(400, 4, 400)


async def grown(warm_up: int, parts: int, calls: int) -> list[Row]:
    """`calls` in each of `parts`, after `warm_up` others."""
    async with (
        service(live=True) as program,
        Telephones(LINES, chatter(), key="2", key_after_s=0.8, keep=False) as telephones,
    ):
        seen = []
        for number in (warm_up, *[calls] * parts):
            await _call(program, telephones, number)
            seen.append(await _settled(program))
    first, last = seen[0], seen[-1]
    total = parts * calls
    steps = [f"{each.memory_mb - first.memory_mb:+.1f}" for each in seen[1:]]
    return [
        Row("memory after warm-up", first.memory_mb, "MB", note=f"{warm_up} calls"),
        Row(
            f"memory grown over {total} calls",
            last.memory_mb - first.memory_mb,
            "MB",
            note=f"each {calls} calls: {', '.join(steps)}",
        ),
        Row("open files more", last.files - first.files, "", 0, note=f"{last.files} open"),
        Row("threads more", last.threads - first.threads, "", 0, note=f"{last.threads} in all"),
    ]


async def _call(program: Program, telephones: Telephones, calls: int) -> None:
    async with owners(
        telephones.ports, program.remote, seconds=CALL_S, calls=calls, rate=RATE
    ) as sipp:
        ended = await sipp.finished()
    if not ended.ok:
        raise RuntimeError(f"not every call went well: {ended.errors[-300:]}")


async def _settled(program: Program) -> Usage:
    """The program's state once it has nothing to do any more.

    Raises:
        TimeoutError: it is still busy after minutes.
    """
    async with asyncio.timeout(IDLE_LIMIT_S):
        while True:
            before = usage(program.pid)
            await asyncio.sleep(QUIET_S)
            after = usage(program.pid)
            if 100 * (after.cpu_s - before.cpu_s) / QUIET_S < IDLE_CORE_PERCENT:
                return after
