"""Whisper writes down whole recordings, in every language that we speak.

It hears better than a small live model and takes longer, so it hears a call once more after its
end. faster-whisper runs it (extra `whisper`), as CTranslate2 in 8 bits, on one core.

It is given speech alone, put together to windows of up to half a minute: it looks at thirty
seconds in any case, so that ten answers of three seconds cost as much as one. Where it hears
nothing it invents sentences; the gate before it and the thresholds of its own behind it keep
those out.
"""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import soxr
from numpy.typing import NDArray

from asr.audio.voice_activity import SpeechGate
from asr.engine.transcriber import Transcript
from asr.engine.word import SAMPLE_BYTES, Word
from asr.errors import EngineFailed, ModelBroken, ModelNotFound, TranscriptionCancelled
from asr.spoken.writing import written

LANGUAGES = {"zh-CN": "zh", "en": "en", "ko": "ko"}  # ours -> Whisper's
FILES = ("config.json", "model.bin", "tokenizer.json", "vocabulary.txt")

RATE_HZ = 16000
WINDOW_S = 28.0  # of the thirty that it looks at
BETWEEN_S = 0.5  # silence between two stretches of speech in one window
TOKENS_PER_S = 16  # nobody says as much: a model that repeats itself is stopped
MOST_REPETITION = 2.4  # compression ratio of a text; more is a loop
LEAST_LOG_PROBABILITY = -1.0  # on average; less was not understood
TEMPERATURES = (0.0, 0.2, 0.4)  # tried one after another while a text is refused
# Without it a model writes traditional characters now and then. It is also what the model
# writes when it hears nothing at all.
_OPENING = {"zh-CN": "以下是普通话的句子。"}
_PUNCTUATION = ' ，。？！、；：,.?!;:"“”…'

Samples = NDArray[np.float32]


@dataclass(frozen=True)
class _Stretch:
    """Speech, with its place in the recording."""

    start_s: float
    sound: Samples


@dataclass
class _Window:
    """Stretches of speech one after another; `starts`: where each begins in it."""

    stretches: list[_Stretch] = field(default_factory=list)
    starts: list[float] = field(default_factory=list)
    length_s: float = 0.0

    def takes(self, stretch: _Stretch) -> bool:
        return not self.stretches or self.length_s + stretch.sound.size / RATE_HZ <= WINDOW_S

    def add(self, stretch: _Stretch) -> None:
        self.stretches.append(stretch)
        self.starts.append(self.length_s)
        self.length_s += stretch.sound.size / RATE_HZ + BETWEEN_S

    @property
    def sound(self) -> Samples:
        between = np.zeros(int(BETWEEN_S * RATE_HZ), np.float32)
        return np.concatenate([each for one in self.stretches for each in (one.sound, between)])

    def index(self, at_s: float) -> int:
        """Which stretch a moment of the window belongs to."""
        return max(int(np.searchsorted(self.starts, at_s, side="right")) - 1, 0)

    def time(self, index: int, at_s: float) -> float:
        """A moment of the window in the recording's time, inside the stretch."""
        stretch = self.stretches[index]
        inside_s = min(max(at_s - self.starts[index], 0.0), stretch.sound.size / RATE_HZ)
        return stretch.start_s + inside_s


