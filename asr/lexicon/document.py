"""A TOML file whose every entry knows its line; and one laid over another.

A company's own files are laid over the shipped ones: what they say is added, and a mistake in
them is told with their own file and line.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from asr.errors import SpeechError

_TABLE = re.compile(r"\s*(\[\[?)\s*([\w.-]+)\s*\]")
_KEY = re.compile(r'\s*"?([\w-]+)"?\s*=')
_TOML_LINE = re.compile(r"\(at line (\d+)")


class DocumentError(SpeechError):
    """A file cannot be read; the message is `file:line: fact`."""


@dataclass(frozen=True)
class Place:
    """Where an entry is written: `name` is what it is called in that file, `rules.0.level`."""

    file: Path
    line: int
    name: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True)
class Document:
    """The content of a TOML file, or of several laid over one another.

    `places` are found by an entry's name: its keys with dots between them, those of an
    array of tables by number, such as `rules.0.level`.
    """

    file: Path
    data: Mapping[str, Any]
    places: Mapping[str, Place] = field(repr=False)
    clashes: tuple[tuple[str, str], ...] = ()  # (name, fact): what could not be laid over

    def place(self, name: str) -> Place:
        """Where `name`, or the nearest table around it, is written."""
        while name and name not in self.places:
            name = name.rpartition(".")[0]
        return self.places.get(name) or Place(self.file, 1, "")

    def told(self, name: str, fact: str) -> str:
        """A mistake as people read it: file, line, fact."""
        return f"{self.place(name)}: {fact}"

    def laid_over(
        self, base: Document, *, joins: Collection[str] = (), without: Collection[str] = ()
    ) -> Document:
        """`base` with this document on top.

        Tables are taken together and arrays of tables follow one another; but a table with
        the `key` of one that is there takes its place. Any other value stands for the one
        below, save in the tables of `joins`, in which lists are added to. `without` are
        names of entries of this document that are left out.
        """
        laid = _Laying(self, base, joins, without)
        data = laid.tables(base.data, self.data, "", "")
        return Document(base.file, data, laid.places, (*base.clashes, *laid.clashes))

    def only(self, *tables: str) -> Document:
        """This document with nothing but some of its tables."""
        data = {name: value for name, value in self.data.items() if name in tables}
        return Document(self.file, data, self.places)


class _Laying:
    """One laying of a document over another."""

    def __init__(
        self, own: Document, base: Document, joins: Collection[str], without: Collection[str]
    ) -> None:
        self._own = own
        self._joins = joins
        self._without = without
        self.places = dict(base.places)
        self.clashes: list[tuple[str, str]] = []

    def tables(
        self, base: Mapping[str, Any], own: Mapping[str, Any], name: str, own_name: str
    ) -> dict[str, Any]:
        """Both tables in one; `own_name` is what this one is called in its own file."""
        both = dict(base)
        for key, value in own.items():
            here, there = f"{name}.{key}".lstrip("."), f"{own_name}.{key}".lstrip(".")
            if there in self._without:
                continue
            old = both.get(key)
            self._take_place(here, there)
            if old is not None and _shape(old) is not _shape(value):
                self.clashes.append((here, f"{there} must be {_SHAPES[_shape(old)]}"))
            elif isinstance(value, Mapping):
                both[key] = self.tables(old or {}, value, here, there)
            elif _is_array_of_tables(value):
                both[key] = self._arrays(old or [], value, here, there)
            elif isinstance(value, list) and old and name in self._joins:
                both[key] = [*old, *(each for each in value if each not in old)]
            else:
                both[key] = value
        return both

    def _arrays(
        self, base: list[Any], own: list[Mapping[str, Any]], name: str, own_name: str
    ) -> list[Any]:
        both = list(base)
        for number, entry in enumerate(own):
            there = f"{own_name}.{number}"
            if there in self._without:
                continue
            index = _same_key(both, entry)
            if index == len(both):
                both.append({})
            self._take_place(f"{name}.{index}", there)
            both[index] = self.tables({}, entry, f"{name}.{index}", there)
        return both

    def _take_place(self, name: str, own_name: str) -> None:
        if (place := self._own.places.get(own_name)) is not None:
            self.places[name] = place


def _same_key(entries: list[Any], entry: Mapping[str, Any]) -> int:
    """Where the entry with the same `key` is; behind the last when there is none."""
    for index, each in enumerate(entries):
        if isinstance(each, Mapping) and "key" in entry and each.get("key") == entry["key"]:
            return index
    return len(entries)


_SHAPES = {dict: "a table", list: "a list", object: "a single value"}


def _shape(value: object) -> type:
    return dict if isinstance(value, Mapping) else list if isinstance(value, list) else object


def _is_array_of_tables(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(e, Mapping) for e in value)


def read_document(path: Path) -> Document:
    """Raises:
    DocumentError: the file is not there, or no TOML.
    """
    try:
        source = path.read_text(encoding="utf-8-sig")  # some editors put a mark before it
    except OSError as error:
        raise DocumentError(f"{path}:1: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise DocumentError(f"{path}:1: cannot be read: save it as UTF-8") from error
    try:
        data = tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        line = _TOML_LINE.search(str(error))
        raise DocumentError(f"{path}:{line[1] if line else 1}: not a TOML file: {error}") from error
    return Document(path, data, _places(path, source))


def _places(path: Path, source: str) -> dict[str, Place]:
    """Each table (`rules.0`, `sets`) and each key in it (`rules.0.level`)."""
    places: dict[str, Place] = {}
    counts: dict[str, int] = {}
    table = ""
    for number, line in enumerate(source.splitlines(), 1):
        if header := _TABLE.match(line):
            table = header[2]
            if header[1] == "[[":
                index = counts.get(table, 0)
                counts[table] = index + 1
                table = f"{table}.{index}"
            places.setdefault(table, Place(path, number, table))
        elif key := _KEY.match(line):
            name = f"{table}.{key[1]}".lstrip(".")
            places.setdefault(name, Place(path, number, name))
    return places
