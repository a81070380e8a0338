"""A recording as the database knows it; its audio is in an encrypted file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

RATES_HZ = (8000, 16000)  # what a telephone speaks, narrowband and wideband


class RecordingStatus(StrEnum):
    RECORDING = "recording"
    SEALED = "sealed"  # the last chunk says that it is the last
    PURGED = "purged"  # the audio was destroyed


class Channel(StrEnum):
    CALLER = "caller"
    HOTLINE = "hotline"
    MIXED = "mixed"


@dataclass(frozen=True)
class Recording:
    id: str
    call_id: str
    rate_hz: int
    started_at: datetime
    ended_at: datetime | None
    duration_s: float
    size_bytes: int
    status: RecordingStatus
    problem: str  # "" or what went wrong while recording (full disk ...)
    location: str  # "live" or where the finished file is, relative to its store
