"""The speech engine: one model shared by threads, one recogniser per use.

Vosk (https://alphacephei.com/vosk) does the work. A model is expensive (10 MB to
several GB) and safe to share; a recogniser is cheap (about a millisecond),
belongs to one thread at a time and grows with what it has heard, so it is
thrown away now and then.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable
from functools import cached_property

import vosk

from asr.engine.capabilities import UNKNOWN, measure
from asr.engine.live_engine import Capabilities
from asr.engine.models import ModelInfo, check_model_folder
from asr.engine.spelling import spell
from asr.engine.word import SAMPLE_BYTES, Word
from asr.errors import EngineFailed, ModelBroken

vosk.SetLogLevel(-1)  # Kaldi writes every word it does not know to stderr


class Recogniser:
    """One stretch of listening. Not for two threads at once.

    Times count all audio accepted since it was made.
    """

    def __init__(self, model: SpeechModel, rate_hz: int, words: tuple[str, ...] | None) -> None:
        self.rate_hz = rate_hz
        self.accepted_samples = 0
        self._model = model  # Vosk's recogniser must not outlive its model
        engine = model.engine
        if words is None:
            self._engine = vosk.KaldiRecognizer(engine, rate_hz)
        else:
            self._engine = vosk.KaldiRecognizer(
                engine, rate_hz, json.dumps(words, ensure_ascii=False)
            )
        self._engine.SetWords(True)

    @property
    def accepted_s(self) -> float:
        return self.accepted_samples / self.rate_hz

    def accept(self, pcm: bytes) -> bool:
        """Decode a piece of audio (about 0.2 s); True when the engine heard an utterance end.

        Raises:
            EngineFailed: the engine reported an error.
        """
        self.accepted_samples += len(pcm) // SAMPLE_BYTES
        # Vosk's binding raises a bare Exception on failure; the C function tells more plainly.
        ended: int = vosk._c.vosk_recognizer_accept_waveform(self._engine._handle, pcm, len(pcm))
        if ended < 0:
            raise EngineFailed(f"the speech engine failed on {len(pcm)} bytes of audio")
        return bool(ended)

    def partial(self) -> str:
        """What is heard of the running utterance so far, words parted by blanks."""
        return _spoken(json.loads(self._engine.PartialResult())["partial"])

    def result(self) -> tuple[Word, ...]:
        """The utterance that `accept` said has ended."""
        return _words(self._engine.Result())

    def finish(self) -> tuple[Word, ...]:
        """End the running utterance now; more audio may follow as a new one."""
        return _words(self._engine.FinalResult())


class SpeechModel:
    """A loaded model, made by `asr.engine.loading`; every method is safe from any thread."""

    def __init__(self, info: ModelInfo) -> None:
        """Load the model (20 ms to a minute: call it on a thread).

        Raises:
            ModelBroken: the folder is no model, or its files are damaged.
        """
        check_model_folder(info.path)
        self.info = info
        # Vosk's own class raises a bare Exception and then fails again in its finaliser.
        handle = vosk._c.vosk_model_new(str(info.path).encode())
        if handle == vosk._ffi.NULL:
            raise ModelBroken(f"{info.path} cannot be loaded; install the model again")
        self.engine = vosk.Model.__new__(vosk.Model)
        self.engine._handle = handle
        self._probe_lock = threading.Lock()

    def knows(self, word: str) -> bool:
        """Is `word`, as one word, in the model's vocabulary?"""
        return bool(self.engine.vosk_model_find_word(word) >= 0)

    @cached_property
    def _capabilities(self) -> Capabilities:
        return measure(self)

    @property
    def capabilities(self) -> Capabilities:
        """What this model can do and costs here, measured once (up to some seconds)."""
        with self._probe_lock:
            return self._capabilities

    def recogniser(self, rate_hz: int, words: Iterable[str] | None = None) -> Recogniser:
        """A recogniser for PCM of `rate_hz`; with `words`, one that hears only those.

        Words and phrases the model cannot write are left out; `[unk]` is added where the
        model has it.
        """
        if words is None:
            return Recogniser(self, rate_hz, None)
        return Recogniser(self, rate_hz, self.word_list(words))

    def word_list(self, words: Iterable[str]) -> tuple[str, ...]:
        """`words` as the model spells them, without doubles and without what it cannot write."""
        spelt = (spell(word, self.knows, self.info.language) for word in words)
        chosen = dict.fromkeys(entry for entry in spelt if entry)
        if self.knows(UNKNOWN):
            chosen[UNKNOWN] = None
        return tuple(chosen)


def _spoken(text: str) -> str:
    return " ".join(word for word in text.split() if word != UNKNOWN)


def _words(result: str) -> tuple[Word, ...]:
    return tuple(
        Word(word["word"], word["start"], word["end"], min(word["conf"], 1.0))
        for word in json.loads(result).get("result", ())
        if word["word"] != UNKNOWN
    )
