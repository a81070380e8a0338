"""What takes a call out of whatever it is doing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from asr.lexicon import Hit
from ivr.call.visit import Visit
from ivr.errors import PhoneError


@dataclass(frozen=True)
class Interruption:
    """Something that takes a call out of whatever it is doing."""

    hits: tuple[Hit, ...] = ()
    request: str = ""
    visit: Visit[Any] | None = None  # somebody has come to speak with the caller


class Interrupted(PhoneError):
    """An interruption arrived while the flow had them armed."""

    def __init__(self, interruption: Interruption) -> None:
        super().__init__("the flow was interrupted")
        self.interruption = interruption
