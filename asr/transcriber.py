"""A recording's words, with times."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from asr.recogniser import SpeechModel, Word


@dataclass(frozen=True)
class Transcript:
    """What was said; `text` reads like writing, `words` keep what was spoken.

    `text` of zh-CN has no blanks between words and numbers as digits.
    """

    text: str
    words: tuple[Word, ...]
    language: str
    model: str
    duration_s: float


def transcribe(
    model: SpeechModel,
    pcm: bytes,
    rate_hz: int,
    *,
    cancelled: Callable[[], bool] | None = None,
) -> Transcript:
    """Write down 16-bit mono PCM of `rate_hz` (8000 or 16000). Blocks: call it on a thread.

    Raises:
        TranscriptionCancelled: `cancelled()` became true.
    """
    raise NotImplementedError
