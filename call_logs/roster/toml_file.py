"""A whole roster in one TOML file: `[[person]]`, `[[schedule]]`, `[[policy]]` and so on.

`docs/oncall.md` shows one. Every mistake is reported at once with its line.
"""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from collections.abc import Mapping
from zoneinfo import ZoneInfo

from call_logs.roster.documents import Entry, EntryKind, entry_of
from call_logs.roster.errors import ImportFailed, ImportProblem
from call_logs.roster.fields import Fields
from call_logs.roster.readers import read_entry
from call_logs.storage.background import give_way

__all__ = ["read_roster_toml"]

MOST_ENTRIES = 5000
#: The reader takes the square of a dotted key's parts: minutes for 100,000 of them.
_DEEP_KEY = re.compile(r"""(?:(?:"[^"\n]*"|'[^'\n]*'|[A-Za-z0-9_-]+)[ \t]*\.[ \t]*){16}""")
_HEADER = re.compile(r"^\s*\[\[\s*(\w+)\s*\]\]")


def read_roster_toml(text: str, source: str, zone: ZoneInfo, region: str) -> tuple[Entry, ...]:
    """The entries of a file, each checked by itself. `source` is the file's name.

    Raises:
        ImportFailed: it is no TOML, or entries in it are wrong or named twice.
    """
    file = _tables(text, source)
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
            give_way()
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


def _tables(text: str, source: str) -> dict[str, object]:
    """The file as TOML has it.

    Raises:
        ImportFailed: it is no TOML, or none that a person wrote.
    """
    if deep := _DEEP_KEY.search(text):
        line = text.count("\n", 0, deep.start()) + 1
        problem = ImportProblem(f"line {line}", "has a key of more parts than any roster's")
        raise ImportFailed(source, [problem])
    try:
        file = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ImportFailed(source, [ImportProblem("file", f"is no TOML: {error}")]) from None
    except RecursionError:
        problem = ImportProblem("file", "is nested too deep; a roster has tables in lists, no more")
        raise ImportFailed(source, [problem]) from None
    except ValueError as error:  # a number with more digits than Python reads
        raise ImportFailed(source, [ImportProblem("file", f"cannot be read: {error}")]) from None
    number_of_entries = sum(len(tables) for tables in file.values() if isinstance(tables, list))
    if number_of_entries > MOST_ENTRIES:
        problem = ImportProblem("file", f"has more than {MOST_ENTRIES} entries; split it")
        raise ImportFailed(source, [problem])
    return file


def _header_lines(text: str) -> Mapping[str, list[int]]:
    """Line numbers of the `[[name]]` headers: TOML readers do not keep them."""
    lines: defaultdict[str, list[int]] = defaultdict(list)
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            lines[header[1]].append(number)
    return lines
