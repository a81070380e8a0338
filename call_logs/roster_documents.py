"""Entries of the roster as plain documents: what a TOML file holds, the database keeps and
the REST API speaks. `call_logs.roster_readers` reads them back.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from call_logs.policies import Policy
from call_logs.roster import Roster
from call_logs.roster_fields import format_weekdays
from call_logs.roster_people import Person
from call_logs.shifts import Leave, Override, Schedule, SpecialDay, Window

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
Value = Person | Schedule | Override | Leave | SpecialDay | Policy


class EntryKind(StrEnum):
    """What an entry is; also the name of its table in a TOML file: `[[person]]`."""

    PERSON = "person"
    SCHEDULE = "schedule"
    OVERRIDE = "override"
    LEAVE = "leave"
    HOLIDAY = "holiday"
    POLICY = "policy"


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


def document_of(value: Value) -> Document:
    """The document that reads back as `value`."""
    match value:
        case Person():
            return _person_document(value)
        case Schedule():
            return _schedule_document(value)
        case Override():
            return {
                "id": value.id,
                "schedule": value.schedule,
                "from": value.start.isoformat(),
                "until": value.end.isoformat(),
                "people": list(value.people),
                "replaces": value.replaces,
            }
        case Leave():
            return {
                "id": value.id,
                "person": value.person,
                "from": value.start.isoformat(),
                "until": value.end.isoformat(),
                "note": value.note,
                "uid": value.uid,
            }
        case SpecialDay():
            document: Document = {
                "name": value.name,
                "from": value.first.isoformat(),
                "until": value.last.isoformat(),
            }
            if value.works_as is not None:
                document["works_as"] = format_weekdays(frozenset({value.works_as}))
            return document
        case Policy():
            return {
                "category": value.category,
                "level": [
                    {
                        "who": [str(selector) for selector in level.who],
                        "ringing": level.ringing.value,
                        "ring_s": level.ring_s,
                        "repeats": level.repeats,
                    }
                    for level in value.levels
                ],
            }


def documents_of(roster: Roster) -> tuple[Entry, ...]:
    """Every entry of a roster, in the order in which it reads back."""
    return tuple(
        entry_of(value)
        for values in (
            roster.people,
            roster.schedules,
            roster.overrides,
            roster.leaves,
            roster.special_days,
            roster.policies.values(),
        )
        for value in values
    )


def entry_of(value: Value, where: str = "") -> Entry:
    """A value with its kind, id and document, in the form in which it is kept."""
    document = document_of(value)
    match value:
        case SpecialDay():
            return Entry(EntryKind.HOLIDAY, content_id(document), document, where)
        case Policy():
            return Entry(EntryKind.POLICY, value.category, document, where)
        case Person():
            kind = EntryKind.PERSON
        case Schedule():
            kind = EntryKind.SCHEDULE
        case Override():
            kind = EntryKind.OVERRIDE
        case Leave():
            kind = EntryKind.LEAVE
    return Entry(kind, value.id, document, where)
