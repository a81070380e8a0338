"""A recording's words, with times."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from asr.audio.voice_activity import SpeechGate
from asr.engine.live_engine import LiveModel, LiveRecogniser
from asr.engine.word import SAMPLE_BYTES, Word
from asr.errors import TranscriptionCancelled
from asr.spoken.writing import written

# The engine takes steps of 0.2 s by itself. Gate and engine push each other out of the
# processor's caches: taking turns each second instead of each 0.2 s saves 6 % of all time.
PIECE_S = 1.0
RENEW_AFTER_S = 60.0  # a recogniser keeps features and lattices of what it heard


@dataclass(frozen=True)
class Transcript:
    """What was said; `text` reads like writing, `words` keep what was spoken.

    `text` of zh-CN has no blanks between words, a comma where the caller paused, and
    numbers as digits. Both are empty when nothing was said.
    """

    text: str
    words: tuple[Word, ...]
    language: str
    model: str
    duration_s: float
    confidence: float = 0.0  # 0..1, in the engine's own measure: not to be compared with another's


def transcribe(
    model: LiveModel,
    pcm: bytes,
    rate_hz: int,
    *,
    cancelled: Callable[[], bool] | None = None,
) -> Transcript:
    """Write down 16-bit mono PCM of `rate_hz` (8000 or 16000). Blocks: call it on a thread.

    Silence is not decoded, but times are those of the recording.

    Raises:
        TranscriptionCancelled: `cancelled()` became true; asked for each second of audio.
        EngineFailed: the engine reported an error.
    """
    scribe = _Scribe(model, rate_hz)
    piece_bytes = SAMPLE_BYTES * int(PIECE_S * rate_hz)
    for start in range(0, len(pcm), piece_bytes):
        if cancelled is not None and cancelled():
            raise TranscriptionCancelled("transcription was cancelled")
        scribe.push(pcm[start : start + piece_bytes])
    scribe.end()
    info = model.info
    words = tuple(word for stretch in scribe.stretches for word in stretch)
    return Transcript(
        text=written([[word.text for word in each] for each in scribe.stretches], info.language),
        words=words,
        language=info.language,
        model=info.name,
        duration_s=len(pcm) / SAMPLE_BYTES / rate_hz,
        confidence=_confidence(words),
    )


def _confidence(words: Sequence[Word]) -> float:
    """Of a word on average."""
    return round(sum(word.confidence for word in words) / len(words), 4) if words else 0.0


class _Scribe:
    """Decodes stretch by stretch; each stretch's words are moved to the recording's time."""

    def __init__(self, model: LiveModel, rate_hz: int) -> None:
        self.stretches: list[list[Word]] = []
        self._model = model
        self._rate_hz = rate_hz
        self._gate = SpeechGate(rate_hz)
        self._recogniser: LiveRecogniser | None = None
        self._offset_s = 0.0  # recording time minus recogniser time
        self._heard: list[Word] = []

    def push(self, pcm: bytes) -> None:
        for stretch in self._gate.push(pcm):
            recogniser = self._recogniser
            if recogniser is None:
                recogniser = self._recogniser = self._model.recogniser(self._rate_hz)
            self._offset_s = stretch.start_sample / self._rate_hz - recogniser.accepted_s
            if recogniser.accept(stretch.pcm):
                self._keep(recogniser.result())
                self._renew_when_old()
            if stretch.ended:
                self._finish()

    def end(self) -> None:
        if self._gate.end():
            self._finish()

    def _finish(self) -> None:
        if self._recogniser is not None:
            self._keep(self._recogniser.finish())
        if self._heard:
            self.stretches.append(self._heard)
        self._heard = []
        self._renew_when_old()

    def _keep(self, words: tuple[Word, ...]) -> None:
        self._heard += [
            replace(
                word,
                start_s=round(word.start_s + self._offset_s, 3),
                end_s=round(word.end_s + self._offset_s, 3),
            )
            for word in words
        ]

    def _renew_when_old(self) -> None:
        if self._recogniser is not None and self._recogniser.accepted_s > RENEW_AFTER_S:
            self._recogniser = None
