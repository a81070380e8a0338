"""A transcript: what the recogniser made of a recording, and its correction."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class TranscriptStatus(StrEnum):
    PENDING = "pending"  # queued or being decoded
    WAITING = "waiting"  # no model for the language is installed yet
    DONE = "done"
    FAILED = "failed"  # `reason` says why; it can be asked for again
    PURGED = "purged"  # its words were destroyed; the row says that there were some


@dataclass(frozen=True)
class TranscriptWord:
    """A word with its place in the recording (seconds from its start) and confidence 0..1."""

    text: str = field(repr=False)
    start_s: float
    end_s: float
    confidence: float


@dataclass(frozen=True)
class TranscriptData:
    """What a recogniser returns; the same shape as `asr.Transcript`."""

    text: str = field(repr=False)
    words: tuple[TranscriptWord, ...] = field(repr=False)
    language: str
    model: str
    duration_s: float


@dataclass(frozen=True)
class Transcript:
    """The transcript of one recording. `text` is the correction when there is one."""

    recording_id: str
    call_id: str
    status: TranscriptStatus
    reason: str  # why it waits or failed; "" otherwise
    attempts: int
    text: str = field(repr=False)
    heard_text: str = field(repr=False)  # what the recogniser wrote, whatever was corrected
    words: tuple[TranscriptWord, ...] = field(repr=False)
    language: str
    model: str
    duration_s: float
    corrected_by: str
    corrected_at: datetime | None
    updated_at: datetime
    version: int
