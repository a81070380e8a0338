"""What is looked at on site, and the causes that come again, by category: data of two files."""

from __future__ import annotations

import logging
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from call_logs.storage.errors import StoreError

__all__ = ["Guide", "GuideMistake", "GuidePart", "Point", "load_guide", "load_guide_or_shipped"]

log = logging.getLogger(__name__)

SHIPPED = Path(__file__).with_name("guide.toml")
LANGUAGES = ("zh-CN", "en", "ko")
_PARTS = ("checklist", "causes")


class GuideMistake(StoreError):
    """A file that cannot be read so; the message says where and why."""


@dataclass(frozen=True)
class Point:
    """One point of a checklist, or one cause."""

    id: str
    names: Mapping[str, str]

    def name(self, language: str) -> str:
        """In the language, else in English, else as it is called in the file."""
        return self.names.get(language) or self.names.get("en") or self.id


@dataclass(frozen=True)
class GuidePart:
    """Of one category."""

    checklist: tuple[Point, ...] = ()
    causes: tuple[Point, ...] = ()


@dataclass(frozen=True)
class Guide:
    parts: Mapping[str, GuidePart]

    def of(self, category: str) -> GuidePart:
        return self.parts.get(category, GuidePart())

    def check(self, category: str, point_id: str, language: str) -> str:
        """The name of a point of this category's checklist, else of any, else as it was kept."""
        parts = (self.of(category), *self.parts.values())
        return _named((each for part in parts for each in part.checklist), point_id, language)

    def cause(self, category: str, cause_id: str, language: str) -> str:
        """The name of a cause of this category, else as it was kept."""
        return _named(self.of(category).causes, cause_id, language)


def _named(points: Iterable[Point], point_id: str, language: str) -> str:
    return next((each.name(language) for each in points if each.id == point_id), point_id)


def load_guide(own: Path | None = None) -> Guide:
    """The shipped guide with a company's own laid over it: what that says of a category's
    checklist or causes takes the place of ours.

    Raises:
        GuideMistake: every mistake of the company's file.
    """
    document = _document(SHIPPED)
    if own is not None and own.exists():
        for category, part in _document(own).items():
            if not isinstance(part, dict):
                raise GuideMistake(f"{own}: [{category}] is no section")
            document[category] = {**document.get(category, {}), **part}
    mistakes: list[str] = []
    parts = {
        category: GuidePart(
            **{
                name: tuple(_points(part.get(name, []), f"[{category}] {name}", mistakes))
                for name in _PARTS
            }
        )
        for category, part in document.items()
    }
    mistakes += [
        f"[{category}] {name} is neither {' nor '.join(_PARTS)}"
        for category, part in document.items()
        for name in part
        if name not in _PARTS
    ]
    if mistakes:
        raise GuideMistake(f"{own}: {'; '.join(mistakes)}")
    return Guide(MappingProxyType(parts))


def load_guide_or_shipped(own: Path) -> Guide:
    """As `load_guide`; a mistake in the company's file costs what it says, and no start."""
    try:
        return load_guide(own)
    except GuideMistake as error:
        log.error("the company's checklists are left out", extra={"reason": str(error)})
        return load_guide()


def _document(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise GuideMistake(f"{path}: {error}") from None


def _points(listed: Any, where: str, mistakes: list[str]) -> Iterator[Point]:
    if not isinstance(listed, list):
        mistakes.append(f"{where} is no list")
        return
    seen: set[str] = set()
    for number, each in enumerate(listed, start=1):
        names = {} if not isinstance(each, dict) else {**each}
        point_id = names.pop("id", "")
        if not isinstance(point_id, str) or not point_id or len(point_id) > 64:
            mistakes.append(f"{where}, number {number}: id is missing, or longer than 64")
        elif point_id in seen:
            mistakes.append(f"{where}, number {number}: {point_id} is there twice")
        elif unknown := sorted(set(names) - set(LANGUAGES)):
            mistakes.append(f"{where}, {point_id}: {', '.join(unknown)} is no language")
        elif not all(isinstance(name, str) for name in names.values()):
            mistakes.append(f"{where}, {point_id}: a name is no text")
        else:
            seen.add(point_id)
            yield Point(point_id, MappingProxyType(names))
