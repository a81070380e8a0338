"""Which columns people and shifts have in a spreadsheet.

people: id, name, contacts, roles, languages, categories, notices, refer, active
    several values of a cell are separated by `;`
shifts: schedule, people, days, start, end, holidays, from, until
    `days` are weekdays (`mon-fri`, `周一至周五`) or one date (`2026-10-01`)
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from call_logs.roster.documents import EntryKind, document_of
from call_logs.roster.errors import ImportFailed, ImportProblem
from call_logs.roster.fields import Fields, parse_day
from call_logs.roster.files.csv_file import read_csv, write_csv
from call_logs.roster.people import Person
from call_logs.roster.readers import read_entry
from call_logs.roster.roster import Roster
from call_logs.roster.shifts import DatedShift, Schedule, WeeklyShift, moment
from call_logs.storage.background import give_way

__all__ = [
    "read_people_csv",
    "read_shifts_csv",
    "write_people_csv",
    "write_shifts_csv",
]

PEOPLE = (
    "id",
    "name",
    "contacts",
    "roles",
    "languages",
    "categories",
    "notices",
    "refer",
    "active",
)
SHIFTS = ("schedule", "people", "days", "start", "end", "holidays", "from", "until")


def read_people_csv(data: bytes, source: str, roster: Roster) -> tuple[Person, ...]:
    """The people of a sheet; `roster` gives zone and region.

    Raises:
        ImportFailed: every bad row.
    """
    problems: list[ImportProblem] = []
    people: dict[str, Person] = {}
    for where, row in read_csv(data, source, PEOPLE, ("id", "contacts")):
        give_way()
        person = read_entry(
            EntryKind.PERSON, Fields(row, where, problems, roster.zone, roster.region)
        )
        if isinstance(person, Person):
            if person.id and person.id in people:
                problems.append(ImportProblem(where, f"`{person.id}` stands there twice"))
            people[person.id] = person
    if problems:
        raise ImportFailed(source, problems)
    return tuple(people.values())


def write_people_csv(people: Iterable[Person]) -> bytes:
    """The sheet that `read_people_csv` reads back."""
    return write_csv(PEOPLE, (_cells(document_of(person)) for person in people))


def _cells(document: Mapping[str, object]) -> dict[str, str]:
    return {key: _cell(value) for key, value in document.items()}


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ";".join(map(str, value)) if isinstance(value, list) else str(value)


def read_shifts_csv(data: bytes, source: str, roster: Roster) -> tuple[Schedule, ...]:
    """The schedules that a sheet names, with the sheet's weekly and dated shifts instead of
    those that they have. Their rotations stay; an unknown schedule is a new one.

    Raises:
        ImportFailed: every bad row.
    """
    problems: list[ImportProblem] = []
    weekly: defaultdict[str, list[WeeklyShift]] = defaultdict(list)
    dated: defaultdict[str, list[DatedShift]] = defaultdict(list)
    schedules = {schedule.id: schedule for schedule in roster.schedules}
    for where, row in read_csv(data, source, SHIFTS, ("schedule", "people")):
        give_way()
        zone = schedules[row["schedule"]].zone if row["schedule"] in schedules else roster.zone
        fields = Fields(row, where, problems, zone, roster.region)
        id_ = fields.identifier("schedule")
        for name in fields.texts("people"):
            if name not in roster.by_id:
                fields.problem(f"person `{name}` is not on the roster")
        if parse_day(row.get("days", "")):
            dated[id_].extend(_dated(fields, zone))
        else:
            document = {key: cell for key, cell in row.items() if key != "schedule"}
            schedule = read_entry(
                EntryKind.SCHEDULE, fields.alone({"id": id_ or "new", "weekly": [document]})
            )
            if isinstance(schedule, Schedule):
                weekly[id_].extend(schedule.weekly)
    if problems:
        raise ImportFailed(source, problems)
    return tuple(
        replace(
            schedules.get(id_, Schedule(id_, id_, roster.zone)),
            weekly=tuple(weekly[id_]),
            dated=tuple(dated[id_]),
        )
        for id_ in {**weekly, **dated}
    )


def _dated(fields: Fields, zone: ZoneInfo) -> list[DatedShift]:
    """One shift on one date for each person of the row."""
    day = fields.day("days") or date(1970, 1, 1)
    midnight = datetime.min.time()
    start, end = fields.clock("start", midnight), fields.clock("end", midnight)
    for key in ("holidays", "from", "until"):
        if fields.has(key):
            fields.problem(f"`{key}` has no meaning for a shift on one date; leave it empty")
    people = fields.texts("people")
    if not people:
        fields.problem("`people` is empty; name at least one person's id")
    last = day if end > start else day + timedelta(days=1)
    return [
        DatedShift(person, moment(day, start, zone), moment(last, end, zone)) for person in people
    ]


def write_shifts_csv(roster: Roster, schedule: str | None = None) -> bytes:
    """Weekly and dated shifts, of one schedule or all; rotations have no row. Dated shifts
    longer than a day become one row a day."""

    def rows() -> Iterable[dict[str, str]]:
        for each in roster.schedules:
            if schedule in (None, each.id):
                document = document_of(replace(each, dated=()))
                weekly = document["weekly"]
                assert isinstance(weekly, list)  # as `document_of` writes it
                for shift in weekly:
                    yield {"schedule": each.id, **_cells(shift)}
                for dated in each.dated:
                    yield from _dated_rows(each, dated)

    return write_csv(SHIFTS, rows())


def _dated_rows(schedule: Schedule, shift: DatedShift) -> Iterable[dict[str, str]]:
    start = shift.start
    while start < shift.end:
        local = start.astimezone(schedule.zone)
        end = min(shift.end, moment(local.date() + timedelta(days=1), local.time(), schedule.zone))
        yield {
            "schedule": schedule.id,
            "people": shift.person,
            "days": local.date().isoformat(),
            "start": local.time().isoformat("minutes"),
            "end": end.astimezone(schedule.zone).time().isoformat("minutes"),
        }
        start = end.astimezone(UTC)
