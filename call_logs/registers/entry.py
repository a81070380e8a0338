"""An entry of a register: who may write it, until when somebody must see to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Any

from call_logs.casework.records import Written, read_fields
from call_logs.tables.register_fields import REGISTERS, ImprovementState, RegisterKind
from call_logs.tables.registers import RegisterEntryRow
from call_logs.users.permissions import Permission

__all__ = [
    "MOVES",
    "WARNED",
    "WRITERS",
    "Entry",
    "EntryEdit",
    "Warned",
    "due_on",
    "entry_of",
    "read_entry",
    "values_of",
]

# Who may write into which. To read all but the trainings of others takes the right to see tickets.
WRITERS: Mapping[RegisterKind, Permission] = MappingProxyType(
    {
        RegisterKind.SKILL: Permission.MANAGE_ROSTER,
        RegisterKind.TRAINING: Permission.MANAGE_ROSTER,
        RegisterKind.MAINTENANCE: Permission.WORK_TICKETS,
        RegisterKind.STOCK: Permission.MANAGE_ROSTER,
        RegisterKind.DOCUMENT: Permission.WRITE_ARTICLES,
        RegisterKind.IMPROVEMENT: Permission.WORK_TICKETS,
    }
)


@dataclass(frozen=True)
class Warned:
    """The field that is a day, and how many days before it somebody is told."""

    field: str
    days: int


WARNED: Mapping[RegisterKind, Warned] = MappingProxyType(
    {
        RegisterKind.SKILL: Warned("valid_until", 30),
        RegisterKind.TRAINING: Warned("again", 30),
        RegisterKind.MAINTENANCE: Warned("next_due", 14),
        RegisterKind.IMPROVEMENT: Warned("due", 7),
    }
)

_I = ImprovementState
# Of an improvement. All of them are for whoever may approve.
MOVES: Mapping[ImprovementState, frozenset[ImprovementState]] = MappingProxyType(
    {
        _I.PROPOSED: frozenset({_I.APPROVED, _I.DROPPED}),
        _I.APPROVED: frozenset({_I.IN_FORCE, _I.DROPPED}),
        _I.IN_FORCE: frozenset({_I.DROPPED}),
        _I.DROPPED: frozenset({_I.PROPOSED}),
    }
)


@dataclass(frozen=True)
class EntryEdit:
    """Fields and their new values; made by `read_entry`."""

    kind: RegisterKind
    values: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Entry(Written):
    """`due_on`: until when somebody must see to it. `withheld`: it follows from a
    ticket that is not for whoever looks, and does not say so."""

    kind: RegisterKind
    due_on: date | None
    from_ticket: int | None
    withheld: bool = False

    def concerns(self, category: str) -> bool:
        return bool(category) and category in self.values.get("categories", ())


def read_entry(kind: RegisterKind, values: Mapping[str, Any], *, whole: bool) -> EntryEdit:
    """Fields that come from outside; `whole`: a new entry, in which what is needed must stand.

    Raises:
        WrongField.
    """
    return EntryEdit(kind, read_fields(REGISTERS[kind], kind, values, whole=whole))


def entry_of(row: RegisterEntryRow) -> Entry:
    kind = RegisterKind(row.kind)
    return Entry(
        id=row.id,
        kind=kind,
        version=row.version,
        created_at=row.created_at,
        created_by=row.created_by,
        updated_at=row.updated_at,
        updated_by=row.updated_by,
        due_on=row.due_on,
        from_ticket=row.from_ticket,
        values=values_of(kind, row.content),
    )


def values_of(kind: RegisterKind, content: Mapping[str, Any]) -> Mapping[str, Any]:
    """The fields, of what is kept of them."""
    return MappingProxyType(
        {name: each.read(content.get(name)) for name, each in REGISTERS[kind].items()}
    )


def due_on(kind: RegisterKind, values: Mapping[str, Any]) -> date | None:
    """Until when somebody must see to it, as it is written. What is in force or dropped wants
    nothing more."""
    if kind not in WARNED or values["void"]:
        return None
    if values.get("state") in (ImprovementState.IN_FORCE, ImprovementState.DROPPED):
        return None
    found: date | None = values[WARNED[kind].field]
    return found
