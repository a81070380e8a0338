"""A record of a case (a visit, a statement, a task ...), and how one is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from call_logs.storage.errors import StoreError
from call_logs.tables.field_types import FieldType, Flag, Text, TooLong
from call_logs.tables.record_fields import RECORDS, RecordField, RecordKind

__all__ = [
    "CaseRecord",
    "RecordEdit",
    "RecordVersion",
    "Written",
    "WrongField",
    "read_fields",
    "read_record",
]


class WrongField(StoreError):
    """A field that cannot have this value; the message says which and why."""

    def __init__(self, field: str, rule: str) -> None:
        super().__init__(f"{field} {rule}")
        self.field = field
        self.rule = rule


class Missing(WrongField):
    """It must say something."""

    def __init__(self, field: str) -> None:
        super().__init__(field, "is missing")


@dataclass(frozen=True)
class RecordEdit:
    """Fields and their new values; made by `read_record`."""

    kind: RecordKind
    values: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Written:
    """What was written down, as it is now; every version before is kept."""

    id: int
    version: int
    created_at: datetime
    created_by: str
    updated_at: datetime
    updated_by: str
    values: Mapping[str, Any] = field(repr=False)

    def __getitem__(self, name: str) -> Any:
        return self.values[name]


@dataclass(frozen=True, kw_only=True)
class CaseRecord(Written):
    """Names of a side are empty for whoever may not know them."""

    ticket_id: int
    kind: RecordKind


@dataclass(frozen=True)
class RecordVersion:
    """What a record, or an entry of a register, said from `at` on."""

    version: int
    at: datetime
    by: str
    values: Mapping[str, Any] = field(repr=False)


def read_record(kind: RecordKind, values: Mapping[str, Any], *, whole: bool) -> RecordEdit:
    """Fields that come from outside; `whole`: a new record, in which what is needed must stand.

    Raises:
        WrongField.
    """
    return RecordEdit(kind, read_fields(RECORDS[kind], kind, values, whole=whole))


def read_fields(
    fields: Mapping[str, RecordField], what: str, values: Mapping[str, Any], *, whole: bool
) -> dict[str, Any]:
    """Checked; of a `what` that has these `fields`. As `read_record`."""
    clean: dict[str, Any] = {}
    for name, value in values.items():
        if name not in fields:
            raise WrongField(name, f"is no field of a {what}; it has {', '.join(fields)}")
        known = fields[name].type
        try:
            clean[name] = _checked(known, value)
        except TooLong as error:
            raise WrongField(name, f"has {error}") from None
        except (TypeError, ValueError) as error:
            raise WrongField(name, str(error) or "cannot have this value") from None
    if whole:
        clean = {name: each.default for name, each in fields.items()} | clean
    for name, each in fields.items():
        if each.needed and name in clean and clean[name] in ("", None):
            raise Missing(name)
    return clean


def _checked(known: FieldType, value: Any) -> Any:
    if isinstance(known, Flag) and not isinstance(value, bool):
        raise ValueError("is true or false")  # "false" would be true
    if not isinstance(known, Text):
        return known.checked(value)
    if not isinstance(value, str):
        raise ValueError("is a text")
    return known.from_form(value)  # which asks for its limit
