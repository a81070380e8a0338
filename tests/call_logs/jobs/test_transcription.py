from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, aclosing
from pathlib import Path
from typing import Any

import pytest

from call_logs import Store
from call_logs.calls import CallEventKind
from call_logs.jobs import Jobs
from call_logs.recordings import (
    RecordingReader,
    Transcript,
    TranscriptData,
    TranscriptStatus,
    TranscriptWord,
)
from call_logs.storage import NoModel
from tests.call_logs.recordings.test_store import recorded

PAUSE_S = 0.01
LIMIT_S = 30


class Recogniser:
    """Says how long the recording is; fails, waits or has no model when told to."""

    def __init__(self) -> None:
        self.failures = 0
        self.has_model = True
        self.calls = 0
        self.at_once = 0
        self.most_at_once = 0
        self.go_on = asyncio.Event()
        self.go_on.set()
        self.began = asyncio.Event()

    async def __call__(self, reader: RecordingReader) -> TranscriptData:
        self.calls += 1
        if not self.has_model:
            raise NoModel("no speech model for zh-CN: install one")
        if self.failures:
            self.failures -= 1
            raise RuntimeError("the engine broke")
        self.at_once += 1
        self.most_at_once = max(self.at_once, self.most_at_once)
        self.began.set()
        try:
            await self.go_on.wait()
        finally:
            self.at_once -= 1
        words = (TranscriptWord("灯", 0.0, 0.5, 0.9),)
        return TranscriptData("灯坏了", words, "zh-CN", "test", reader.duration_s)


class Reviewer:
    def __init__(self) -> None:
        self.seen: list[tuple[str, str]] = []
        self.failures = 0

    async def __call__(self, call_id: str, transcript: Transcript) -> None:
        if self.failures:
            self.failures -= 1
            raise RuntimeError("the lexicon broke")
        self.seen.append((call_id, transcript.text))


StartJobs = Callable[..., Any]


@pytest.fixture
async def recogniser() -> Recogniser:
    return Recogniser()


@pytest.fixture
async def reviewer() -> Reviewer:
    return Reviewer()


@pytest.fixture
async def start_jobs(
    store: Store, recogniser: Recogniser, reviewer: Reviewer
) -> AsyncIterator[StartJobs]:
    async with AsyncExitStack() as stack:

        async def start(**options: Any) -> Jobs:
            jobs = Jobs(
                store,
                transcribe=recogniser,
                on_transcribed=reviewer,
                first_pause_s=PAUSE_S,
                **options,
            )
            await jobs.start()
            stack.push_async_callback(jobs.close)
            return jobs

        yield start


async def until(store: Store, call_id: str, status: TranscriptStatus) -> Transcript:
    """The transcript of a call as soon as it has the status."""
    async with asyncio.timeout(LIMIT_S), aclosing(store.changes.follow(since=0)) as feed:
        async for _ in feed:
            for transcript in await store.transcripts.for_call(call_id):
                if transcript.status is status:
                    return transcript
    raise AssertionError("the feed ended")


async def until_event(store: Store, call_id: str, kind: CallEventKind) -> dict[str, Any]:
    async with asyncio.timeout(LIMIT_S), aclosing(store.changes.follow(since=0)) as feed:
        async for _ in feed:
            for event in await store.calls.events(call_id):
                if event.kind is kind:
                    return dict(event.data)
    raise AssertionError("the feed ended")


async def until_reviewed(reviewer: Reviewer, count: int = 1) -> None:
    async with asyncio.timeout(LIMIT_S):
        while len(reviewer.seen) < count:  # noqa: ASYNC110  (another loop does the work)
            await asyncio.sleep(0.02)


async def test_a_sealed_recording_becomes_a_transcript_and_is_reviewed(
    store: Store, start_jobs: StartJobs, reviewer: Reviewer
) -> None:
    jobs = await start_jobs()
    recording = await recorded(store, 1.5)
    await jobs.transcribe(recording.call_id)
    transcript = await until(store, recording.call_id, TranscriptStatus.DONE)
    assert (transcript.text, transcript.duration_s) == ("灯坏了", 1.5)
    await until_reviewed(reviewer)
    assert reviewer.seen == [(recording.call_id, "灯坏了")]
    data = await until_event(store, recording.call_id, CallEventKind.TRANSCRIPT)
    assert data["status"] == "done"


async def test_asking_many_times_transcribes_once(
    store: Store, start_jobs: StartJobs, recogniser: Recogniser, reviewer: Reviewer
) -> None:
    recording = await recorded(store)
    jobs = await start_jobs()
    await asyncio.gather(*(jobs.transcribe(recording.call_id) for _ in range(5)))
    await until(store, recording.call_id, TranscriptStatus.DONE)
    await jobs.transcribe(recording.call_id)
    await until_reviewed(reviewer)
    assert recogniser.calls == 1


async def test_a_passing_failure_is_tried_again(
    store: Store, start_jobs: StartJobs, recogniser: Recogniser
) -> None:
    recogniser.failures = 2
    await start_jobs()
    recording = await recorded(store)
    await until(store, recording.call_id, TranscriptStatus.DONE)
    assert recogniser.calls == 3


async def test_a_lasting_failure_is_shown_with_its_reason_and_can_be_asked_for_again(
    store: Store, start_jobs: StartJobs, recogniser: Recogniser
) -> None:
    recogniser.failures = 1000
    jobs = await start_jobs()
    recording = await recorded(store)
    failed = await until(store, recording.call_id, TranscriptStatus.FAILED)
    assert failed.reason == "RuntimeError: the engine broke"
    assert (await jobs.backlog()).failed == 1
    recogniser.failures = 0
    await jobs.retry(recording.id)
    await until(store, recording.call_id, TranscriptStatus.DONE)


