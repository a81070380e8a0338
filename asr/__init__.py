"""Speech to text: models, recogniser, live listeners, transcripts, and what they mean."""

from asr.errors import (
    DownloadFailed,
    EngineFailed,
    ModelBroken,
    ModelNotFound,
    SpeechError,
    TranscriptionCancelled,
)

__all__ = [
    "DownloadFailed",
    "EngineFailed",
    "ModelBroken",
    "ModelNotFound",
    "SpeechError",
    "TranscriptionCancelled",
]
