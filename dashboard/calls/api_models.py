"""Calls, recordings and transcripts as programs see them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from call_logs.calls import CallEventKind
from call_logs.recordings import RecordingStatus, SecondHearingState, TranscriptStatus
from dashboard.web.api_models import In, Out
from dashboard.web.inputs import RowId


class CallOut(Out):
    id: str
    caller: str
    callee: str
    trunk: str
    direction: str
    language: str
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    end_reason: str | None
    duration_s: float | None
    ticket_id: int | None
    missed: bool
    waits: bool  # a missed call that nobody has seen to
    handled_by: str
    handled_at: datetime | None


class CallEventOut(Out):
    id: int
    kind: CallEventKind
    at: datetime
    data: dict[str, Any]


class LiveCallOut(Out):
    call_id: str
    direction: str
    caller: str
    trunk: str
    language: str
    since: datetime
    menu: str
    heard: str


class RecordingOut(Out):
    id: str
    call_id: str
    rate_hz: int
    started_at: datetime
    ended_at: datetime | None
    duration_s: float
    status: RecordingStatus
    problem: str


class WordOut(Out):
    text: str
    start_s: float
    end_s: float
    confidence: float


class TranscriptOut(Out):
    recording_id: str
    call_id: str
    status: TranscriptStatus
    reason: str
    text: str
    heard_text: str
    words: list[WordOut]
    language: str
    model: str
    duration_s: float
    corrected_by: str
    corrected_at: datetime | None
    version: int


class SecondHearingOut(Out):
    recording_id: str
    state: SecondHearingState
    text: str
    model: str
    confidence: float
    first_text: str
    first_model: str
    first_confidence: float
    won: bool


class CorrectionIn(In):
    text: str = Field(max_length=100_000)
    version: RowId


class PeaksOut(BaseModel):
    duration_s: float
    caller: list[float]
    hotline: list[float]
