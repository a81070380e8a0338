"""What an engine must offer that hears a call while it goes on, and tells partial texts.

Vosk and sherpa-onnx do.

One that writes down what is over, and may take its time, is a `RecordingEngine`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Protocol

from asr.engine.models import ModelInfo

if TYPE_CHECKING:
    from asr.engine.capabilities import Capabilities
    from asr.engine.recogniser import Word


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
