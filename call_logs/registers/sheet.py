"""A register as a spreadsheet, in and out: a column a field, a row an entry."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from call_logs.casework.records import WrongField
from call_logs.registers.entry import Entry, EntryEdit, read_entry
from call_logs.roster.errors import ImportFailed, ImportProblem
from call_logs.roster.files.csv_file import read_csv, write_csv
from call_logs.storage.background import give_way
from call_logs.tables.field_types import Day, FieldType, Flag, Money
from call_logs.tables.register_fields import REGISTERS, RegisterKind

__all__ = ["read_register_csv", "write_register_csv"]


def read_register_csv(kind: RegisterKind, data: bytes, source: str) -> tuple[EntryEdit, ...]:
    """New entries.

    Raises:
        ImportFailed: every bad row.
    """
    fields = {name: each for name, each in REGISTERS[kind].items() if name != "void"}
    required = [name for name, each in fields.items() if each.needed and not each.default]
    problems: list[ImportProblem] = []
    found: list[EntryEdit] = []
    for where, row in read_csv(data, source, fields, required):
        give_way()
        name = ""
        try:
            values = {}
            for name, cell in row.items():
                if cell:
                    values[name] = _read(fields[name].type, cell)
            found.append(read_entry(kind, values, whole=True))
        except WrongField as error:
            problems.append(ImportProblem(where, str(error)))
        except ValueError as error:
            problems.append(ImportProblem(where, f"`{name}` {error}"))
    if problems:
        raise ImportFailed(source, problems)
    return tuple(found)


def write_register_csv(kind: RegisterKind, entries: Iterable[Entry]) -> bytes:
    """The sheet that `read_register_csv` reads back."""
    fields = {name: each for name, each in REGISTERS[kind].items() if name != "void"}
    rows = ({name: _cell(fields[name].type, each[name]) for name in fields} for each in entries)
    return write_csv(tuple(fields), rows)


def _read(known: FieldType, cell: str) -> Any:
    if isinstance(known, Day):
        cell = cell.replace("/", "-").replace(".", "-")
        try:
            return date(*map(int, cell.split("-")))
        except (TypeError, ValueError):
            raise ValueError(f"{cell} is no day; write it as 2026-10-31") from None
    return known.from_form(cell)


def _cell(known: FieldType, value: Any) -> str:
    give_way()
    if value is None or isinstance(known, Flag):
        return ""
    if isinstance(value, tuple):
        return " ".join(value)
    if isinstance(known, Money):
        return f"{value / 100:.2f}"
    return str(value)
