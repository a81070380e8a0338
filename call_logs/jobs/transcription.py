"""Durable transcription: what was begun goes on after a crash, a restart or an upgrade.

The store says what must be done (a transcript row with status pending); DBOS sees that it is
done once: the workflow's id is the recording's id with the number of the attempt. A row that
is pending has a workflow under way, or gets one, whatever became of the last.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

from dbos import DBOS, StepOptions

from call_logs.calls.call import CallEventKind
from call_logs.jobs.engine import APPLICATION_VERSION, Fate, QueueOf, Workflows, at_work
from call_logs.recordings.reader import RecordingReader
from call_logs.recordings.transcript import Transcript, TranscriptData, TranscriptStatus
from call_logs.storage.checks import Check, Severity
from call_logs.storage.errors import NoModel, NotFound, StoreError
from call_logs.storage.loops import Loop, one_by_one
from call_logs.store import Store
from call_logs.users.actor import HOTLINE

log = logging.getLogger(__name__)

QUEUE = "transcribe"
FOLLOW_UP_QUEUE = "follow-up"  # of `call_logs.jobs.follow_ups`
DESTRUCTION_QUEUE = "destruction"  # of `call_logs.jobs.destruction`
# Per worker: the queue is looked at twice a second, short messages take a tenth of one. What is
# taken ahead waits in memory as an id, not as sound.
TAKEN_AHEAD = 8
LOOK_S = 30.0  # how often the store is asked for work that no change told of
ATTEMPTS = 4
FIRST_PAUSE_S = 2.0
PAUSE_FACTOR = 4.0  # 2 s, 8 s, 32 s
RECOVERIES = 20  # a recording that ends the whole program so often is given up
REASON_LENGTH = 300

Transcribe = Callable[[RecordingReader], Awaitable[TranscriptData]]
OnTranscribed = Callable[[str, Transcript], Awaitable[None]]
T = TypeVar("T")


@dataclass(frozen=True)
class Backlog:
    """Transcripts by what they wait for."""

    pending: int
    waiting: int  # for a model
    failed: int


class Jobs:
    """One per process: DBOS has one instance a process."""

    def __init__(
        self,
        store: Store,
        *,
        transcribe: Transcribe,
        on_transcribed: OnTranscribed | None = None,
        database_url: str | None = None,
        workers: int = 1,
        application_version: str = APPLICATION_VERSION,
        first_pause_s: float = FIRST_PAUSE_S,
    ) -> None:
        """`transcribe` gets an open reader and may raise `NoModel` (the work waits) or
        anything else (tried again `ATTEMPTS` times, then failed with its reason).
        `on_transcribed` gets the call's id and the saved transcript; it may run twice.
        `database_url`: DBOS's own database (default: beside the store's). `workers`: how many
        recordings are decoded at once. `first_pause_s`: before the second attempt.
        """
        self._store = store
        self._transcribe = transcribe
        self._on_transcribed = on_transcribed
        self._free = asyncio.Semaphore(workers)
        self.workflows = Workflows(
            database_url or store.jobs_url,
            (
                QueueOf(QUEUE, workers * TAKEN_AHEAD),
                QueueOf(FOLLOW_UP_QUEUE),
                QueueOf(DESTRUCTION_QUEUE, 1),
            ),
            node=store.node,
            checks=store.checks,
            version=application_version,
        )
        self.first_pause_s = first_pause_s
        self._handed_over: set[str] = set()
        self._unregister: Callable[[], None] = lambda: None
        self._waiting_ones = Loop(
            "jobs: models", self._wake_waiting, checks=store.checks, every_s=math.inf
        )
        self._loops = (
            Loop(
                "jobs: changes",
                self._follow,
                checks=store.checks,
                every_s=LOOK_S,
                hangs_after_s=None,
                severity=Severity.DEGRADED,  # the work is looked for, too
            ),
            Loop("jobs: work", self._look, checks=store.checks, every_s=LOOK_S),
            self._waiting_ones,
        )

    async def start(self) -> None:
        """Resume what an earlier run began, and watch for new work."""
        _Running.jobs = self
        self._unregister = self._store.checks.register("durable jobs", self._check)
        await self.workflows.start()
        for loop in self._loops:
            loop.start()

    async def transcribe(self, call_id: str) -> None:
        """Hand over the recordings of a call that ended. Without it they are found, too, a
        little later; done or queued ones are left alone."""
        await self._store.calls.flush()
        for transcript in await self._store.transcripts.for_call(call_id):
            if transcript.status is TranscriptStatus.PENDING:
                await self._hand_over(transcript)

    async def retry(self, recording_id: str) -> None:
        """Ask again for a transcript that failed."""
        await self._hand_over(await self._store.transcripts.queue(recording_id, HOTLINE))

    async def models_changed(self) -> None:
        """A model was installed: what waits for one is tried again."""
        self._waiting_ones.wake()

    async def backlog(self) -> Backlog:
        counts = await self._store.transcripts.counts()
        return Backlog(
            pending=counts[TranscriptStatus.PENDING],
            waiting=counts[TranscriptStatus.WAITING],
            failed=counts[TranscriptStatus.FAILED],
        )

    async def stop(self) -> None:
        """Break off what is being done; it goes on at the next start. Before the telephones
        go away: see `Workflows.stop`."""
        await self._watch_no_longer()
        await self.workflows.stop()

    async def close(self) -> None:
        """Stop, for good. May be called twice."""
        await self._watch_no_longer()
        await self.workflows.close()
        self._unregister()
        _Running.jobs = None

    def _check(self) -> Check:
        if self.workflows.launched:
            return Check("durable jobs", True, "run")
        fact = "cannot be launched; it is tried again: see the log, the disk and the database"
        return Check("durable jobs", False, fact)

    async def _watch_no_longer(self) -> None:
        for loop in self._loops:
            await loop.close()

    # -- what the steps do, on the program's loop ------------------------------------

    async def decode(self, recording_id: str) -> str:
        """Transcribe one recording, when it is its turn, and save it; returns the transcript's
        status."""
        async with self._free:
            return await self._decode(recording_id)

    async def _decode(self, recording_id: str) -> str:
        transcript = await self._store.transcripts.get(recording_id)
        if transcript.status is TranscriptStatus.DONE:
            return TranscriptStatus.DONE
        try:
            reader = await self._store.recordings.open(recording_id)
        except NotFound as error:
            return await self.give_up(recording_id, str(error))
        try:
            data = await self._transcribe(reader)
        except NoModel as error:
            await self._store.transcripts.wait(recording_id, str(error))
            return TranscriptStatus.WAITING
        finally:
            await asyncio.to_thread(reader.close)
        await self._store.transcripts.save(recording_id, data)
        self._note(transcript.call_id, recording_id, TranscriptStatus.DONE)
        return TranscriptStatus.DONE

    async def review(self, recording_id: str) -> str:
        """Let the program draw place, category and class from the transcript."""
        if self._on_transcribed is not None:
            transcript = await self._store.transcripts.get(recording_id)
            await self._on_transcribed(transcript.call_id, transcript)
        return "reviewed"

    async def give_up(self, recording_id: str, reason: str) -> str:
        await self._store.transcripts.fail(recording_id, reason[:REASON_LENGTH])
        transcript = await self._store.transcripts.get(recording_id)
        self._note(transcript.call_id, recording_id, TranscriptStatus.FAILED)
        return TranscriptStatus.FAILED

    async def note_failed_review(self, recording_id: str, reason: str) -> str:
        transcript = await self._store.transcripts.get(recording_id)
        data = {"recording_id": recording_id, "problem": reason[:REASON_LENGTH]}
        self._store.calls.event(transcript.call_id, CallEventKind.ERROR, data)
        return "noted"

    # -- handing work over -------------------------------------------------------------

    async def _hand_over(self, transcript: Transcript) -> None:
        workflow_id = _workflow_id(transcript)
        if workflow_id not in self._handed_over:
            await self.workflows.begin(
                QUEUE, workflow_id, _transcribe_workflow, transcript.recording_id
            )
            self._handed_over.add(workflow_id)

    async def _follow(self) -> None:
        """New work, told of by the change feed: another process may have asked for it."""
        async for change in self._store.changes.follow():
            if change.topic == "transcript":
                for transcript in await self._store.transcripts.for_call(change.key):
                    if transcript.status is TranscriptStatus.PENDING:
                        await self._hand_over(transcript)

    async def _look(self) -> None:
        """Every transcript that is asked for has a workflow under way, or gets one."""
        queued = {_workflow_id(each): each for each in await self._store.transcripts.queued()}
        standings = (await self.workflows.standings(tuple(queued))).values()
        await one_by_one(
            "recordings to transcribe",
            standings,
            lambda standing: self._see_to(queued[standing.workflow_id], standing.fate),
        )
        self._handed_over &= queued.keys()  # finished ones are not kept in mind for ever

    async def _see_to(self, transcript: Transcript, fate: Fate) -> None:
        workflow_id = _workflow_id(transcript)
        match fate:
            case Fate.UNDER_WAY:
                return
            case Fate.ABSENT:
                self._handed_over.discard(workflow_id)
                await self._hand_over(transcript)
            case Fate.BROKEN_OFF:
                await self.workflows.resume(workflow_id)
            case Fate.GIVEN_UP:
                await self.give_up(transcript.recording_id, "it has ended the program too often")
            case Fate.OVER | Fate.STRANDED:
                # Its last step may have been taken since the rows were read.
                now = await self._store.transcripts.get(transcript.recording_id)
                if now.status is TranscriptStatus.PENDING and now.attempts == transcript.attempts:
                    await self.retry(transcript.recording_id)

    async def _wake_waiting(self) -> None:
        """At the start, for a model may have been installed while nothing ran, and whenever
        one is. One whose model is still missing waits again, with a later time, and must not
        be tried in a circle."""
        before = self._store.clock.now()
        while batch := [
            transcript
            for transcript in await self._store.transcripts.waiting()
            if transcript.updated_at < before
        ]:
            await one_by_one(
                "recordings that wait for a model",
                batch,
                lambda transcript: self.retry(transcript.recording_id),
            )

    def _note(self, call_id: str, recording_id: str, status: TranscriptStatus) -> None:
        data = {"recording_id": recording_id, "status": status.value}
        self._store.calls.event(call_id, CallEventKind.TRANSCRIPT, data)


class _Running:
    """The jobs of this process. Workflows are registered with DBOS by module, not by object."""

    jobs: Jobs | None = None

    @classmethod
    def get(cls) -> Jobs:
        if cls.jobs is None:
            raise StoreError("no jobs are running in this process")
        return cls.jobs


def _workflow_id(transcript: Transcript) -> str:
    return f"{QUEUE}-{transcript.recording_id}-{transcript.attempts}"


def _worth_another_try(error: BaseException) -> bool:
    return not isinstance(error, NotFound)


def _step(jobs: Jobs, name: str) -> StepOptions:
    return StepOptions(
        name=name,
        retries_allowed=True,
        max_attempts=ATTEMPTS,
        interval_seconds=jobs.first_pause_s,
        backoff_rate=PAUSE_FACTOR,
        should_retry=_worth_another_try,
    )


@DBOS.workflow(name="transcribe", max_recovery_attempts=RECOVERIES)
async def _transcribe_workflow(recording_id: str) -> str:
    with at_work():
        return await _transcribed(_Running.get(), recording_id)


async def _transcribed(jobs: Jobs, recording_id: str) -> str:
    async def run(name: str, work: Callable[[], Coroutine[Any, Any, str]]) -> str:
        async def kept() -> str:
            return str(await jobs.workflows.on_loop(work))  # plain: see `call_logs.jobs.older`

        return await DBOS.run_step_async(_step(jobs, name), kept)

    try:
        status = await run("decode", lambda: jobs.decode(recording_id))
    except Exception as error:
        reason = _reason(error)
        log.warning("a recording could not be transcribed", extra={"recording_id": recording_id})
        return await run("give up", lambda: jobs.give_up(recording_id, reason))
    if status == TranscriptStatus.DONE:
        try:
            await run("review", lambda: jobs.review(recording_id))
        except Exception as error:
            # The words are safe; only what is drawn from them is missing.
            log.exception("a transcript was not reviewed", extra={"recording_id": recording_id})
            reason = _reason(error)
            await run("note review", lambda: jobs.note_failed_review(recording_id, reason))
    return status


def _reason(error: Exception) -> str:
    """The last of the errors that the attempts met, in a line."""
    errors: list[Exception] = getattr(error, "errors", None) or [error]
    last = errors[-1]
    text = str(last) or type(last).__name__
    return text if isinstance(last, StoreError) else f"{type(last).__name__}: {text}"
