"""Recordings and their transcripts."""

from call_logs.recordings.files import RecordingFiles, driver_problem
from call_logs.recordings.reader import RecordingReader
from call_logs.recordings.recording import Channel, Recording, RecordingStatus
from call_logs.recordings.second_hearings import SecondHearing, SecondHearingState
from call_logs.recordings.store import CallRecording
from call_logs.recordings.transcript import (
    Transcript,
    TranscriptData,
    TranscriptStatus,
    TranscriptWord,
)

__all__ = [
    "CallRecording",
    "Channel",
    "Recording",
    "RecordingFiles",
    "RecordingReader",
    "RecordingStatus",
    "SecondHearing",
    "SecondHearingState",
    "Transcript",
    "TranscriptData",
    "TranscriptStatus",
    "TranscriptWord",
    "driver_problem",
]
