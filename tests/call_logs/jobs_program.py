"""A program for `test_jobs`: records, decodes, and dies in the middle when told to."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import aclosing
from pathlib import Path

from call_logs import Store
from call_logs.calls import NewCall
from call_logs.jobs import Jobs
from call_logs.recordings import (
    RecordingFiles,
    RecordingReader,
    Transcript,
    TranscriptData,
    TranscriptStatus,
)
from call_logs.storage import Keys

CALL = "c" * 32


async def main(home: Path, mode: str) -> None:
    store = await Store.open(
        f"sqlite:///{home}/hotline.db",
        keys=Keys.load(home / "key", environ={}),
        recordings=RecordingFiles(home / "recordings"),
        spool=home / "spool",
    )
    reviewed = asyncio.Event()

    async def transcribe(reader: RecordingReader) -> TranscriptData:
        print("decoding", flush=True)
        if mode == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        return TranscriptData("灯坏了", (), "zh-CN", "test", reader.duration_s)

    async def review(call_id: str, transcript: Transcript) -> None:
        print("reviewed", transcript.text, flush=True)
        reviewed.set()

    jobs = Jobs(store, transcribe=transcribe, on_transcribed=review)
    if mode == "resume":
        print("interrupted", (await store.recover()).calls, flush=True)
    await jobs.start()
    if mode == "kill":
        store.calls.begin(NewCall(id=CALL))
        recording = await store.recordings.create(CALL, 8000)
        recording.write(bytes(16000), bytes(16000))
        await recording.close()  # and the call has no end yet
        await asyncio.sleep(60)
    async with aclosing(store.changes.follow(since=0)) as feed:
        if not await done(store):
            async for _ in feed:
                if await done(store):
                    break
            await reviewed.wait()
    print("done", len(await store.transcripts.for_call(CALL)), flush=True)
    await jobs.close()
    await store.close()


async def done(store: Store) -> bool:
    transcripts = await store.transcripts.for_call(CALL)
    return bool(transcripts) and transcripts[0].status is TranscriptStatus.DONE


if __name__ == "__main__":
    asyncio.run(asyncio.wait_for(main(Path(sys.argv[1]), sys.argv[2]), 50))
