"""sherpa-onnx (https://k2-fsa.github.io/sherpa/onnx) as an engine for live calls.

It dictates: streaming transducers and paraformers have no word list. A model is shared by threads,
a recogniser belongs to one of them at a time.
"""

from __future__ import annotations

import importlib.util
import threading
from collections.abc import Iterable
from functools import cached_property
from typing import Any

import numpy as np
import soxr

from asr.engine.capabilities import measure
from asr.engine.live_engine import Capabilities
from asr.engine.models import ModelInfo
from asr.engine.sherpa_files import SherpaFiles, sherpa_files
from asr.engine.word import SAMPLE_BYTES, Word
from asr.errors import EngineFailed, ModelBroken

_FULL_SCALE = 32768.0
_MODEL_HZ = 16000
_TAIL_S = 0.6  # of silence behind an utterance: the encoder looks ahead as far
_TOKEN_S = 0.2  # how long a token lasts at most; the engine tells only when it began
_SPACE = "\u2581"  # SentencePiece's mark of a word's beginning
_CHINESE = "\u2e80"  # from here on a character is a word


def has_sherpa() -> bool:
    return importlib.util.find_spec("sherpa_onnx") is not None


class SherpaRecogniser:
    """One stretch of listening; times count all audio accepted since it was made."""

    def __init__(self, engine: Any, rate_hz: int) -> None:
        self.rate_hz = rate_hz
        self.accepted_samples = 0
        self._engine = engine
        self._stream = engine.create_stream()
        self._begun_samples = 0  # where the running utterance's stream began
        self._resampler = self._new_resampler()

    @property
    def accepted_s(self) -> float:
        return self.accepted_samples / self.rate_hz

    def accept(self, pcm: bytes) -> bool:
        """Decode a piece of audio; True when the engine heard an utterance end.

        Raises:
            EngineFailed: the engine reported an error.
        """
        self.accepted_samples += len(pcm) // SAMPLE_BYTES
        samples = np.frombuffer(pcm, "<i2").astype(np.float32) / _FULL_SCALE
        self._decode(self._resampled(samples, last=False))
        return bool(self._engine.is_endpoint(self._stream) and self._tokens())

    def partial(self) -> str:
        """What is heard of the running utterance so far, words parted by blanks."""
        return " ".join(word.text for word in self._words())

    def result(self) -> tuple[Word, ...]:
        """The utterance that `accept` said has ended."""
        return self._begin_anew()

    def finish(self) -> tuple[Word, ...]:
        """End the running utterance now; more audio may follow as a new one."""
        self._decode(self._resampled(np.zeros(int(_TAIL_S * self.rate_hz), np.float32), last=True))
        return self._begin_anew()

    def _new_resampler(self) -> soxr.ResampleStream | None:
        """The library's own one writes a line to the log for each stream."""
        if self.rate_hz == _MODEL_HZ:
            return None
        return soxr.ResampleStream(self.rate_hz, _MODEL_HZ, 1, dtype="float32")

    def _resampled(self, samples: Any, *, last: bool) -> Any:
        if self._resampler is None:
            return samples
        return self._resampler.resample_chunk(samples, last=last)

    def _decode(self, samples: Any) -> None:
        try:
            self._stream.accept_waveform(_MODEL_HZ, samples)
            while self._engine.is_ready(self._stream):
                self._engine.decode_stream(self._stream)
        except RuntimeError as error:
            raise EngineFailed(f"the speech engine failed on {len(samples)} samples") from error

    def _begin_anew(self) -> tuple[Word, ...]:
        """A new stream and not a reset one: an old one keeps counting the tail as time."""
        words = self._words()
        self._stream = self._engine.create_stream()
        self._begun_samples = self.accepted_samples
        self._resampler = self._new_resampler()
        return words

    def _tokens(self) -> list[str]:
        return list(self._engine.get_result_all(self._stream).tokens)

    def _words(self) -> tuple[Word, ...]:
        found = self._engine.get_result_all(self._stream)
        begun_s, end_s = self._begun_samples / self.rate_hz, self.accepted_s
        starts = [min(begun_s + start, end_s) for start in found.timestamps]
        words: list[Word] = []
        for index, (token, start_s) in enumerate(zip(found.tokens, starts, strict=True)):
            until_s = starts[index + 1] if index + 1 < len(starts) else end_s
            _append(words, token, start_s, min(until_s, start_s + _TOKEN_S))
        return tuple(words)


def _append(words: list[Word], token: str, start_s: float, end_s: float) -> None:
    """A token as a word of its own, or behind the last one, of which it is a piece."""
    text = token.lstrip(f"{_SPACE} ").lower()
    begins = token[:1] in (_SPACE, " ") or token[:1] >= _CHINESE
    if not text or text.startswith("<"):
        return
    if begins or not words:
        words.append(Word(text, start_s, end_s, 1.0))
    else:
        last = words[-1]
        words[-1] = Word(last.text + text, last.start_s, end_s, 1.0)


class SherpaModel:
    """A loaded model. Every method is safe from any thread."""

    def __init__(self, info: ModelInfo) -> None:
        """Load the model: call it on a thread.

        Raises:
            ModelBroken: sherpa-onnx is not installed, or the folder is no model of it.
        """
        files = sherpa_files(info.path)
        if not has_sherpa():
            raise ModelBroken(
                f"{info.path} is a model for sherpa-onnx, which is not installed; "
                "run pip install 'hotline[sherpa]'"
            )
        self.info = info
        try:
            self._engine = _load(files)
        except Exception as error:  # the binding raises whatever the C++ below threw
            raise ModelBroken(f"{info.path} cannot be loaded; install the model again") from error
        self._probe_lock = threading.Lock()

    def knows(self, word: str) -> bool:
        """No: there is no list of words to ask, only of pieces."""
        return False

    def word_list(self, words: Iterable[str]) -> tuple[str, ...]:
        """Nothing: it dictates."""
        return ()

    @cached_property
    def _capabilities(self) -> Capabilities:
        return measure(self)

    @property
    def capabilities(self) -> Capabilities:
        """What this model costs here, measured once."""
        with self._probe_lock:
            return self._capabilities

    def recogniser(self, rate_hz: int, words: Iterable[str] | None = None) -> SherpaRecogniser:
        """A recogniser for PCM of `rate_hz`; `words` cannot limit it."""
        return SherpaRecogniser(self._engine, rate_hz)


def _load(files: SherpaFiles) -> Any:
    import sherpa_onnx

    common = {
        "tokens": str(files.tokens),
        "encoder": str(files.encoder),
        "decoder": str(files.decoder),
        "num_threads": 1,  # calls share the machine by threads of ours
        "enable_endpoint_detection": True,
        "rule1_min_trailing_silence": 2.4,
        "rule2_min_trailing_silence": 0.8,
        "rule3_min_utterance_length": 20.0,
    }
    if files.joiner is None:
        return sherpa_onnx.OnlineRecognizer.from_paraformer(**common)
    return sherpa_onnx.OnlineRecognizer.from_transducer(**common, joiner=str(files.joiner))
