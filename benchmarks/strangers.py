"""A line that the whole internet knocks at: what its calls and the next caller notice."""

from __future__ import annotations

import asyncio
import re
import urllib.request
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.machine import Usage, usage
from benchmarks.report import Row
from tests.ivr.endpoint.flood import flood
from tests.program import Program
from tests.wire import Sipp, call, caller

STRANGER = "127.0.0.9"
TRUNK = "127.0.0.1"
TEN = 10
STRANGERS_A_SECOND = 2000.0
ABANDONED_A_SECOND = 100.0
FORGOTTEN_S = 40.0  # a transaction, and some
LIMIT_S = 600.0
MEMORY_MB = 10.0  # what the calls themselves leave behind for a while
LOG_KB = 200.0


async def measure(quick: bool) -> list[Row]:
    """INVITEs of strangers, then calls of a trunk that nobody acknowledges, around ten calls."""
    strangers, abandoned = (2_000, 400) if quick else (20_000, 2_000)
    with TemporaryDirectory(prefix="hotline-bench-") as name:
        # SIPp sends no sound; the ten calls are to last.
        sections = {"sip": "rtp_timeout_s = 300\nmax_calls = 50", "asr": "live = no"}
        async with Program(Path(name), sections, allow=f"{TRUNK}/32") as program:
            return await _besieged(program, strangers, abandoned)


async def _besieged(program: Program, strangers: int, abandoned: int) -> list[Row]:
    for _ in range(3):  # what is made once, is made now
        await _honest(program)
    ten = Sipp(caller(ending="wait"), program.remote, calls=TEN, rate=TEN, limit_s=LIMIT_S)
    async with ten:
        await _until_live(program, TEN)
        before, log = usage(program.pid), len(program.output())
        refused = await flood("INVITE", STRANGER, program.remote, strangers, STRANGERS_A_SECOND)
        after_strangers, live = usage(program.pid), await _live(program)
        honest = [await _honest(program)]
        answers = await flood("INVITE", TRUNK, program.remote, abandoned, ABANDONED_A_SECOND)
        await asyncio.sleep(2.5)
        honest.append(await _honest(program))
        await asyncio.sleep(FORGOTTEN_S)
        lasting = await _live(program)
        after, log = usage(program.pid), len(program.output()) - log
    return [
        Row("calls lost of ten, strangers", TEN - live, "", 0),
        Row("calls lost of ten, abandoned calls", TEN - lasting, "", 0),
        Row("next callers that were not answered", honest.count(False), "", 0, note="of 2"),
        Row("answers to strangers", sum(refused.values()), "", note=f"of {strangers} INVITEs"),
        Row("abandoned calls refused", answers.get("503", 0), "", note=f"of {abandoned}"),
        Row("core a stranger's INVITE", _cpu_us(before, after_strangers, strangers), "us"),
        Row("open files more", after.files - before.files, "", 0, note=f"{after.files} open"),
        Row("memory grown", after.memory_mb - before.memory_mb, "MB", MEMORY_MB),
        Row("log written", log / 1000, "kB", LOG_KB),
    ]


def _cpu_us(before: Usage, after: Usage, requests: int) -> float:
    return (after.cpu_s - before.cpu_s) / requests * 1e6


async def _honest(program: Program) -> bool:
    return (await call(caller(), program.remote)).ok


async def _live(program: Program) -> int:
    def read() -> str:
        with urllib.request.urlopen(f"{program.url}/metrics", timeout=10) as answer:
            return str(answer.read().decode())

    match = re.search(r"^hotline_live_calls (\S+)", await asyncio.to_thread(read), re.M)
    return int(float(match[1])) if match else 0


async def _until_live(program: Program, calls: int) -> None:
    async with asyncio.timeout(60):
        while await _live(program) != calls:  # noqa: ASYNC110 - it asks another process
            await asyncio.sleep(0.5)
