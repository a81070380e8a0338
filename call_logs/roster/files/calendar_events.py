"""The single events of a calendar file: recurring ones expanded over a horizon.

The expansion is `recurring-ical-events`', by icalendar's maintainers. Here is what it does
not do: an event that cannot be understood is told with its line, and no file keeps the
program busy for hours.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import recurring_ical_events
from icalendar import Calendar, Event
from icalendar.prop import vBroken, vDDDTypes

from call_logs.roster.errors import ImportFailed, ImportProblem
from call_logs.roster.shifts import moment
from call_logs.storage.background import give_way

__all__ = ["HORIZON", "Occurrence", "occurrences"]

HORIZON = timedelta(days=400)
MAX_EVENTS = 5000
MAX_OCCURRENCES = 5000  # of one event
OLDEST = timedelta(days=366 * 30)  # a rule is reckoned from its first day on
MOST_A_DAY = 24
_DAY = timedelta(days=1)
_BEGIN = re.compile(rb"^BEGIN:VEVENT[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
_NUMBER = "X-HOTLINE-EVENT"  # our mark in the library's copies: the event's place in the file


@dataclass(frozen=True)
class Occurrence:
    """One event at one time. A whole-day event has dates besides."""

    where: str
    uid: str
    summary: str
    who: tuple[str, ...]  # names and addresses of its attendees, but those who declined
    declined: tuple[str, ...]
    start: datetime
    end: datetime
    first: date | None
    last: date | None
    special: str


def occurrences(
    data: bytes, source: str, zone: ZoneInfo, start: datetime, problems: list[ImportProblem]
) -> Iterator[Occurrence]:
    """Every event between `start` and the horizon, recurring ones expanded; changed, moved and
    cancelled occurrences (RFC 5545 section 3.8.4.4) taken into account."""
    try:
        calendars = Calendar.from_ical(data, multiple=True)
    except (ValueError, RecursionError) as error:
        problem = ImportProblem("file", f"is no calendar: {error}")
        raise ImportFailed(source, [problem]) from None
    lines = [data.count(b"\n", 0, found.start()) + 1 for found in _BEGIN.finditer(data)]
    number = 0
    for calendar in calendars:
        series: defaultdict[str, list[Event]] = defaultdict(list)
        for event in calendar.walk("VEVENT"):
            if not isinstance(event, Event):
                continue
            number += 1
            line = f"line {lines[number - 1]} " if number <= len(lines) else ""
            event[_NUMBER] = f"{line}(event {number})"
            series[str(event.get("UID") or f"none-{number}")].append(event)
        if number > MAX_EVENTS:
            message = f"has more than {MAX_EVENTS} events; split it, or leave out past years"
            raise ImportFailed(source, [ImportProblem("file", message)])
        for events in series.values():
            give_way()
            yield from _understood(events, calendar, zone, start, problems)
    if not number:  # cut short, most likely; taken at its word it would empty a schedule
        raise ImportFailed(source, [ImportProblem("file", "holds no event")])


def _understood(
    events: Sequence[Event],
    calendar: Calendar,
    zone: ZoneInfo,
    start: datetime,
    problems: list[ImportProblem],
) -> Iterator[Occurrence]:
    """The occurrences of one series: an event, and what was changed of it."""
    wrong = [
        ImportProblem(str(event[_NUMBER]), message)
        for event in events
        for message in _not_understood(event, zone, start)
    ]
    originals = [event for event in events if "RECURRENCE-ID" not in event]
    wrong += [
        ImportProblem(str(event[_NUMBER]), f"has the UID of {originals[0][_NUMBER]} again")
        for event in originals[1:]
    ]
    if wrong:
        problems += wrong
        return
    alone = Calendar()
    for key in ("X-WR-TIMEZONE",):
        if key in calendar:
            alone[key] = calendar[key]
    for event in events:
        _name_by_time(event, originals)
        alone.add_component(event)
    # The library turns a duration into an end on the wall clock: hours are hours.
    hours = {str(event[_NUMBER]): event.DURATION for event in events}
    try:
        found = recurring_ical_events.of(alone).between(start, start + HORIZON)
        if len(found) > MAX_OCCURRENCES:
            raise ValueError(f"repeats more than {MAX_OCCURRENCES} times")
        for event in found:
            give_way()
            if str(event.get("STATUS", "")).upper() != "CANCELLED":
                yield _occurrence(event, zone, hours[str(event[_NUMBER])])
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        # What the libraries raise for dates and rules that cannot be.
        problems.append(ImportProblem(str(events[0][_NUMBER]), f"cannot be read: {error}"))


def _not_understood(event: Event, zone: ZoneInfo, start: datetime) -> Iterator[str]:
    """What would be left out silently, or take for ever."""
    broken = [name for name, value in event.property_items() if isinstance(value, vBroken)]
    for name in dict.fromkeys([*(name or "a line" for name, _ in event.errors), *broken]):
        yield f"`{name}` cannot be read"
    if event.errors or broken:
        return
    first: Any = getattr(event.get("DTSTART"), "dt", None)
    if not isinstance(first, date):
        yield "has no start (DTSTART)"
        return
    last: Any = getattr(event.get("DTEND"), "dt", None)
    if isinstance(last, date) and _moment(last, zone) <= _moment(first, zone):
        yield "ends before it begins"
    if "EXRULE" in event:
        yield "has an EXRULE, which no calendar should write any more; use EXDATE"
    rules: Sequence[Any] = _listed(event.get("RRULE"))
    for rule in rules:
        if str(rule.get("FREQ", [""])[0]).upper() in ("SECONDLY", "MINUTELY", "HOURLY"):
            yield "repeats within a day; write one event for each shift"
        times = [len(_listed(rule.get(key))) or 1 for key in ("BYHOUR", "BYMINUTE", "BYSECOND")]
        if times[0] * times[1] * times[2] > MOST_A_DAY:
            yield f"repeats more than {MOST_A_DAY} times a day"
        began = first.date() if isinstance(first, datetime) else first
        if start.date() - began > OLDEST:
            yield f"repeats since {first.year}; let it begin within the last 30 years"


def _name_by_time(event: Event, originals: Sequence[Event]) -> None:
    """A change of one day of a timed event may name it by its date; the library compares
    moments."""
    named: Any = event.get("RECURRENCE-ID")
    first = originals[0].start if originals else None
    if named is None or isinstance(named.dt, datetime) or not isinstance(first, datetime):
        return
    at = vDDDTypes(datetime.combine(named.dt, first.timetz()))
    if "RANGE" in named.params:
        at.params["RANGE"] = named.params["RANGE"]
    event["RECURRENCE-ID"] = at


def _occurrence(event: Event, zone: ZoneInfo, duration: timedelta | None) -> Occurrence:
    begins, ends = _moment(event.start, zone), _moment(event.end, zone)
    if duration is not None and duration % _DAY:
        ends = begins + duration
    if ends <= begins:
        raise ValueError("it ends before it begins")
    whole_days = not isinstance(event.start, datetime)
    who, declined = _attendees(event)
    return Occurrence(
        where=str(event[_NUMBER]),
        uid=str(event.get("UID", "")),
        summary=str(event.get("SUMMARY", "")),
        who=who,
        declined=declined,
        start=begins,
        end=ends,
        first=event.start if whole_days else None,
        last=event.end - _DAY if whole_days else None,
        special=str(event.get("X-APPLE-SPECIAL-DAY", "")),
    )


def _attendees(event: Event) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names and addresses of who comes, and of who has declined (RFC 5545 section 3.2.12)."""
    who: list[str] = []
    declined: list[str] = []
    attendees: Sequence[Any] = _listed(event.get("ATTENDEE"))
    for attendee in attendees:
        is_declined = str(attendee.params.get("PARTSTAT", "")).upper() == "DECLINED"
        found = declined if is_declined else who
        address = str(attendee)
        found.append(address[7:] if address.lower().startswith("mailto:") else address)
        if name := attendee.params.get("CN"):
            found.append(str(name))
    return tuple(who), tuple(declined)


def _moment(value: date | datetime, zone: ZoneInfo) -> datetime:
    """As the wall clock has it: shifts that meet on paper meet on every night."""
    if not isinstance(value, datetime):
        return moment(value, time(0), zone)
    if value.tzinfo is None:
        return moment(value.date(), value.time(), zone)
    if isinstance(value.tzinfo, ZoneInfo):
        return moment(value.date(), value.time(), value.tzinfo)
    return value.astimezone(UTC)


def _listed(value: Any) -> Sequence[Any]:
    if value is None:
        return ()
    return value if isinstance(value, list) else (value,)
