"""One sound file of a language pack, and the prompt that is played from several of them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

# Changed when the same text would be rendered to another sound.
RENDERING = "espeak-ng 1.52, -20 dBFS, 16 kHz"
HUMAN_LIKE_RENDERING = "Kokoro-82M 1.0, -19 LUFS, 16 kHz"


@dataclass(frozen=True)
class Recording:
    """One sound file: a prompt, or a piece of one between its slots."""

    id: str
    text: str  # what is heard
    language: str  # of the voice
    words_per_minute: int
    goes_on: bool = False  # a slot follows at once: the voice must not fall
    speaker: str = ""  # of Kokoro; espeak-ng speaks what has none
    speed: float = 1.0  # of the speaker
    by_voice: bool = False  # no file is shipped: the runtime voice speaks it until one is recorded

    @property
    def spoken(self) -> str:
        """What the voice is given: `text`, its melody left open when it goes on."""
        return f"{self.text}," if self.goes_on else self.text

    @property
    def fingerprint(self) -> str:
        """16 hex digits that change when the recording would sound otherwise."""
        recipe = (
            [self.spoken, self.language, self.speaker, self.speed, HUMAN_LIKE_RENDERING]
            if self.speaker
            else [self.spoken, self.language, self.words_per_minute, RENDERING]
        )
        return hashlib.sha256(json.dumps(recipe).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Slot:
    """A place filled at run time, or with the prompt of the same name."""

    name: str


@dataclass(frozen=True)
class Gap:
    """A pause that a comma or a full stop next to a slot asks for."""

    ms: int


Segment = Recording | Slot | Gap


@dataclass(frozen=True)
class PromptText:
    """One prompt: its whole text and what it is played from, in order."""

    name: str
    text: str
    segments: tuple[Segment, ...]

    @property
    def recordings(self) -> tuple[Recording, ...]:
        """Its own recordings, without those of the prompts in its slots."""
        return tuple(part for part in self.segments if isinstance(part, Recording))

    @property
    def slots(self) -> tuple[str, ...]:
        """Names of its slots, in order."""
        return tuple(part.name for part in self.segments if isinstance(part, Slot))
