"""A purge is ordered each night, once, and carried out whatever ends the program meanwhile."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from call_logs import Store
from call_logs.jobs import DestructionJobs, Jobs
from call_logs.privacy import DestructionKind
from call_logs.recordings import RecordingReader, TranscriptData
from tests.call_logs.conftest import OpenStore
from tests.turned_clock import TurnedClock

SHANGHAI = ZoneInfo("Asia/Shanghai")
EVENING = datetime(2026, 3, 1, 22, tzinfo=SHANGHAI).astimezone(UTC)


async def nothing(reader: RecordingReader) -> TranscriptData:
    raise AssertionError


async def purges(store: Store) -> int:
    return len(await store.destructions.latest(DestructionKind.PURGE))


async def test_a_purge_is_ordered_once_a_night_and_after_a_night_that_was_missed(
    open_sqlite_store: OpenStore,
) -> None:
    clock = TurnedClock(EVENING)
    store = await open_sqlite_store(clock=clock)
    jobs = DestructionJobs(Jobs(store, transcribe=nothing), store, SHANGHAI)

    async def at(hours: int) -> int:
        clock.set(EVENING + timedelta(hours=hours))
        await jobs.schedule()
        for each in await store.destructions.open():
            await store.destructions.end(each.id, {})
        return await purges(store)

    assert [await at(hours) for hours in (0, 4, 5, 6, 7, 12)] == [0, 0, 1, 1, 1, 1]
    assert [await at(hours) for hours in (28, 29)] == [1, 2]
    assert await at(29 + 30) == 2  # a night without the program: 07:00 of the next day but one
    assert await at(29 + 37) == 3


async def test_what_is_open_is_carried_out_and_its_job_is_forgotten_in_time(
    open_sqlite_store: OpenStore,
) -> None:
    store = await open_sqlite_store()
    jobs = Jobs(store, transcribe=nothing)
    destruction = DestructionJobs(jobs, store, SHANGHAI)
    await jobs.start()
    try:
        order = await store.destructions.begin_purge("hotline")
        assert (await store.destructions.begin_purge("li")).id == order.id
        await destruction.look()
        async with asyncio.timeout(30):
            while (await store.destructions.get(order.id)).ended_at is None:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
            tomorrow = datetime.now(UTC) + timedelta(days=1)
            while await jobs.workflows.forget(tomorrow) == 0:  # noqa: ASYNC110 - DBOS ends it
                await asyncio.sleep(0.05)
        assert await jobs.workflows.count("destruction-") == 0
    finally:
        await destruction.close()
        await jobs.close()


PROGRAM = "tests.call_logs.destruction_program"
ROOT = Path(__file__).parents[3]


@pytest.mark.timeout(180)
async def test_after_kill_9_in_the_middle_the_next_start_finishes(tmp_path: Path) -> None:
    async def run(mode: str) -> int:
        program = await asyncio.create_subprocess_exec(
            sys.executable, "-m", PROGRAM, tmp_path, mode, cwd=ROOT
        )
        return await program.wait()

    assert await run("kill") == -signal.SIGKILL
    assert [*(tmp_path / "recordings").rglob("*.hrec")] != []
    assert await run("resume") == 0
    assert [*(tmp_path / "recordings").rglob("*.hrec")] == []
    assert os.listdir(tmp_path)
