"""What speech to text can raise; every message is a fact and what to do about it."""

from __future__ import annotations


class SpeechError(Exception):
    """Root of the package's errors."""


class ModelNotFound(SpeechError):
    """No speech model where the configuration says there is one."""


class ModelBroken(SpeechError):
    """A folder is not a speech model, or the engine cannot load it."""


class DownloadFailed(SpeechError):
    """A model could not be fetched or what came is not whole."""


class TranscriptionCancelled(SpeechError):
    """`cancelled` said so while a recording was being transcribed."""


class EngineFailed(SpeechError):
    """The engine gave up on a piece of audio."""
