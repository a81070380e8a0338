"""Transcripts: what waits to be decoded, what was heard, what a person corrected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from call_logs.recordings.transcript import (
    Transcript,
    TranscriptData,
    TranscriptStatus,
    TranscriptWord,
)
from call_logs.storage.database import Database, changed, now_of
from call_logs.storage.errors import NotFound, VersionConflict
from call_logs.storage.readable import readable
from call_logs.tables.calls import CallRow
from call_logs.tables.recordings import TranscriptRow
from call_logs.users.actor import Actor
from call_logs.users.permissions import Permission


class Transcripts:
    """A row exists from the moment its recording is sealed (status pending)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, recording_id: str) -> Transcript:
        """Raises:
        NotFound: the recording has no transcript and none is queued.
        """
        async with self._database.reading() as session:
            return _transcript(await _row(session, recording_id))

    async def for_call(self, call_id: str) -> tuple[Transcript, ...]:
        async with self._database.reading() as session:
            query = select(TranscriptRow).where(TranscriptRow.call_id == call_id)
            return tuple(await readable(session, query, _transcript))

    async def pending(self, limit: int = 1000) -> tuple[Transcript, ...]:
        """Queued or waiting for a model, those that have waited longest first."""
        return await self._with_status(
            (TranscriptStatus.PENDING, TranscriptStatus.WAITING), limit, newest_first=False
        )

    async def queued(self, limit: int = 1000) -> tuple[Transcript, ...]:
        """To be decoded now, those that have waited longest first."""
        return await self._with_status((TranscriptStatus.PENDING,), limit, newest_first=False)

    async def waiting(self, limit: int = 1000) -> tuple[Transcript, ...]:
        """Without a model, those that have waited longest first."""
        return await self._with_status((TranscriptStatus.WAITING,), limit, newest_first=False)

    async def failed(self, limit: int = 100) -> tuple[Transcript, ...]:
        """Given up, with their reasons, newest first."""
        return await self._with_status((TranscriptStatus.FAILED,), limit, newest_first=True)

    async def counts(self) -> Mapping[TranscriptStatus, int]:
        async with self._database.reading() as session:
            rows = await session.execute(
                select(TranscriptRow.status, func.count()).group_by(TranscriptRow.status)
            )
            found = dict(rows.all())
        return {status: found.get(status, 0) for status in TranscriptStatus}

    async def queue(self, recording_id: str, actor: Actor) -> Transcript:
        """Ask for the transcript (again): a new attempt, whatever became of the last.

        Raises:
            NotAllowed: the actor has no right to what is said in calls.
            NotFound: its words were destroyed, or there never were any.
        """
        actor.check(Permission.LISTEN)
        async with self._database.session() as session:
            row = await _row_to_write(session, recording_id)
            row.status = TranscriptStatus.PENDING
            row.reason = ""
            row.attempts += 1
            _touch(session, row)
            return _transcript(row)

    async def wait(self, recording_id: str, reason: str) -> None:
        """No model yet: the work waits."""
        await self._set(recording_id, TranscriptStatus.WAITING, reason)

    async def fail(self, recording_id: str, reason: str) -> None:
        """Given up; `reason` is shown to people and must not hold words of the call."""
        await self._set(recording_id, TranscriptStatus.FAILED, reason)

    async def save(self, recording_id: str, data: TranscriptData) -> Transcript:
        """Keep what was heard. A correction made meanwhile stays the text that is shown."""
        async with self._database.session() as session:
            row = await _row_to_write(session, recording_id)
            row.status = TranscriptStatus.DONE
            row.reason = ""
            row.heard_text = data.text
            if not row.corrected_by:
                row.text = data.text
                row.words = [asdict(word) for word in data.words]
            row.language = data.language
            row.model = data.model
            row.duration_s = data.duration_s
            _touch(session, row)
            ticket_id = await session.scalar(
                select(CallRow.ticket_id).where(CallRow.id == row.call_id)
            )
            if ticket_id is not None:  # a call back: its ticket's page does not follow the call
                changed(session, "ticket", ticket_id)
            return _transcript(row)

    async def correct(
        self,
        recording_id: str,
        actor: Actor,
        *,
        text: str,
        words: Sequence[TranscriptWord] | None = None,
        version: int | None = None,
    ) -> Transcript:
        """A person's correction; what was heard is kept beside it.

        Raises:
            NotAllowed.
            VersionConflict: it was changed since `version` was read.
        """
        actor.check(Permission.LISTEN)
        async with self._database.session() as session:
            row = await _row_to_write(session, recording_id)
            if version is not None and version != row.version:
                raise VersionConflict(
                    "somebody else changed this transcript: look at it again",
                    expected=version,
                    actual=row.version,
                )
            row.text = text
            if words is not None:
                row.words = [asdict(word) for word in words]
            row.corrected_by = actor.name
            row.corrected_at = self._database.clock.now()
            _touch(session, row)
            return _transcript(row)

    async def _with_status(
        self, statuses: Sequence[TranscriptStatus], limit: int, *, newest_first: bool
    ) -> tuple[Transcript, ...]:
        order = TranscriptRow.updated_at
        async with self._database.reading() as session:
            query = (
                select(TranscriptRow)
                .where(TranscriptRow.status.in_(statuses))
                .order_by(order.desc() if newest_first else order)
                .limit(limit)
            )
            return tuple(await readable(session, query, _transcript))

    async def _set(self, recording_id: str, status: TranscriptStatus, reason: str) -> None:
        async with self._database.session() as session:
            call_id = await session.scalar(
                update(TranscriptRow)
                .where(
                    TranscriptRow.recording_id == recording_id,
                    TranscriptRow.status != TranscriptStatus.PURGED,
                )
                .values(status=status.value, reason=reason, updated_at=self._database.clock.now())
                .returning(TranscriptRow.call_id)
            )
            if call_id is None:
                raise NotFound(f"recording {recording_id} has no transcript")
            changed(session, "transcript", call_id)


async def _row(session: AsyncSession, recording_id: str) -> TranscriptRow:
    # FOR UPDATE where the database has it: two corrections at once must not both win.
    row = await session.get(TranscriptRow, recording_id, with_for_update=True)
    if row is None:
        raise NotFound(f"recording {recording_id} has no transcript")
    return row


async def _row_to_write(session: AsyncSession, recording_id: str) -> TranscriptRow:
    """Words that were destroyed never come back: whoever was at work on them comes too late."""
    row = await _row(session, recording_id)
    if row.status == TranscriptStatus.PURGED:
        raise NotFound("the transcript was destroyed because its keeping time is over")
    return row


def _touch(session: AsyncSession, row: TranscriptRow) -> None:
    row.updated_at = now_of(session)
    row.version += 1
    changed(session, "transcript", row.call_id)


def _words(rows: Sequence[Mapping[str, Any]]) -> tuple[TranscriptWord, ...]:
    return tuple(TranscriptWord(**row) for row in rows)


def _transcript(row: TranscriptRow) -> Transcript:
    return Transcript(
        recording_id=row.recording_id,
        call_id=row.call_id,
        status=TranscriptStatus(row.status),
        reason=row.reason,
        attempts=row.attempts,
        text=row.text,
        heard_text=row.heard_text,
        words=_words(row.words),
        language=row.language,
        model=row.model,
        duration_s=row.duration_s,
        corrected_by=row.corrected_by,
        corrected_at=row.corrected_at,
        updated_at=row.updated_at,
        version=row.version,
    )
