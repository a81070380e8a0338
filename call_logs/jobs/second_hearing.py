"""Hearing finished recordings once more, by a better engine than the live one.

It is never in anybody's way: one recording at a time, after its first transcript, by an engine that
stands behind everything else on the machine. What was begun and broke off is begun again; the try
is counted first, so that a recording which ends the program is given up in the end.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from call_logs.recordings.reader import RecordingReader
from call_logs.recordings.second_hearings import SecondHearing, SecondHearingState
from call_logs.recordings.transcript import Transcript, TranscriptData
from call_logs.storage.checks import Severity
from call_logs.storage.errors import NotFound
from call_logs.storage.loops import Loop, one_by_one
from call_logs.store import Store

LOOK_S = 20.0


@dataclass(frozen=True)
class HeardAgain:
    """What the better engine heard, and how sure each of the two is, in its own measure."""

    data: TranscriptData = field(repr=False)
    confidence: float
    first_confidence: float
    won: bool


HearAgain = Callable[[RecordingReader, Transcript], Awaitable[HeardAgain]]
OnBetter = Callable[[str, Transcript], Awaitable[None]]


class SecondHearingLoop:
    """One per process."""

    def __init__(
        self,
        store: Store,
        hear: HearAgain,
        *,
        ready: Callable[[], bool],
        on_better: OnBetter,
        on_idle: Callable[[], Awaitable[None]],
    ) -> None:
        """`ready`: whether the engine is installed; nothing is heard until it is. `on_better` gets
        the call's id and its better transcript and may run twice; `on_idle`: nothing is due."""
        self._store = store
        self._hear = hear
        self._ready = ready
        self._on_better = on_better
        self._on_idle = on_idle
        self._loop = Loop(
            "second hearing",
            self.run_once,
            checks=store.checks,
            every_s=LOOK_S,
            hangs_after_s=None,  # an hour of speech takes its time
            severity=Severity.DEGRADED,
        )

    def start(self) -> None:
        self._loop.start()

    async def close(self) -> None:
        """What is being heard goes on at the next start. May be called twice."""
        await self._loop.close()
        await self._on_idle()

    async def run_once(self) -> None:
        """Hear what is due; returns when nothing is."""
        if not self._ready():
            return
        try:
            while due := await self._store.second_hearings.due(self._store.node):
                await one_by_one("recordings to hear again", due, self._see_to)
        finally:
            await self._on_idle()

    async def _see_to(self, recording_id: str) -> None:
        hearing = await self._store.second_hearings.begin(recording_id)
        if hearing.state is SecondHearingState.BEGUN:
            hearing = await self._heard(recording_id)
        if hearing.state is SecondHearingState.HEARD:
            transcript = await self._store.transcripts.get(recording_id)
            await self._on_better(transcript.call_id, transcript)
            await self._store.second_hearings.done(recording_id)

    async def _heard(self, recording_id: str) -> SecondHearing:
        hearings = self._store.second_hearings
        transcript = await self._store.transcripts.get(recording_id)
        try:
            reader = await self._store.recordings.open(recording_id)
        except NotFound:
            await hearings.fail(recording_id)
            raise
        try:
            heard = await self._hear(reader, transcript)
        finally:
            await asyncio.to_thread(reader.close)
        return await hearings.save(
            recording_id,
            heard.data,
            confidence=heard.confidence,
            first_confidence=heard.first_confidence,
            won=heard.won,
        )
