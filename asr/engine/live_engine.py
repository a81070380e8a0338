"""What an engine must offer that hears a call while it goes on, and tells partial texts: Vosk.

One that writes down what is over, and may take its time, is a `RecordingEngine`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from asr.engine.models import ModelInfo


class HeardWord(Protocol):
    """A word, parted from others by blanks."""

    @property
    def text(self) -> str: ...


class LiveRecogniser(Protocol):
    """One stretch of listening; for one thread at a time."""

    @property
    def accepted_s(self) -> float: ...
    def accept(self, pcm: bytes) -> bool: ...
    def partial(self) -> str: ...
    def result(self) -> Sequence[HeardWord]: ...
    def finish(self) -> Sequence[HeardWord]: ...


class LiveModel(Protocol):
    """A model that makes live recognisers; shared by threads."""

    info: ModelInfo

    def knows(self, word: str) -> bool: ...
    def word_list(self, words: Iterable[str]) -> Sequence[str]: ...
    def recogniser(self, rate_hz: int, words: Iterable[str] | None = None) -> LiveRecogniser: ...
