"""How recordings are written to, and read from, their table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from call_logs.recordings.files import LIVE
from call_logs.recordings.recording import Recording, RecordingStatus
from call_logs.recordings.transcript import TranscriptStatus
from call_logs.storage.database import changed, now_of
from call_logs.storage.errors import NotFound
from call_logs.storage.journal import Entry, Handler
from call_logs.tables.calls import CallRow
from call_logs.tables.recordings import RecordingRow, TranscriptRow


def recording_handlers() -> dict[str, Handler]:
    """How the journal writes recordings."""

    async def begin(session: AsyncSession, entries: Sequence[Entry]) -> Sequence[None]:
        for entry in entries:
            row = entry.payload
            if entry.again and await session.get(RecordingRow, row["id"]) is not None:
                continue
            await session.execute(
                insert(RecordingRow).values(
                    id=row["id"],
                    call_id=row["call_id"],
                    rate_hz=row["rate_hz"],
                    started_at=datetime.fromisoformat(row["started_at"]),
                    ended_at=None,
                    duration_s=0.0,
                    size_bytes=0,
                    status=RecordingStatus.RECORDING.value,
                    problem="",
                    location=LIVE,
                    node=row["node"],
                )
            )
            changed(session, "recording", row["call_id"])
        return [None] * len(entries)

    async def end(session: AsyncSession, entries: Sequence[Entry]) -> Sequence[None]:
        for entry in entries:
            await _seal_row(session, entry.payload)
        return [None] * len(entries)

    return {"recording.begin": begin, "recording.end": end}


async def _seal_row(session: AsyncSession, payload: Mapping[str, Any]) -> None:
    """The recording is sealed and its transcript is queued, in one transaction."""
    call = (
        await session.execute(
            select(RecordingRow.call_id, CallRow.language, RecordingRow.status)
            .join(CallRow, CallRow.id == RecordingRow.call_id)
            .where(RecordingRow.id == payload["id"])
        )
    ).first()
    if call is None:
        raise NotFound(f"there is no recording {payload['id']}")
    call_id, language, status = call
    if status == RecordingStatus.PURGED:
        return  # destroyed meanwhile: nothing of it comes back
    await session.execute(
        update(RecordingRow)
        .where(RecordingRow.id == payload["id"])
        .values(
            status=RecordingStatus.SEALED.value,
            ended_at=datetime.fromisoformat(payload["ended_at"]),
            duration_s=payload["duration_s"],
            size_bytes=payload["size_bytes"],
            problem=payload["problem"],
        )
    )
    changed(session, "recording", call_id)
    if payload["duration_s"] > 0 and await session.get(TranscriptRow, payload["id"]) is None:
        await session.execute(
            insert(TranscriptRow).values(
                recording_id=payload["id"],
                call_id=call_id,
                status=TranscriptStatus.PENDING.value,
                reason="",
                attempts=0,
                text="",
                heard_text="",
                words=[],
                language=language,
                model="",
                duration_s=0.0,
                corrected_by="",
                corrected_at=None,
                updated_at=now_of(session),
                version=1,
            )
        )
        changed(session, "transcript", call_id)


def recording_of(row: RecordingRow) -> Recording:
    return Recording(
        id=row.id,
        call_id=row.call_id,
        rate_hz=row.rate_hz,
        started_at=row.started_at,
        ended_at=row.ended_at,
        duration_s=row.duration_s,
        size_bytes=row.size_bytes,
        status=RecordingStatus(row.status),
        problem=row.problem,
        location=row.location,
    )
