"""What an engine must offer that writes down whole recordings: Whisper, and Vosk behind a gate."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from asr.engine.capabilities import sample_speech
from asr.engine.transcriber import Transcript


class RecordingEngine(Protocol):
    """Writes down whole recordings in each of its languages. Blocks: call it on a thread."""

    name: str
    languages: frozenset[str]

    def write_down(
        self,
        pcm: bytes,
        rate_hz: int,
        language: str,
        *,
        cancelled: Callable[[], bool] | None = None,
    ) -> Transcript:
        """Raises:
        TranscriptionCancelled: `cancelled()` became true.
        EngineFailed: the engine reported an error.
        """
        ...


SPEECH_S = 25.0  # of the sample, again and again: a window of Whisper's
_RATE_HZ = 8000


def measure_recording_engine(engine: RecordingEngine) -> tuple[float, float]:
    """Seconds of processor time per second of speech and of silence."""
    sample = sample_speech("en")
    length = int(SPEECH_S * _RATE_HZ) * 2
    speech = (sample * (length // len(sample) + 1))[:length]
    return _cost(engine, speech), _cost(engine, bytes(length))


def _cost(engine: RecordingEngine, pcm: bytes) -> float:
    started = time.process_time()
    engine.write_down(pcm, _RATE_HZ, "en")
    return (time.process_time() - started) / SPEECH_S