class Whisper:
    """A loaded model; for one thread at a time."""

    languages = frozenset(LANGUAGES)

    def __init__(self, folder: Path, *, threads: int = 1) -> None:
        """Load it (a second or two, 400 MB for `base`).

        Raises:
            ModelNotFound: faster-whisper is not installed.
            ModelBroken: the folder holds no such model.
        """
        check_whisper_folder(folder)
        try:
            from faster_whisper import WhisperModel
        except ImportError as error:
            raise ModelNotFound(
                "faster-whisper is not installed: pip install 'hotline[whisper]'"
            ) from error
        self.name = folder.name
        try:
            self._model: Any = WhisperModel(
                str(folder), device="cpu", compute_type="int8", cpu_threads=threads
            )
        except (RuntimeError, ValueError, OSError) as error:
            raise ModelBroken(f"{folder} cannot be loaded; install the model again") from error

    def write_down(
        self,
        pcm: bytes,
        rate_hz: int,
        language: str,
        *,
        cancelled: Callable[[], bool] | None = None,
    ) -> Transcript:
        """Write down 16-bit mono PCM; see `RecordingEngine`. `Transcript.confidence` is the
        model's own probability of a token, the mean over all that was written."""
        stretches: list[list[Word]] = []
        scores: list[tuple[float, float]] = []  # log probability, seconds
        for window in _windows(pcm, rate_hz):
            if cancelled is not None and cancelled():
                raise TranscriptionCancelled("transcription was cancelled")
            heard: list[list[Word]] = [[] for _ in window.stretches]
            for segment in self._segments(window, language):
                scores.append((segment.avg_logprob, max(segment.end - segment.start, 0.1)))
                for word in _words(segment):
                    index = window.index((word.start_s + word.end_s) / 2)
                    start_s, end_s = (
                        round(window.time(index, at_s), 3) for at_s in (word.start_s, word.end_s)
                    )
                    heard[index].append(replace(word, start_s=start_s, end_s=end_s))
            stretches += filter(None, heard)
        return Transcript(
            text=written([[word.text for word in words] for words in stretches], language),
            words=tuple(word for words in stretches for word in words),
            language=language,
            model=self.name,
            duration_s=len(pcm) / SAMPLE_BYTES / rate_hz,
            confidence=_confidence(scores),
        )

    def _segments(self, window: _Window, language: str) -> Iterator[Any]:
        """What the model wrote, without what it only made up."""
        opening = _OPENING.get(language)
        try:
            segments, _ = self._model.transcribe(
                window.sound,
                language=LANGUAGES[language],
                beam_size=1,
                temperature=TEMPERATURES,
                compression_ratio_threshold=MOST_REPETITION,
                log_prob_threshold=LEAST_LOG_PROBABILITY,
                condition_on_previous_text=False,
                initial_prompt=opening,
                max_new_tokens=round(10 + TOKENS_PER_S * window.length_s),
                word_timestamps=True,
            )
            for segment in segments:
                if (
                    segment.compression_ratio <= MOST_REPETITION
                    and segment.avg_logprob >= LEAST_LOG_PROBABILITY
                    and (opening is None or opening[:-1] not in segment.text)
                ):
                    yield segment
        except (RuntimeError, ValueError) as error:
            raise EngineFailed(f"Whisper failed on {window.length_s:.0f} s of audio") from error


def has_whisper() -> bool:
    """Whether the extra `whisper` is installed; nothing is imported for it."""
    return importlib.util.find_spec("faster_whisper") is not None


def check_whisper_folder(folder: Path) -> None:
    """Raise `ModelBroken` unless `folder` holds the files that CTranslate2 needs."""
    missing = [name for name in FILES if not (folder / name).is_file()]
    if missing:
        raise ModelBroken(
            f"{folder} has no {', '.join(missing)}; run `hotline models install {folder.name}`"
        )


def _windows(pcm: bytes, rate_hz: int) -> Iterator[_Window]:
    window = _Window()
    for stretch in _speech(pcm, rate_hz):
        if not window.takes(stretch):
            yield window
            window = _Window()
        window.add(stretch)
    if window.stretches:
        yield window


def _speech(pcm: bytes, rate_hz: int) -> Iterator[_Stretch]:
    """The stretches of speech, none longer than a window."""
    gate = SpeechGate(rate_hz)
    start, pieces = 0, bytearray()
    longest = int(WINDOW_S * rate_hz) * SAMPLE_BYTES
    step = rate_hz * SAMPLE_BYTES
    for at in range(0, len(pcm), step):
        for piece in gate.push(pcm[at : at + step]):
            if not pieces:
                start = piece.start_sample
            pieces += piece.pcm
            while len(pieces) > longest:
                yield _stretch(start, bytes(pieces[:longest]), rate_hz)
                start += longest // SAMPLE_BYTES
                del pieces[:longest]
            if piece.ended and pieces:
                yield _stretch(start, bytes(pieces), rate_hz)
                pieces.clear()
    if pieces:
        yield _stretch(start, bytes(pieces), rate_hz)


def _stretch(start: int, pcm: bytes, rate_hz: int) -> _Stretch:
    sound = np.frombuffer(pcm, "<i2").astype(np.float32) / 32768
    return _Stretch(start / rate_hz, soxr.resample(sound, rate_hz, RATE_HZ).astype(np.float32))


def _words(segment: Any) -> Iterator[Word]:
    """Its words without blanks and punctuation (pauses are told by their times), a figure of
    several tokens as one."""
    last: Word | None = None
    for token in segment.words or ():
        text = token.word.strip(_PUNCTUATION)
        word = Word(text, token.start, token.end, round(min(float(token.probability), 1.0), 3))
        if last is not None and _goes_on(last.text, token.word):
            sure = min(last.confidence, word.confidence)
            last = Word(last.text + text, last.start_s, word.end_s, sure)
            continue
        if last is not None and last.text:
            yield last
        last = word
    if last is not None and last.text:
        yield last


def _goes_on(before: str, token: str) -> bool:
    """15 and 02 are 1502."""
    return before[-1:].isascii() and before[-1:].isdigit() and token[:1].isdigit()


def _confidence(scores: list[tuple[float, float]]) -> float:
    seconds = sum(length for _, length in scores)
    if not seconds:
        return 0.0
    return round(math.exp(sum(score * length for score, length in scores) / seconds), 4)
