"""The registers and their fields, as one table: who can do what, trainings, maintenance, spare
parts and tools, documents, improvements.

A line here is the field: what is kept, the form, the API, the sheet follow it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from call_logs.tables.field_types import Choice, Count, Day, Flag, Ids, Money, Text
from call_logs.tables.record_fields import RecordField

__all__ = [
    "REGISTERS",
    "DocumentSort",
    "ImprovementState",
    "ImprovementWhy",
    "RegisterKind",
    "SkillLevel",
    "StockSort",
    "TrainingForm",
    "TrainingResult",
]


class RegisterKind(StrEnum):
    SKILL = "skill"
    TRAINING = "training"
    MAINTENANCE = "maintenance"
    STOCK = "stock"
    DOCUMENT = "document"
    IMPROVEMENT = "improvement"


class SkillLevel(StrEnum):
    SKILLED = "skilled"
    LEARNING = "learning"  # works with somebody who is skilled
    EXPERT = "expert"  # is asked when others do not know on


class TrainingForm(StrEnum):
    COURSE = "course"
    TRAINING_CALL = "training_call"
    DRILL = "drill"
    GUIDANCE = "guidance"  # at work, by somebody who is skilled


class TrainingResult(StrEnum):
    ATTENDED = "attended"
    PASSED = "passed"
    FAILED = "failed"


class StockSort(StrEnum):
    PART = "part"
    TOOL = "tool"


class DocumentSort(StrEnum):
    DRAWING = "drawing"
    MANUAL = "manual"
    CONTRACT = "contract"
    OTHER = "other"


class ImprovementWhy(StrEnum):
    """What it follows from."""

    LESSON = "lesson"
    LOW_SCORE = "low_score"
    REPORT = "report"  # the month's counts
    REVIEW = "review"  # of calls
    OTHER = "other"


class ImprovementState(StrEnum):
    PROPOSED = "proposed"
    APPROVED = "approved"
    IN_FORCE = "in_force"
    DROPPED = "dropped"


_VOID = RecordField(Flag(), "Entered by mistake", False, name="void")
_NOTE = RecordField(Text(2000, lines=True), "Note")
_CATEGORIES = RecordField(Ids(), "Categories", ())


def _fields(**fields: RecordField) -> Mapping[str, RecordField]:
    named = {name: dataclasses.replace(each, name=name) for name, each in fields.items()}
    return MappingProxyType(named | {"void": _VOID})


REGISTERS: Mapping[RegisterKind, Mapping[str, RecordField]] = MappingProxyType(
    {
        RegisterKind.SKILL: _fields(
            who=RecordField(Text(200), "Who", needed=True, staff=True),
            what=RecordField(Text(200), "Skill", needed=True),
            categories=_CATEGORIES,
            level=RecordField(Choice(SkillLevel), "Level", SkillLevel.SKILLED, needed=True),
            certificate=RecordField(Text(200), "Certificate"),
            valid_until=RecordField(Day(), "Valid until", None),
            contact=RecordField(Text(200), "Contact"),
            note=_NOTE,
        ),
        RegisterKind.TRAINING: _fields(
            who=RecordField(Text(200), "Who", needed=True, staff=True),
            what=RecordField(Text(200), "What was taught", needed=True),
            categories=_CATEGORIES,
            form=RecordField(Choice(TrainingForm), "Form", TrainingForm.COURSE, needed=True),
            on=RecordField(Day(), "Day", None, needed=True),
            teacher=RecordField(Text(200), "Who taught"),
            result=RecordField(
                Choice(TrainingResult), "Result", TrainingResult.ATTENDED, needed=True
            ),
            again=RecordField(Day(), "To be repeated by", None),
            note=_NOTE,
        ),
        RegisterKind.MAINTENANCE: _fields(
            equipment=RecordField(Text(100), "Equipment", needed=True),
            on=RecordField(Day(), "Day", None, needed=True),
            by=RecordField(Text(200), "By whom", needed=True),
            what=RecordField(Text(2000, lines=True), "What was done", needed=True),
            parts=RecordField(Text(1000, lines=True), "Parts"),
            cost=RecordField(Money(), "Cost", None),
            next_due=RecordField(Day(), "Next maintenance due", None),
            who=RecordField(Text(200), "Who sees to the next", staff=True),
        ),
        RegisterKind.STOCK: _fields(
            what=RecordField(Text(200), "Part or tool", needed=True),
            sort=RecordField(Choice(StockSort), "Sort", StockSort.PART, needed=True),
            categories=_CATEGORIES,
            place=RecordField(Text(200), "Where it is kept"),
            minimum=RecordField(Count(0, 9999), "Minimum", None),
            who=RecordField(Text(200), "Who sees to it", staff=True),
            note=_NOTE,
        ),
        RegisterKind.DOCUMENT: _fields(
            what=RecordField(Text(200), "Title", needed=True),
            sort=RecordField(Choice(DocumentSort), "Sort", DocumentSort.DRAWING, needed=True),
            categories=_CATEGORIES,
            building=RecordField(Text(40), "Building"),
            area=RecordField(Text(100), "Public area"),
            equipment=RecordField(Text(100), "Equipment"),
            note=_NOTE,
        ),
        RegisterKind.IMPROVEMENT: _fields(
            what=RecordField(Text(500, lines=True), "What becomes better", needed=True),
            why=RecordField(Choice(ImprovementWhy), "Follows from", ImprovementWhy.LESSON),
            ticket=RecordField(Text(20), "Ticket"),
            reason=RecordField(Text(2000, lines=True), "What was learnt"),
            categories=_CATEGORIES,
            who=RecordField(Text(200), "Person or department", needed=True, staff=True),
            due=RecordField(Day(), "Until when", None, needed=True),
            state=RecordField(Choice(ImprovementState), "State", ImprovementState.PROPOSED),
            rule=RecordField(Text(8000, lines=True), "The rule, as it is written"),
            in_force_on=RecordField(Day(), "In force since", None),
        ),
    }
)
