"""Entries of the roster as plain documents: what a TOML file holds, the database keeps and
the REST API speaks. `call_logs.roster.readers` reads them back.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from call_logs.roster.addresses import KnownLine
from call_logs.roster.departments import Department
from call_logs.roster.fields import format_weekdays
from call_logs.roster.people import Person
from call_logs.roster.policies import Policy
from call_logs.roster.roster import Roster
from call_logs.roster.shifts import Leave, Override, Schedule, SpecialDay, Window

__all__ = [
    "Document",
    "Entry",
    "EntryKind",
    "Value",
    "content_id",
    "document_of",
    "documents_of",
    "entry_of",
]

Document = dict[str, object]
Value = Person | Department | Schedule | Override | Leave | SpecialDay | Policy | KnownLine


class EntryKind(StrEnum):
    """What an entry is; also the name of its table in a TOML file: `[[person]]`."""

    PERSON = "person"
    DEPARTMENT = "department"
    SCHEDULE = "schedule"
    OVERRIDE = "override"
    LEAVE = "leave"
    HOLIDAY = "holiday"
    POLICY = "policy"
    LINE = "line"


@dataclass(frozen=True)
class Entry:
    """One document, its kind and id, and where it came from."""

    kind: EntryKind
    id: str
    document: Document
    where: str = ""


def content_id(document: Mapping[str, object]) -> str:
    """An id for entries that people do not name: the same content has the same one."""
    plain = {key: value for key, value in document.items() if key != "id"}
    text = json.dumps(plain, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _window_document(window: Window) -> Document:
    return {
        "days": format_weekdays(window.days),
        "start": window.start.isoformat("minutes"),
        "end": window.end.isoformat("minutes"),
        "holidays": window.holidays.value,
        **({"until": window.last.isoformat()} if window.last else {}),
    }


def _person_document(person: Person) -> Document:
    return {
        "id": person.id,
        "name": person.name,
        "contacts": [contact.text for contact in person.contacts],
        "roles": sorted(person.roles),
        "languages": list(person.languages),
        "categories": sorted(person.categories),
        "notices": list(person.notices),
        "refer": person.refer,
        "active": person.active,
    }


def _department_document(department: Department) -> Document:
    return {
        "id": department.id,
        "name": department.name,
        "head": department.head,
        "deputy": department.deputy,
        "members": list(department.members),
        "categories": list(department.categories),
    }


def _schedule_document(schedule: Schedule) -> Document:
    return {
        "id": schedule.id,
        "name": schedule.name,
        "timezone": schedule.zone.key,
        "role": schedule.role,
        "categories": sorted(schedule.categories),
        "weekly": [
            {
                "people": list(shift.people),
                **_window_document(shift.window),
                **({"from": shift.window.first.isoformat()} if shift.window.first else {}),
            }
            for shift in schedule.weekly
        ],
        "rotation": [
            {
                "people": list(rotation.people),
                "since": rotation.since.isoformat(),
                "handover": rotation.handover.isoformat("minutes"),
                "every_days": rotation.every_days,
                **_window_document(rotation.window),
            }
            for rotation in schedule.rotations
        ],
        "dated": [
            {
                "person": shift.person,
                "start": shift.start.isoformat(),
                "end": shift.end.isoformat(),
                "uid": shift.uid,
            }
            for shift in schedule.dated
        ],
    }


def _override_document(override: Override) -> Document:
    return {
        "id": override.id,
        "schedule": override.schedule,
        "from": override.start.isoformat(),
        "until": override.end.isoformat(),
        "people": list(override.people),
        "replaces": override.replaces,
    }


def _leave_document(leave: Leave) -> Document:
    return {
        "id": leave.id,
        "person": leave.person,
        "from": leave.start.isoformat(),
        "until": leave.end.isoformat(),
        "note": leave.note,
        "uid": leave.uid,
    }


def _holiday_document(special: SpecialDay) -> Document:
    document: Document = {
        "name": special.name,
        "from": special.first.isoformat(),
        "until": special.last.isoformat(),
    }
    if special.works_as is not None:
        document["works_as"] = format_weekdays(frozenset({special.works_as}))
    return document


def _line_document(line: KnownLine) -> Document:
    return {
        "id": line.id,
        "name": line.name,
        "trunk": line.trunk,
        "caller": line.caller,
        "category": line.category,
        "menu": line.menu,
        "answer_keys": line.answer_keys,
        "test_key": line.test_key,
        "test_every_h": line.test_every_h,
        **line.address.as_document(),
    }


def _policy_document(policy: Policy) -> Document:
    return {
        "category": policy.category,
        "level": [
            {
                "who": [str(selector) for selector in level.who],
                "ringing": level.ringing.value,
                "ring_s": level.ring_s,
                "repeats": level.repeats,
            }
            for level in policy.levels
        ],
    }


_WRITERS: Mapping[type, tuple[EntryKind, Callable[[Any], Document]]] = {
    Person: (EntryKind.PERSON, _person_document),
    Department: (EntryKind.DEPARTMENT, _department_document),
    Schedule: (EntryKind.SCHEDULE, _schedule_document),
    Override: (EntryKind.OVERRIDE, _override_document),
    Leave: (EntryKind.LEAVE, _leave_document),
    SpecialDay: (EntryKind.HOLIDAY, _holiday_document),
    Policy: (EntryKind.POLICY, _policy_document),
    KnownLine: (EntryKind.LINE, _line_document),
}


def document_of(value: Value) -> Document:
    """The document that reads back as `value`."""
    return _WRITERS[type(value)][1](value)


def entry_of(value: Value, where: str = "") -> Entry:
    """A value with its kind, id and document, in the form in which it is kept."""
    kind, write = _WRITERS[type(value)]
    document = write(value)
    match value:
        case SpecialDay():
            id_ = content_id(document)
        case Policy():
            id_ = value.category
        case _:
            id_ = value.id
    return Entry(kind, id_, document, where)


def documents_of(roster: Roster) -> tuple[Entry, ...]:
    """Every entry of a roster, in the order in which it reads back."""
    return tuple(
        entry_of(value)
        for values in (
            roster.people,
            roster.departments,
            roster.schedules,
            roster.overrides,
            roster.leaves,
            roster.special_days,
            roster.policies.values(),
            roster.lines,
        )
        for value in values
    )
