"""Listening to live calls: a few threads shared by all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from asr.recogniser import SpeechModel

if TYPE_CHECKING:
    from asr.lexicon import Hit


class LiveLexicon(Protocol):
    """What a listener needs of a lexicon."""

    @property
    def words(self) -> tuple[str, ...]:
        """Phrases and fillers for a recogniser that hears only a list."""
        ...

    def hits(self, text: str, *, at_s: float = 0.0) -> tuple[Hit, ...]: ...


@dataclass(frozen=True)
class Heard:
    """Live text: of the running utterance (`final` False) or of one that ended.

    Times are seconds since the listener was opened, by the audio fed.
    """

    text: str
    final: bool
    start_s: float
    end_s: float


class Listener:
    """One call's ear. All methods belong to the event loop."""

    def feed(self, pcm: bytes) -> None:
        """Take PCM as it comes, any length. Never blocks; when the engine cannot keep up
        the oldest audio is dropped and counted in `dropped_s`."""
        raise NotImplementedError

    @property
    def dropped_s(self) -> float:
        raise NotImplementedError

    def reset(self) -> None:
        """Forget the running utterance (the flow asks a new question)."""
        raise NotImplementedError

    async def close(self) -> None:
        """Stop listening; no callback comes afterwards. May be called twice."""
        raise NotImplementedError


class Listeners:
    """The threads that listen to all calls."""

    def __init__(self, *, threads: int) -> None:
        raise NotImplementedError

    def open(
        self,
        model: SpeechModel,
        lexicon: LiveLexicon | None,
        rate_hz: int,
        *,
        on_heard: Callable[[Heard], None],
        on_hits: Callable[[tuple[Hit, ...]], None],
    ) -> Listener:
        """Start listening to a call. Callbacks run on the event loop and must return at once."""
        raise NotImplementedError

    async def close(self) -> None:
        """Close every listener and end the threads. May be called twice."""
        raise NotImplementedError
