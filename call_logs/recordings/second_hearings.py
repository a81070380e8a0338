"""Recordings that a better engine hears once more after the call; both texts are kept."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from call_logs.recordings.transcript import TranscriptData, TranscriptStatus
from call_logs.storage.database import Database, changed, now_of
from call_logs.storage.errors import NotFound
from call_logs.storage.readable import readable
from call_logs.tables.recordings import RecordingRow, SecondHearingRow, TranscriptRow

NOT_OLDER = timedelta(days=2)  # whoever switches it on does not have years heard again
TRIES = 3  # a recording that ends the engine, or the program, so often is left as it is
SOME = 200  # rows in one look


class SecondHearingState(StrEnum):
    BEGUN = "begun"  # is being heard, or broke off: tried again
    HEARD = "heard"  # both texts are there; what the better one tells is not drawn from it yet
    DONE = "done"
    FAILED = "failed"  # the first text stands alone


@dataclass(frozen=True)
class SecondHearing:
    """What two engines heard in one recording. `won`: the second text is the transcript."""

    recording_id: str
    state: SecondHearingState
    tries: int
    text: str = field(repr=False)
    model: str
    confidence: float
    first_text: str = field(repr=False)
    first_model: str
    first_confidence: float
    won: bool
    updated_at: datetime

    @property
    def complete(self) -> bool:
        """Whether both texts are there."""
        return self.state in (SecondHearingState.HEARD, SecondHearingState.DONE)

    @property
    def other_text(self) -> str:
        """The text that is not the transcript."""
        return self.first_text if self.won else self.text

    @property
    def other_model(self) -> str:
        return self.first_model if self.won else self.model


class SecondHearings:
    """A row exists from the moment that a second hearing is begun."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, recording_id: str) -> SecondHearing | None:
        async with self._database.reading() as session:
            row = await session.get(SecondHearingRow, recording_id)
            return _hearing(row) if row is not None else None

    async def for_call(self, call_id: str) -> tuple[SecondHearing, ...]:
        async with self._database.reading() as session:
            query = (
                select(SecondHearingRow)
                .join(RecordingRow, RecordingRow.id == SecondHearingRow.recording_id)
                .where(RecordingRow.call_id == call_id)
            )
            return tuple(await readable(session, query, _hearing))

    async def due(self, node: str) -> tuple[str, ...]:
        """Recordings of this node whose first transcript is there and that are to be heard once
        more, or whose better text is still to be read; the oldest first. What a person has
        corrected is not heard again."""
        since = self._database.clock.now() - NOT_OLDER
        async with self._database.reading() as session:
            rows = await session.execute(
                select(TranscriptRow.recording_id, SecondHearingRow.state)
                .join(RecordingRow, RecordingRow.id == TranscriptRow.recording_id)
                .outerjoin(
                    SecondHearingRow, SecondHearingRow.recording_id == TranscriptRow.recording_id
                )
                .where(
                    TranscriptRow.status == TranscriptStatus.DONE.value,
                    TranscriptRow.updated_at > since,
                    TranscriptRow.corrected_by == "",
                    RecordingRow.node == node,
                    SecondHearingRow.state.is_(None)
                    | SecondHearingRow.state.in_(
                        (SecondHearingState.BEGUN.value, SecondHearingState.HEARD.value)
                    ),
                )
                .order_by(TranscriptRow.updated_at)
                .limit(SOME)
            )
            return tuple(recording_id for recording_id, _ in rows)

    async def begin(self, recording_id: str) -> SecondHearing:
        """Count a try before it is made: one that ends the program has been counted. After
        `TRIES` of them it is given up."""
        async with self._database.session() as session:
            row = await session.get(SecondHearingRow, recording_id, with_for_update=True)
            if row is None:
                row = SecondHearingRow(
                    recording_id=recording_id,
                    state=SecondHearingState.BEGUN.value,
                    tries=0,
                    text="",
                    model="",
                    confidence=0.0,
                    first_text="",
                    first_model="",
                    first_confidence=0.0,
                    won=False,
                    updated_at=now_of(session),
                )
                session.add(row)
            if row.state == SecondHearingState.BEGUN.value:
                given_up = row.tries >= TRIES
                row.tries += 0 if given_up else 1
                if given_up:
                    row.state = SecondHearingState.FAILED.value
                row.updated_at = now_of(session)
            return _hearing(row)

    async def save(
        self,
        recording_id: str,
        data: TranscriptData,
        *,
        confidence: float,
        first_confidence: float,
        won: bool,
    ) -> SecondHearing:
        """Keep both texts; with `won` the second becomes the transcript, unless a person has
        corrected it meanwhile."""
        async with self._database.session() as session:
            row = await _row(session, recording_id)
            transcript = await session.get(TranscriptRow, recording_id, with_for_update=True)
            if transcript is None or transcript.status != TranscriptStatus.DONE:
                raise NotFound(f"recording {recording_id} has no transcript")
            row.text, row.model, row.confidence = data.text, data.model, confidence
            row.first_text, row.first_model = transcript.heard_text, transcript.model
            row.first_confidence = first_confidence
            row.won = won and not transcript.corrected_by
            row.state = (SecondHearingState.HEARD if row.won else SecondHearingState.DONE).value
            row.updated_at = now_of(session)
            if row.won:
                transcript.text = transcript.heard_text = data.text
                transcript.words = [asdict(word) for word in data.words]
                transcript.model = data.model
                transcript.version += 1
                transcript.updated_at = now_of(session)
            changed(session, "transcript", transcript.call_id)
            return _hearing(row)

    async def done(self, recording_id: str) -> None:
        """What the better text tells is in its ticket."""
        await self._move(recording_id, SecondHearingState.DONE)

    async def fail(self, recording_id: str) -> None:
        """The first text stands alone."""
        await self._move(recording_id, SecondHearingState.FAILED)

    async def _move(self, recording_id: str, state: SecondHearingState) -> None:
        async with self._database.session() as session:
            row = await _row(session, recording_id)
            row.state = state.value
            row.updated_at = now_of(session)


async def _row(session: AsyncSession, recording_id: str) -> SecondHearingRow:
    row = await session.get(SecondHearingRow, recording_id, with_for_update=True)
    if row is None:
        raise NotFound(f"recording {recording_id} has not been heard again")
    return row


def _hearing(row: SecondHearingRow) -> SecondHearing:
    return SecondHearing(
        recording_id=row.recording_id,
        state=SecondHearingState(row.state),
        tries=row.tries,
        text=row.text,
        model=row.model,
        confidence=row.confidence,
        first_text=row.first_text,
        first_model=row.first_model,
        first_confidence=row.first_confidence,
        won=row.won,
        updated_at=row.updated_at,
    )