async def test_without_a_model_the_work_waits_and_goes_on_when_one_comes(
    store: Store, start_jobs: StartJobs, recogniser: Recogniser
) -> None:
    recogniser.has_model = False
    jobs = await start_jobs()
    recording = await recorded(store)
    waiting = await until(store, recording.call_id, TranscriptStatus.WAITING)
    assert "install one" in waiting.reason
    assert recogniser.calls == 1  # no retries burned on what cannot work
    recogniser.has_model = True
    await jobs.models_changed()
    await until(store, recording.call_id, TranscriptStatus.DONE)


async def test_a_failed_review_keeps_the_words(
    store: Store, start_jobs: StartJobs, reviewer: Reviewer
) -> None:
    reviewer.failures = 1000
    await start_jobs()
    recording = await recorded(store)
    data = await until_event(store, recording.call_id, CallEventKind.ERROR)
    assert "the lexicon broke" in data["problem"]
    (transcript,) = await store.transcripts.for_call(recording.call_id)
    assert transcript.status is TranscriptStatus.DONE


async def test_not_more_are_decoded_at_once_than_allowed(
    store: Store, start_jobs: StartJobs, recogniser: Recogniser, reviewer: Reviewer
) -> None:
    recogniser.go_on.clear()
    await start_jobs(workers=2)
    for _ in range(5):
        await recorded(store)
    async with asyncio.timeout(LIMIT_S):
        while recogniser.at_once < 2:  # noqa: ASYNC110  (another loop does the work)
            await asyncio.sleep(0.02)
    recogniser.go_on.set()
    await until_reviewed(reviewer, 5)
    assert recogniser.most_at_once == 2


async def test_work_broken_off_by_a_stop_goes_on_at_the_next_start(
    store: Store, start_jobs: StartJobs, recogniser: Recogniser, reviewer: Reviewer
) -> None:
    recogniser.go_on.clear()
    jobs = await start_jobs()
    recording = await recorded(store)
    await asyncio.wait_for(recogniser.began.wait(), LIMIT_S)
    await jobs.close()
    assert recogniser.at_once == 0
    assert (await jobs.backlog()).pending == 1
    recogniser.go_on.set()
    await start_jobs()
    await until(store, recording.call_id, TranscriptStatus.DONE)
    await until_reviewed(reviewer)
    assert len(reviewer.seen) == 1


async def test_nothing_confidential_goes_into_the_jobs_database(
    sqlite_store: Store, recogniser: Recogniser, reviewer: Reviewer, tmp_path: Path
) -> None:
    jobs = Jobs(sqlite_store, transcribe=recogniser, on_transcribed=reviewer)
    await jobs.start()
    recording = await recorded(sqlite_store)
    await until(sqlite_store, recording.call_id, TranscriptStatus.DONE)
    await until_reviewed(reviewer)
    await jobs.close()
    stored = b"".join(file.read_bytes() for file in tmp_path.glob("hotline-jobs.db*"))
    assert recording.id.encode() in stored
    assert "灯".encode() not in stored
    assert rb"\u706f" not in stored


async def test_no_thread_stays_behind(sqlite_store: Store, recogniser: Recogniser) -> None:
    async def once() -> None:
        jobs = Jobs(sqlite_store, transcribe=recogniser)
        await jobs.start()
        recording = await recorded(sqlite_store)
        await until(sqlite_store, recording.call_id, TranscriptStatus.DONE)
        await jobs.close()

    def threads() -> int:
        """Without those of the default executor and of the database's pool, which may grow."""
        pools = ("asyncio_", "(_connection_worker_thread)")
        return sum(
            not any(pool in thread.name for pool in pools) for thread in threading.enumerate()
        )

    await once()
    before = threads()
    await once()
    await once()
    assert threads() <= before


def test_after_a_kill_in_the_middle_the_transcript_comes_once(tmp_path: Path) -> None:
    program = Path(__file__).parents[1] / "jobs_program.py"

    def run(mode: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, str(program), str(tmp_path), mode],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    killed = run("kill")
    assert killed.returncode == -9, killed.stderr
    assert killed.stdout.splitlines() == ["decoding"]
    resumed = run("resume")
    assert resumed.returncode == 0, resumed.stderr
    assert resumed.stdout.splitlines() == ["interrupted 1", "decoding", "reviewed 灯坏了", "done 1"]
    again = run("resume")
    assert again.stdout.splitlines() == ["interrupted 0", "done 1"]


async def test_jobs_that_cannot_be_launched_do_so_later_and_health_names_them(
    sqlite_store: Store, recogniser: Recogniser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("call_logs.jobs.engine.LAUNCH_AGAIN_S", 0.05)
    jobs = Jobs(sqlite_store, transcribe=recogniser)
    launch = jobs.workflows._launch
    failures = iter([RuntimeError("no such driver"), PermissionError(), ValueError()])

    def stubborn() -> None:
        for failure in failures:
            raise failure
        launch()

    monkeypatch.setattr(jobs.workflows, "_launch", stubborn)
    await jobs.start()  # and the telephone is answered
    assert not jobs.workflows.launched
    names = {check.name for check in (await sqlite_store.health()).checks}
    assert "loop launch of durable jobs" in names
    async with asyncio.timeout(LIMIT_S):
        while not jobs.workflows.launched:  # noqa: ASYNC110  (nothing tells of it)
            await asyncio.sleep(0.01)
    recording = await recorded(sqlite_store)
    await until(sqlite_store, recording.call_id, TranscriptStatus.DONE)
    await jobs.close()
