"""What an engine must offer that hears a call while it goes on, and tells partial texts.

Vosk and sherpa-onnx do.

One that writes down what is over, and may take its time, is a `RecordingEngine`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from asr.engine.models import ModelInfo
from asr.engine.word import Word


class LiveEngine(StrEnum):
    """How a model listens to live calls."""

    DICTATION = "dictation"  # free speech with partial results: hears everything, expensive
    WORD_LIST = "word_list"  # only the lexicon's words: cheap, its hits are suspicions


@dataclass(frozen=True)
class Capabilities:
    """`*_rtf` are seconds of one core per second of audio at 8 kHz."""

    supports_word_list: bool  # a recogniser with a word list really hears nothing else
    has_unknown: bool  # `[unk]` soaks up other speech
    speech_rtf: float
    silence_rtf: float
    word_list_rtf: float  # 0.0 without support
    live_engine: LiveEngine


class LiveRecogniser(Protocol):
    """One stretch of listening; for one thread at a time."""

    @property
    def accepted_s(self) -> float: ...
    def accept(self, pcm: bytes) -> bool: ...
    def partial(self) -> str: ...
    def result(self) -> tuple[Word, ...]: ...
    def finish(self) -> tuple[Word, ...]: ...


class LiveModel(Protocol):
    """A model that makes live recognisers; shared by threads."""

    info: ModelInfo

    @property
    def capabilities(self) -> Capabilities: ...
    def knows(self, word: str) -> bool: ...
    def word_list(self, words: Iterable[str]) -> tuple[str, ...]: ...
    def recogniser(self, rate_hz: int, words: Iterable[str] | None = None) -> LiveRecogniser: ...
