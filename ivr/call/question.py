"""What a conversation asks, and the kinds of answers that come."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from asr.live import Heard

T = TypeVar("T")


@dataclass(frozen=True)
class Pressed:
    """One key, or those of one number when a keypad was asked for."""

    keys: str


@dataclass(frozen=True)
class Spoken(Generic[T]):
    """Words that the question could make sense of."""

    meaning: T
    heard: Heard


@dataclass(frozen=True)
class Said:
    """A finished sentence that the question had no meaning for."""

    heard: Heard


@dataclass(frozen=True)
class Silence:
    """Nothing within the limit."""


@dataclass(frozen=True)
class Keypad:
    """A number to be keyed: until `end`, `most` keys or a pause. `end` alone gives an
    empty string; `back` is an answer of its own, and so is `person` when nothing follows it."""

    pause_s: float
    most: int = 20
    end: str = "#"
    back: str = "*"
    person: str = "0"
    inside: str = ""  # a key that may stand between two numbers
    alone: str = ""  # a key that no such number begins with: an answer of its own, at once


@dataclass(frozen=True)
class Question(Generic[T]):
    """What `Conversation.ask` is asked to take for an answer."""

    understand: Callable[[str], T | None]
    is_whole: Callable[[T], bool]
    keypad: Keypad | None
    end: str
    speech: bool
    wait_s: float
