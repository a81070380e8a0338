"""An entry of the roster as text that people edit: the TOML of its table.

`tomllib` reads it back. Entries hold texts, whole numbers, flags, lists of texts and lists
of tables (`docs/oncall.md`), and nothing else.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Mapping

from call_logs.roster import EntryKind, ImportFailed, ImportProblem

__all__ = ["BLANKS", "entry_changes", "entry_table", "entry_text", "read_entry_text"]

# What a new entry begins with.
BLANKS: Mapping[EntryKind, str] = {
    EntryKind.DEPARTMENT: """id = ""
name = ""
head = ""
deputy = ""
members = [""]
categories = []
""",
    EntryKind.SCHEDULE: """id = ""
name = ""
role = ""

[[weekly]]
people = [""]
days = "mon-fri"
start = "08:00"
end = "20:00"

[[rotation]]
people = ["", ""]
since = 2026-01-05
handover = "09:00"
every_days = 7
start = "20:00"
end = "08:00"
""",
    EntryKind.POLICY: """category = ""

[[level]]
who = ["on-call"]
ringing = "all_at_once"
ring_s = 25
repeats = 2

[[level]]
who = ["role:manager"]
ringing = "one_by_one"

[[level]]
who = ["everybody"]
ringing = "all_at_once"
""",
    EntryKind.HOLIDAY: """name = ""
from = 2026-10-01
until = 2026-10-07
""",
    EntryKind.LINE: """id = ""
name = ""
trunk = ""
caller = ""
building = ""
lift = ""
category = ""
""",
    EntryKind.LEAVE: """person = ""
from = 2026-01-01
until = 2026-01-02
""",
    EntryKind.OVERRIDE: """schedule = ""
people = [""]
replaces = ""
from = 2026-01-01T20:00:00
until = 2026-01-02T08:00:00
""",
}


def entry_text(document: Mapping[str, object]) -> str:
    """The entry as TOML: its own fields first, then its tables; empty fields are left out."""
    return _written(document, "")


def entry_table(kind: EntryKind, document: Mapping[str, object]) -> str:
    """The entry as a table of a roster file."""
    return f"[[{kind}]]\n{_written(document, f'{kind}.')}"


def _written(document: Mapping[str, object], prefix: str) -> str:
    lines: list[str] = []
    tables: list[str] = []
    for key, value in document.items():
        if _is_tables(value):
            assert isinstance(value, list)
            for table in value:
                tables += ["", f"[[{prefix}{key}]]", *_fields(table)]
        elif value not in ("", []):
            lines.append(f"{key} = {_value(value)}")
    return "\n".join([*lines, *tables]) + "\n"


def _fields(table: Mapping[str, object]) -> Iterable[str]:
    return (f"{key} = {_value(value)}" for key, value in table.items() if value not in ("", []))


def _is_tables(value: object) -> bool:
    return isinstance(value, list) and any(isinstance(each, Mapping) for each in value)


def _value(value: object) -> str:
    # JSON's texts, numbers, flags and lists of them are TOML's too, but for one character.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def read_entry_text(text: str, kind: EntryKind) -> dict[str, object]:
    """The document that somebody wrote.

    Raises:
        ImportFailed: it is no TOML.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        problem = ImportProblem("text", f"is no TOML: {error}")
        raise ImportFailed(kind.value, [problem]) from None


# Notice addresses hold passwords: that they changed is told, and not what they were.
_SECRET = frozenset({"notices"})


def entry_changes(
    before: Mapping[str, object] | None, after: Mapping[str, object] | None
) -> tuple[tuple[str, str, str], ...]:
    """The fields that differ between two states of an entry: name, before, after. For an
    entry that was new or is gone, all that it had."""
    old, new = before or {}, after or {}
    return tuple(
        (name, *(("***", "***") if name in _SECRET else (_shown(old, name), _shown(new, name))))
        for name in dict.fromkeys((*old, *new))
        if old.get(name) != new.get(name) and (old.get(name) or new.get(name))
    )


def _shown(document: Mapping[str, object], name: str) -> str:
    value = document.get(name)
    if value in (None, "", []):
        return ""
    return value if isinstance(value, str) else _value(value)
