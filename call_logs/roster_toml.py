"""A whole roster in one TOML file: `[[person]]`, `[[schedule]]`, `[[policy]]` and so on.

`docs/oncall.md` shows one. Every mistake is reported at once with its line.
"""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from collections.abc import Mapping
from zoneinfo import ZoneInfo

from call_logs.roster_documents import Entry, EntryKind, entry_of
from call_logs.roster_errors import ImportFailed, ImportProblem
from call_logs.roster_fields import Fields
from call_logs.roster_readers import read_entry

__all__ = ["read_roster_toml"]

_HEADER = re.compile(r"^\s*\[\[\s*(\w+)\s*\]\]")


def read_roster_toml(text: str, source: str, zone: ZoneInfo, region: str) -> tuple[Entry, ...]:
    """The entries of a file, each checked by itself. `source` is the file's name.

    Raises:
        ImportFailed: it is no TOML, or entries in it are wrong or named twice.
    """
    try:
        file = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ImportFailed(source, [ImportProblem("file", f"is no TOML: {error}")]) from None
    lines = _header_lines(text)
    problems: list[ImportProblem] = []
    found: dict[tuple[EntryKind, str], Entry] = {}
    for name, tables in file.items():
        try:
            kind = EntryKind(name)
        except ValueError:
            kinds = ", ".join(f"[[{each}]]" for each in EntryKind)
            problems.append(ImportProblem("file", f"`{name}` is not known; use {kinds}"))
            continue
        if not isinstance(tables, list):
            problems.append(ImportProblem("file", f"write [[{name}]] with two brackets"))
            continue
        for number, document in enumerate(tables, start=1):
            line = lines[name][number - 1] if number <= len(lines[name]) else None
            where = f"line {line} ([[{name}]] {number})" if line else f"[[{name}]] {number}"
            if not isinstance(document, Mapping):
                problems.append(ImportProblem(where, "is not a table"))
                continue
            fields = Fields(document, where, problems, zone, region)
            if (value := read_entry(kind, fields)) is None:
                continue
            entry = entry_of(value, where)
            if earlier := found.get((kind, entry.id)):
                message = f"`{entry.id}` stands at {earlier.where} already"
                problems.append(ImportProblem(where, message))
            found[kind, entry.id] = entry
    if problems:
        raise ImportFailed(source, problems)
    return tuple(found.values())


def _header_lines(text: str) -> Mapping[str, list[int]]:
    """Line numbers of the `[[name]]` headers: TOML readers do not keep them."""
    lines: defaultdict[str, list[int]] = defaultdict(list)
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            lines[header[1]].append(number)
    return lines
