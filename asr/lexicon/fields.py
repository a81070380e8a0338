"""Reads single values of a document; notes every mistake instead of stopping at the first."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from asr.lexicon.document import Document

Table = Mapping[str, Any]


class Fields:
    """The values of one document, and what is wrong with them."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self.mistakes: list[tuple[str, str]] = list(document.clashes)  # (name, fact)

    @property
    def told(self) -> tuple[str, ...]:
        """Every mistake as `file:line: fact`, in the order of the lines."""
        found = {(self._document.place(name), fact) for name, fact in self.mistakes}
        ordered = sorted(found, key=lambda each: (str(each[0].file), each[0].line, each[1]))
        return tuple(f"{place}: {fact}" for place, fact in ordered)

    def wrong(self, name: str, fact: str) -> None:
        """Note a mistake in the entry `name`."""
        self.mistakes.append((name, fact))

    def table(self, key: str, *, needed: bool = True) -> Table:
        """A table of the document; empty when it is none."""
        table = self._document.data.get(key, {})
        if not isinstance(table, Mapping) or (needed and not table):
            self.wrong(key, f"the table [{key}] is missing or empty")
            return {}
        return table

    def entries(self, key: str, known: Collection[str]) -> Iterator[tuple[str, Table]]:
        """The tables of an array, each with its name in the document (`rules.0`)."""
        entries = self._document.data.get(key, [])
        if not isinstance(entries, list) or not all(isinstance(e, Mapping) for e in entries):
            self.wrong(key, f"write each of the {key} under its own [[{key}]]")
            return
        names: set[str] = set()
        for index, entry in enumerate(entries):
            where = f"{key}.{index}"
            self.unknown_keys(entry, known, where)
            name = entry.get("name")
            if not isinstance(name, str) or not name:
                self.wrong(where, f"an entry of [[{key}]] has no name")
            elif name in names and key == "rules":
                self.wrong(f"{where}.name", f"the name {name!r} is used twice")
            names.add(str(name))
            yield where, entry

    def strings(self, where: str, value: Any, *, needed: bool = False) -> list[str]:
        if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
            self.wrong(where, f"{where} is a list of strings")
            return []
        if needed and not value:
            self.wrong(where, f"{where} is empty")
        return value

    def one_of(self, where: str, value: Any, choices: tuple[str, ...]) -> str:
        if value in choices:
            return str(value)
        self.wrong(where, f"{where} is one of {', '.join(choices)}, not {value!r}")
        return ""

    def level(self, where: str, value: Any) -> float:
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1:
            return float(value)
        self.wrong(where, f"{where} is a number from 0 to 1, not {value!r}")
        return 0.0

    def flag(self, where: str, value: Any) -> bool:
        if not isinstance(value, bool):
            self.wrong(where, f"{where} is true or false, not {value!r}")
        return value is True

    def unknown_keys(self, table: Table, known: Collection[str], where: str) -> None:
        for key in table.keys() - set(known):
            place = f"{where}.{key}".lstrip(".")
            self.wrong(place, f"{place} is not known; known are {', '.join(sorted(known))}")
