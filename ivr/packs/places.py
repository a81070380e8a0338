"""A place as it is read back to a caller or told to an engineer."""

from __future__ import annotations

from collections.abc import Mapping

from asr.spoken import Place
from call_logs.roster import Address
from ivr.packs.phrasebook import Digits, Number, Pause, Phrase, Prompt, Text, Utterance

LIFT = {"zh-CN": "{}号电梯", "en": "lift {}", "ko": "{}호 승강기"}
"""A lift by its number, in words; a ticket has no field of its own for it."""

BESIDE_MS = 200  # between a lift of no house and that the place is not known
LONGEST_QUANTITY = 2  # 15 is spoken "fifteen", 1502 digit by digit


def place_phrase(place: Place) -> Phrase:
    """`Place(building="3", room="1502")` as 三号楼 一五零二室."""
    parts: list[Utterance] = []
    if place.area and not place.building:
        parts.append(Text(place.area))
    for part in ("building", "unit", "floor", "room"):
        value = getattr(place, part)
        if value:
            parts.append(Prompt(f"place_{part}", number=_spoken(value)))
    if place.area and place.building:  # a spot in the building: its lift, its cellar
        parts.append(Text(place.area))
    if place.area and not place.found:
        parts += (Pause(BESIDE_MS), Prompt("place_unknown"))
    return Phrase(*parts or [Prompt("place_unknown")])


_WRITTEN: Mapping[str, Mapping[str, str]] = {
    "zh-CN": {"building": "{}号楼", "unit": "{}单元", "floor": "{}层", "room": "{}室"},
    "en": {"building": "building {}", "unit": "unit {}", "floor": "floor {}", "room": "room {}"},
    "ko": {"building": "{}동", "unit": "{}라인", "floor": "{}층", "room": "{}호"},
}
_BETWEEN = {"zh-CN": "", "en": ", ", "ko": " "}


def place_words(place: Place, language: str) -> str:
    """A place as people write it, 5号楼2单元3号电梯; empty when nothing of it is known."""
    forms = _WRITTEN.get(language, _WRITTEN["zh-CN"])
    parts = [form.format(value) for name, form in forms.items() if (value := getattr(place, name))]
    # A spot in the building, its lift or its cellar, comes last; a part of the estate first.
    parts.insert(len(parts) if place.building else 0, place.area)
    return _BETWEEN.get(language, " ").join(filter(None, parts))


def people_phrase(people: int | None) -> tuple[Utterance, ...]:
    """How many are in danger, when anybody has said so."""
    return () if people is None else (Prompt("engineer_people", people=Number(people)),)


def place_of(address: Address, language: str) -> Place:
    """An address of the roster or the directory, as a ticket's place."""
    lift = LIFT[language].format(address.lift) if address.lift else ""
    return Place(
        building=address.building,
        unit=address.unit,
        floor=address.floor,
        room=address.room,
        area=" ".join(filter(None, (address.area, lift))),
    )


def _spoken(value: str) -> Utterance:
    if value.isascii() and value.isdigit():
        return Number(int(value)) if len(value) <= LONGEST_QUANTITY else Digits(value)
    return Text(value)  # B座, a name
