"""The records of a case and their fields, as one table: visits, statements, tasks, questions,
measures, hand-overs.

A line here is the field: what is kept, the form, the API, the history follow it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from call_logs.tables.field_types import Choice, FieldType, Findings, Flag, Money, Text, When

__all__ = ["HELD", "RECORDS", "RecordField", "RecordKind", "Side"]


class RecordKind(StrEnum):
    VISIT = "visit"
    STATEMENT = "statement"
    TASK = "task"
    QUESTION = "question"  # of one department to another
    MEASURE = "measure"  # because the ticket is late
    HANDOVER = "handover"


# Somebody of the directory has it: is told, reminded of its date, and sees it among their tasks.
HELD = frozenset({RecordKind.TASK, RecordKind.QUESTION, RecordKind.MEASURE})


class Side(StrEnum):
    """Whose word a statement is. What one side says is kept apart from the other."""

    OWNER = "owner"  # who has complained
    OTHER = "other"  # whom it is about: the neighbour
    WITNESS = "witness"
    STAFF = "staff"
    MAINTAINER = "maintainer"  # of the equipment: use, history, faults
    SUPPLIER = "supplier"  # quality, repair


@dataclass(frozen=True)
class RecordField:
    type: FieldType
    label: str  # in English, which is the message id of its translations
    default: Any = ""
    needed: bool = False
    staff: bool = False  # a reference of the directory, or the name of somebody who is in none
    names: bool = False  # tells who a side is: hidden from whoever may not know
    name: str = ""

    def read(self, kept: Any) -> Any:
        return self.default if kept is None else self.type.read(kept)


def _fields(**fields: RecordField) -> Mapping[str, RecordField]:
    named = {name: dataclasses.replace(each, name=name) for name, each in fields.items()}
    return MappingProxyType(named | {"void": _VOID})


# Nothing is deleted: what was entered by mistake says so.
_VOID = RecordField(Flag(), "Entered by mistake", False, name="void")

RECORDS: Mapping[RecordKind, Mapping[str, RecordField]] = MappingProxyType(
    {
        RecordKind.VISIT: _fields(
            who=RecordField(Text(200), "Who was there", needed=True),
            at=RecordField(When(), "When", None, needed=True),
            seen=RecordField(Text(4000, lines=True), "What was seen", needed=True),
            findings=RecordField(Findings(), "Checklist", MappingProxyType({})),
        ),
        RecordKind.STATEMENT: _fields(
            side=RecordField(Choice(Side), "Whose word", Side.OWNER, needed=True),
            name=RecordField(Text(100), "Name", names=True),
            contact=RecordField(Text(100), "Contact", names=True),
            at=RecordField(When(), "When", None, needed=True),
            said=RecordField(Text(4000, lines=True), "What was said", needed=True),
        ),
        RecordKind.TASK: _fields(
            what=RecordField(Text(1000, lines=True), "What is to be done", needed=True),
            who=RecordField(Text(200), "Person or department", needed=True, staff=True),
            due=RecordField(When(), "Until when", None),
            material=RecordField(Text(1000, lines=True), "Material and tools"),
            cost=RecordField(Money(), "Cost", None),
            notes=RecordField(Text(4000, lines=True), "Notes, which an outside firm reads too"),
            acknowledged_at=RecordField(When(), "Acknowledged", None),
            arrived_at=RecordField(When(), "Arrived", None),
            done_at=RecordField(When(), "Done", None),
            done_by=RecordField(Text(200), "Done by"),
        ),
        RecordKind.QUESTION: _fields(
            what=RecordField(Text(2000, lines=True), "What is asked", needed=True),
            who=RecordField(Text(200), "Asked: a person or department", needed=True, staff=True),
            due=RecordField(When(), "Answer until when", None, needed=True),
            answer=RecordField(Text(4000, lines=True), "Answer"),
            done_at=RecordField(When(), "Answered", None),
            done_by=RecordField(Text(200), "Answered by"),
        ),
        RecordKind.MEASURE: _fields(
            why=RecordField(Text(1000, lines=True), "Why it is late", needed=True),
            what=RecordField(Text(1000, lines=True), "Measure", needed=True),
            who=RecordField(Text(200), "Person or department", needed=True, staff=True),
            due=RecordField(When(), "New date", None, needed=True),
            done_at=RecordField(When(), "Done", None),
            done_by=RecordField(Text(200), "Done by"),
        ),
        RecordKind.HANDOVER: _fields(
            from_whom=RecordField(Text(200), "Handed over by", needed=True),
            to_whom=RecordField(Text(200), "Taken over by", needed=True),
            at=RecordField(When(), "When", None, needed=True),
            note=RecordField(
                Text(4000, lines=True), "What is done, what is open, what to mind", needed=True
            ),
        ),
    }
)
