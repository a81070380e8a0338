"""Sentences put together from recorded parts, and from the runtime voice where there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from ivr.pack import Pack
from ivr.voice import Voice


@dataclass(frozen=True, init=False)
class Prompt:
    """A prompt of the pack by name with its slots filled:
    `Prompt("ticket_number", number=Digits("1234566"))`.
    """

    name: str
    slots: tuple[tuple[str, Utterance], ...]

    def __init__(self, name: str, /, **slots: Utterance) -> None:
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "slots", tuple(slots.items()))


@dataclass(frozen=True)
class Digits:
    """Digits one by one: a ticket number, a room; in groups when it is a telephone number."""

    value: str
    phone: bool = False


@dataclass(frozen=True)
class Number:
    """A quantity from 0 to 9999."""

    value: int


@dataclass(frozen=True)
class Moment:
    """A date and time, spoken in `zone` (day, month, hour, minute)."""

    at: datetime
    zone: tzinfo


@dataclass(frozen=True)
class Text:
    """Free text, spoken by the runtime voice."""

    value: str


@dataclass(frozen=True)
class Pause:
    """Silence."""

    ms: int


Utterance = Prompt | Digits | Number | Moment | Text | Pause


class Phrasebook:
    """Renders utterances in one language; one for all calls of that language."""

    def __init__(self, pack: Pack, voice: Voice) -> None:
        raise NotImplementedError

    async def render(self, utterances: Sequence[Utterance], rate_hz: int) -> list[bytes]:
        """PCM pieces (signed 16-bit mono at `rate_hz`), to be played one after another."""
        raise NotImplementedError
