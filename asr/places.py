"""Places in spoken words: building, unit, floor, room or a public area."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Place", "find_place"]


@dataclass(frozen=True)
class Place:
    """Where it is; numbers as digits ("3", "2", "15", "1502"), empty when not said."""

    building: str = ""
    unit: str = ""
    floor: str = ""
    room: str = ""
    area: str = ""


def find_place(text: str, language: str) -> tuple[Place, tuple[str, ...]]:
    """The place said in `text` and the phrases that decided it, as spoken."""
    return Place(), ()
