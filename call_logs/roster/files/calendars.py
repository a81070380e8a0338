"""Calendars (iCalendar, RFC 5545): feeds of who serves when, and shifts, leave and holidays
from calendars kept elsewhere.

Out: the duties as they really are, overrides and leave included, as single events in UTC:
no reader has to know our rules. In: recurring events are expanded to single ones over
`HORIZON`, since a calendar repeats for ever and a roster need not.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event

from call_logs.roster.errors import ImportFailed, ImportProblem
from call_logs.roster.files.calendar_events import Occurrence, occurrences
from call_logs.roster.people import Person
from call_logs.roster.roster import Roster, duties
from call_logs.roster.shifts import DatedShift, Leave, Schedule, SpecialDay

__all__ = ["read_holidays", "read_leave", "read_shifts", "write_calendar"]

# Apple's calendar of Chinese holidays marks make-up days so; others write 班 or 补班.
_WORKDAY_MARKS = ("ALTERNATE-WORKDAY",)
_WORKDAY_WORDS = ("补班", "调休上班", "（班）", "(班)", " 班")


def write_calendar(
    roster: Roster,
    start: datetime,
    end: datetime,
    *,
    person: str | None = None,
    schedule: str | None = None,
) -> bytes:
    """The feed of a person or a schedule (ids), or of everybody, between two aware moments."""
    names = {each.id: each.name for each in roster.schedules}
    person_name = next((each.name for each in roster.people if each.id == person), "")
    title = names.get(schedule or "", "") or person_name or "hotline"
    calendar = Calendar()
    calendar.add("prodid", "-//hotline//on-call roster//")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", title)
    for duty in duties(roster, start, end, person=person, schedule=schedule):
        event = Event()
        key = f"{duty.schedule}\n{duty.person}\n{duty.start.isoformat()}"
        event.add("uid", hashlib.sha256(key.encode()).hexdigest()[:32] + "@hotline")
        # A feed that did not change is the same bytes: no time of writing in it.
        event.add("dtstamp", duty.start)
        event.add("dtstart", duty.start)
        event.add("dtend", duty.end)
        name = roster.by_id[duty.person].name
        event.add("summary", name if schedule else f"{names[duty.schedule]}: {name}")
        event.add("transp", "TRANSPARENT")
        calendar.add_component(event)
    data: bytes = calendar.to_ical()
    return data


def read_shifts(
    data: bytes, source: str, roster: Roster, schedule: str, start: datetime
) -> Schedule:
    """The schedule with the calendar's events as its dated shifts, from `start` (aware) on
    over `HORIZON`. Whoever an event's summary or attendees name serves: by id, by name, or
    by an e-mail address among their notices.

    Raises:
        ImportFailed: no calendar, an unknown schedule, or events that name nobody.
    """
    known = {each.id: each for each in roster.schedules}
    if schedule not in known:
        problem = ImportProblem("file", f"schedule `{schedule}` is not on the roster; add it first")
        raise ImportFailed(source, [problem])
    shifts: list[DatedShift] = []
    problems: list[ImportProblem] = []
    for each in occurrences(data, source, known[schedule].zone, start, problems):
        if person := _person(each, roster, problems):
            shifts.append(DatedShift(person.id, each.start, each.end, each.uid))
    _refuse(source, problems)
    return replace(known[schedule], dated=tuple(sorted(shifts, key=lambda shift: shift.start)))


def read_leave(data: bytes, source: str, roster: Roster, start: datetime) -> tuple[Leave, ...]:
    """The calendar's events, from `start` (aware) on over `HORIZON`, as leave of whom they
    name. The same event read again is the same leave.

    Raises:
        ImportFailed: no calendar, or events that name nobody.
    """
    leaves: list[Leave] = []
    problems: list[ImportProblem] = []
    for each in occurrences(data, source, roster.zone, start, problems):
        if person := _person(each, roster, problems):
            key = f"{each.uid}\n{each.start.isoformat()}\n{person.id}"
            id_ = hashlib.sha256(key.encode()).hexdigest()[:12]
            leaves.append(Leave(id_, person.id, each.start, each.end, each.summary, each.uid))
    _refuse(source, problems)
    return tuple(leaves)


def read_holidays(
    data: bytes, source: str, zone: ZoneInfo, start: datetime
) -> tuple[SpecialDay, ...]:
    """The whole-day events of a holiday calendar, from `start` (aware) on over `HORIZON`.

    A make-up day (marked by Apple's `X-APPLE-SPECIAL-DAY`, or 班 in its summary) is worked
    as a Monday when no weekday is known: weekday windows hold, weekend windows do not.

    Raises:
        ImportFailed: no calendar, or an event that is not whole days.
    """
    days: list[SpecialDay] = []
    problems: list[ImportProblem] = []
    for each in occurrences(data, source, zone, start, problems):
        if each.first is None or each.last is None:
            problems.append(ImportProblem(each.where, "is not a whole-day event"))
            continue
        padded = f" {each.summary.strip()}"
        worked = each.special in _WORKDAY_MARKS or any(word in padded for word in _WORKDAY_WORDS)
        name = each.summary or "holiday"
        days.append(SpecialDay(name, each.first, each.last, 0 if worked else None))
    _refuse(source, problems)
    return tuple(days)


def _refuse(source: str, problems: list[ImportProblem]) -> None:
    if problems:
        raise ImportFailed(source, problems)


def _person(event: Occurrence, roster: Roster, problems: list[ImportProblem]) -> Person | None:
    """Whom an event names. A name inside a longer summary counts when it is the only one."""
    texts = [text.casefold() for text in (event.summary.strip(), *event.who)]
    exact = [p for p in roster.people if {p.id.casefold(), p.name.casefold()} & set(texts)]
    by_mail = [
        p
        for p in roster.people
        if any(who.casefold() in notice.casefold() for who in event.who for notice in p.notices)
    ]
    inside = [p for p in roster.people if p.name.casefold() in event.summary.casefold()]
    for found in (exact, by_mail, inside):
        if len(found) == 1:
            if _has_declined(found[0], event):
                break
            return found[0]
        if found:
            names = ", ".join(person.id for person in found)
            problems.append(ImportProblem(event.where, f"names several people: {names}"))
            return None
    message = "names nobody on the roster; write a person's id as its title"
    if event.declined:
        message = (
            f"was declined by {event.declined[-1]}, and names nobody else who serves; name "
            "somebody, or delete it"
        )
    problems.append(ImportProblem(event.where, message))
    return None


def _has_declined(person: Person, event: Occurrence) -> bool:
    """Whether the person whom the title names has said no to it in their own calendar."""
    told = {text.casefold() for text in event.declined}
    return bool({person.id.casefold(), person.name.casefold()} & told) or any(
        who in notice.casefold() for who in told if "@" in who for notice in person.notices
    )
