"""A place as it is read back to a caller or told to an engineer."""

from __future__ import annotations

from asr import Place
from ivr.phrasebook import Digits, Number, Phrase, Prompt, Text, Utterance

LONGEST_QUANTITY = 2  # 15 is spoken "fifteen", 1502 digit by digit


def place_phrase(place: Place) -> Phrase:
    """`Place(building="3", room="1502")` as 三号楼 一五零二室."""
    parts: list[Utterance] = []
    if place.area:
        parts.append(Text(place.area))
    for part in ("building", "unit", "floor", "room"):
        value = getattr(place, part)
        if value:
            parts.append(Prompt(f"place_{part}", number=_spoken(value)))
    return Phrase(*parts or [Prompt("place_unknown")])


def _spoken(value: str) -> Utterance:
    if value.isascii() and value.isdigit():
        return Number(int(value)) if len(value) <= LONGEST_QUANTITY else Digits(value)
    return Text(value)  # B座, a name
