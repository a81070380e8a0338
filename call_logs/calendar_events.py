"""The single events of a calendar file: recurring ones expanded over a horizon."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dateutil.rrule import rruleset, rrulestr  # type: ignore[import-untyped]
from icalendar import Calendar, Event

from call_logs.roster_errors import ImportFailed, ImportProblem
from call_logs.shifts import moment

__all__ = ["HORIZON", "Occurrence", "occurrences"]

HORIZON = timedelta(days=400)
MAX_OCCURRENCES = 5000
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Occurrence:
    """One event at one time. A whole-day event has dates besides."""

    where: str
    uid: str
    summary: str
    who: tuple[str, ...]  # names and addresses of its attendees
    start: datetime
    end: datetime
    first: date | None
    last: date | None
    special: str


def occurrences(
    data: bytes, source: str, zone: ZoneInfo, start: datetime, problems: list[ImportProblem]
) -> Iterator[Occurrence]:
    """Every event between `start` and the horizon, recurring ones expanded, changed and
    cancelled occurrences (RFC 5545 section 3.8.4.4) taken into account."""
    try:
        calendars = Calendar.from_ical(data, multiple=True)
    except ValueError as error:
        problem = ImportProblem("file", f"is no calendar: {error}")
        raise ImportFailed(source, [problem]) from None
    found = (event for calendar in calendars for event in calendar.walk("VEVENT"))
    events = [event for event in found if isinstance(event, Event)]
    if not events:  # cut short, most likely; taken at its word it would empty a schedule
        raise ImportFailed(source, [ImportProblem("file", "holds no event")])
    changed: defaultdict[str, set[datetime]] = defaultdict(set)
    for event in events:
        if moved := event.get("RECURRENCE-ID"):
            changed[str(event.get("UID", ""))].add(_moment(moved.dt, zone))
    end = start + HORIZON
    for number, event in enumerate(events, start=1):
        where = f"event {number}"
        try:
            if str(event.get("STATUS", "")).upper() == "CANCELLED":
                continue
            for begins, ends in _expanded(event, zone, end):
                uid = str(event.get("UID", ""))
                replaced = "RECURRENCE-ID" not in event and begins in changed[uid]
                if ends <= begins:
                    raise ValueError("it ends before it begins")
                if begins < end and ends > start and not replaced:
                    yield _occurrence(event, where, begins, ends, zone)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            # What icalendar and dateutil raise for dates and rules that cannot be.
            problems.append(ImportProblem(where, f"cannot be read: {error}"))


def _expanded(event: Event, zone: ZoneInfo, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Start and end of each occurrence until `end`. Rules are reckoned on the wall clock of
    the event's own zone, so that 08:00 stays 08:00 when the clocks change."""
    first = event.start
    length = event.end - first
    if not isinstance(first, datetime):
        own, naive = zone, datetime.combine(first, time(0))
    else:
        own = first.tzinfo if isinstance(first.tzinfo, ZoneInfo) else zone
        naive = first.astimezone(own).replace(tzinfo=None) if first.tzinfo else first
    rules = rruleset()
    rules.rdate(naive)
    for rule in _listed(event.get("RRULE")):
        text = rule.to_ical().decode()
        rules.rrule(rrulestr(_local_until(text, own), dtstart=naive))
    for key, add in (("RDATE", rules.rdate), ("EXDATE", rules.exdate)):
        for dates in _listed(event.get(key)):
            for each in dates.dts:
                add(_moment(each.dt, own).astimezone(own).replace(tzinfo=None))
    limit = end.astimezone(own).replace(tzinfo=None)
    for count, begins in enumerate(rules):
        if begins >= limit:
            return
        if count >= MAX_OCCURRENCES:
            raise ValueError(f"repeats more than {MAX_OCCURRENCES} times")
        at = moment(begins.date(), begins.time(), own)
        if isinstance(first, datetime):
            yield at, at + length
        else:
            last = begins.date() + length
            yield at, moment(last, time(0), own)


def _local_until(rule: str, zone: ZoneInfo) -> str:
    """`UNTIL` is in UTC where the start has a zone (RFC 5545 section 3.3.10); the rule is
    reckoned on the wall clock."""
    parts = []
    for part in rule.split(";"):
        key, _, value = part.partition("=")
        if key == "UNTIL" and value.endswith("Z"):
            until = datetime.strptime(value, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
            value = until.astimezone(zone).strftime("%Y%m%dT%H%M%S")
        elif key == "UNTIL" and "T" not in value:
            value += "T235959"
        parts.append(f"{key}={value}")
    return ";".join(parts)


def _occurrence(
    event: Event, where: str, begins: datetime, ends: datetime, zone: ZoneInfo
) -> Occurrence:
    whole_days = not isinstance(event.start, datetime)
    return Occurrence(
        where=where,
        uid=str(event.get("UID", "")),
        summary=str(event.get("SUMMARY", "")),
        who=tuple(_attendees(event)),
        start=begins,
        end=ends,
        first=begins.astimezone(zone).date() if whole_days else None,
        last=ends.astimezone(zone).date() - _DAY if whole_days else None,
        special=str(event.get("X-APPLE-SPECIAL-DAY", "")),
    )


def _attendees(event: Event) -> Iterator[str]:
    for attendee in _listed(event.get("ATTENDEE")):
        address = str(attendee)
        yield address[7:] if address.lower().startswith("mailto:") else address
        if name := attendee.params.get("CN"):
            yield str(name)


def _moment(value: date | datetime, zone: ZoneInfo) -> datetime:
    if not isinstance(value, datetime):
        return moment(value, time(0), zone)
    return value.astimezone(UTC) if value.tzinfo else moment(value.date(), value.time(), zone)


def _listed(value: object) -> Iterable:  # type: ignore[type-arg]
    if value is None:
        return ()
    return value if isinstance(value, list) else (value,)
