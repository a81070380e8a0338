"""A program for `test_destruction`: has recordings past their time, and dies among them."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from call_logs import Store
from call_logs.calls import NewCall
from call_logs.jobs import DestructionJobs, Jobs
from call_logs.recordings import RecordingFiles, RecordingReader, TranscriptData
from call_logs.storage import Keys
from tests.turned_clock import TurnedClock

BEGAN = datetime(2026, 3, 1, tzinfo=UTC)


async def transcribe(reader: RecordingReader) -> TranscriptData:
    return TranscriptData("灯坏了", (), "zh-CN", "test", reader.duration_s)


async def main(home: Path, mode: str) -> None:
    clock = TurnedClock(BEGAN)
    store = await Store.open(
        f"sqlite:///{home}/hotline.db",
        keys=Keys.load(home / "key", environ={}),
        recordings=RecordingFiles(home / "recordings"),
        spool=home / "spool",
        clock=clock,
    )
    if mode == "kill":
        for number in range(6):
            call = f"{number:032x}"
            store.calls.begin(NewCall(id=call))
            recording = await store.recordings.create(call, 8000)
            recording.write(bytes(16000), bytes(16000))
            await recording.close()
            store.calls.end(call, "remote")
        await store.calls.flush()
    clock.set(BEGAN + timedelta(days=500))
    order = await store.destructions.begin_purge("hotline")
    destroy, gone = store.recordings.destroy, 0

    async def counted(recording_id: str) -> None:
        nonlocal gone
        await destroy(recording_id)
        gone += 1
        if mode == "kill" and gone == 3:
            os.kill(os.getpid(), signal.SIGKILL)

    store.recordings.destroy = counted  # type: ignore[method-assign]
    jobs = Jobs(store, transcribe=transcribe)
    destruction = DestructionJobs(jobs, store, ZoneInfo("Asia/Shanghai"))
    await jobs.start()
    while (await store.destructions.get(order.id)).ended_at is None:
        await destruction.look()
        await asyncio.sleep(0.2)
    assert mode == "resume"
    assert gone == 3  # what was gone is not done again
    await jobs.close()
    await store.close()


asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
