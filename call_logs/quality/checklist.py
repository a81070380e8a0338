"""By what a call is reviewed: items with their weights, data of a file."""

from __future__ import annotations

import logging
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from call_logs.storage.errors import InvalidValue, StoreError

__all__ = [
    "Checklist",
    "ChecklistMistake",
    "Item",
    "load_checklist",
    "load_checklist_or_shipped",
]

log = logging.getLogger(__name__)

SHIPPED = Path(__file__).with_name("checklist.toml")
MOST_ITEMS = 30
HEAVIEST = 100


class ChecklistMistake(StoreError):
    """A file that is no checklist; the message says where and why."""


@dataclass(frozen=True)
class Item:
    id: str
    names: Mapping[str, str]
    most: int = 2  # points: 2 or 1
    weight: int = 1

    def name(self, language: str) -> str:
        return self.names.get(language) or self.names.get("en") or self.id


@dataclass(frozen=True)
class Checklist:
    items: tuple[Item, ...]

    def name(self, item_id: str, language: str) -> str:
        """Of an item; of one that the list has no more, its id."""
        return next((each.name(language) for each in self.items if each.id == item_id), item_id)

    def score(self, points: Mapping[str, int]) -> int:
        """Percent of what could be reached in the items that have points; the others did not
        come up in the call.

        Raises:
            InvalidValue: an unknown item, more points than there are, or none at all.
        """
        known = {each.id: each for each in self.items}
        if not points or not set(points) <= set(known):
            raise InvalidValue("points: of the checklist's items, one at least", "points")
        if any(not 0 <= got <= known[name].most for name, got in points.items()):
            raise InvalidValue("points: from 0 to what the item has", "points")
        weight = sum(known[name].weight for name in points)
        got = sum(known[name].weight * given / known[name].most for name, given in points.items())
        return round(100 * got / weight)


def load_checklist(own: Path | None = None) -> Checklist:
    """The company's own list, where there is one, else ours.

    Raises:
        ChecklistMistake.
    """
    path = own if own is not None and own.exists() else SHIPPED
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
        items = tuple(_item(each) for each in document["items"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ChecklistMistake(f"{path}: {error}") from None
    if not 0 < len(items) <= MOST_ITEMS or len({each.id for each in items}) < len(items):
        raise ChecklistMistake(f"{path}: 1 to {MOST_ITEMS} items, each with an id of its own")
    return Checklist(items)


def load_checklist_or_shipped(own: Path) -> Checklist:
    """As `load_checklist`; a mistake in the company's file costs no start."""
    try:
        return load_checklist(own)
    except ChecklistMistake as error:
        log.error("the company's checklist of calls is left out", extra={"reason": str(error)})
        return load_checklist()


def _item(given: Any) -> Item:
    item = Item(**given)
    if not isinstance(item.id, str) or not 0 < len(item.id) <= 64 or not item.id.isidentifier():
        raise ValueError("an item's id is missing, too long, or no plain word")
    if item.most not in (1, 2) or not isinstance(item.weight, int):
        raise ValueError(f"{item.id}: `most` is 1 or 2, `weight` a whole number")
    if not 1 <= item.weight <= HEAVIEST:
        raise ValueError(f"{item.id}: `weight` is 1 to {HEAVIEST}")
    if not all(isinstance(name, str) for name in item.names.values()):
        raise ValueError(f"{item.id}: a name is no text")
    return item
