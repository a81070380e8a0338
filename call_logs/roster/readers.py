"""Reads documents of the roster into values and notes every mistake.

Reading is tolerant: one bad number or shift is noted and left out, the rest of the entry
stands. Whoever saves refuses a document with a note; whoever rings people goes on with
the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time
from typing import TypeVar
from zoneinfo import ZoneInfo

from call_logs.roster.addresses import Address, KnownLine
from call_logs.roster.contacts import InvalidContact, parse_contact
from call_logs.roster.departments import Department
from call_logs.roster.documents import Entry, EntryKind, Value, content_id
from call_logs.roster.errors import ImportProblem, RosterError
from call_logs.roster.fields import Fields, parse_weekdays
from call_logs.roster.people import LANGUAGES, Person
from call_logs.roster.policies import ANY_CATEGORY, Level, Policy, Ringing, Selector
from call_logs.roster.roster import Roster
from call_logs.roster.shifts import (
    DatedShift,
    Leave,
    OnHolidays,
    Override,
    Rotation,
    Schedule,
    SpecialDay,
    WeeklyShift,
    Window,
)
from call_logs.storage.phone import normal_number

__all__ = ["build_roster", "read_entry"]

T = TypeVar("T")

MAX_HOLIDAY_DAYS = 62
MOST_CONTACTS = 20


def _read_person(fields: Fields) -> Person:
    contacts = []
    for text in fields.texts("contacts", MOST_CONTACTS):
        try:
            contacts.append(parse_contact(text, fields.region))
        except InvalidContact as error:
            fields.problem(str(error))
    languages = fields.texts("languages")
    for language in languages:
        if language not in LANGUAGES:
            fields.problem(f"language `{language}` is not spoken; choose {', '.join(LANGUAGES)}")
    id_ = fields.identifier()
    return Person(
        id=id_,
        name=fields.text("name", id_),
        contacts=tuple(contacts),
        roles=frozenset(fields.texts("roles")),
        languages=tuple(each for each in languages if each in LANGUAGES) or LANGUAGES[:1],
        categories=frozenset(fields.texts("categories")),
        notices=fields.texts("notices"),
        refer=fields.flag("refer", False),
        active=fields.flag("active", True),
    )


def _read_department(fields: Fields) -> Department:
    id_ = fields.identifier()
    return Department(
        id=id_,
        name=fields.text("name", id_),
        head=fields.identifier("head", required=False),
        deputy=fields.identifier("deputy", required=False),
        members=fields.texts("members"),
        categories=fields.texts("categories"),
    )


def _read_window(fields: Fields, first_key: str | None) -> Window:
    window = Window(
        days=fields.weekdays("days"),
        start=fields.clock("start", time(0)),
        end=fields.clock("end", time(0)),
        holidays=fields.choice("holidays", OnHolidays.AS_USUAL),
        first=fields.day(first_key) if first_key else None,
        last=fields.day("until"),
    )
    if window.first and window.last and window.last < window.first:
        fields.problem(f"`until` {window.last} is before `from` {window.first}")
    return window


def _read_people(fields: Fields) -> tuple[str, ...]:
    people = fields.texts("people")
    if not people:
        fields.problem("`people` is empty; name at least one person's id")
    return people


def _read_schedule(fields: Fields) -> Schedule:
    id_ = fields.identifier()
    zone = fields.timezone("timezone")
    weekly, rotations, dated = [], [], []
    for each in fields.tables("weekly"):
        weekly.append(WeeklyShift(_read_people(each), _read_window(each, "from")))
        each.finish()
    for each in fields.tables("rotation"):
        every_days = each.whole("every_days", 7)
        since = each.day("since", required=True)
        rotation = Rotation(
            _read_people(each),
            since or date(1970, 1, 1),
            each.clock("handover", time(9)),
            max(1, every_days),
            _read_window(each, None),
        )
        each.finish()
        if not 1 <= every_days <= 366:
            each.problem(f"`every_days` is {every_days}; 1 is daily, 7 weekly, 366 the most")
        if since:
            rotations.append(rotation)
    for each in fields.tables("dated"):
        shift = DatedShift(
            each.identifier("person"),
            each.moment("start"),
            each.moment("end", ends=True),
            each.text("uid"),
        )
        each.finish()
        if shift.end <= shift.start:
            each.problem("`end` is not after `start`")
        dated.append(shift)
    return Schedule(
        id=id_,
        name=fields.text("name", id_),
        zone=zone,
        role=fields.text("role"),
        categories=frozenset(fields.texts("categories")),
        weekly=tuple(weekly),
        rotations=tuple(rotations),
        dated=tuple(dated),
    )


def _read_interval(fields: Fields) -> tuple[datetime, datetime]:
    start, end = fields.moment("from"), fields.moment("until", ends=True)
    if end <= start:
        fields.problem("`until` is not after `from`")
    return start, end


def _read_override(fields: Fields) -> Override:
    start, end = _read_interval(fields)
    override = Override(
        id=fields.identifier(default=content_id(fields.document), required=False),
        schedule=fields.identifier("schedule"),
        start=start,
        end=end,
        people=fields.texts("people"),
        replaces=fields.identifier("replaces", required=False),
    )
    if not override.people and not override.replaces:
        fields.problem("an override needs `people`, `replaces` or both")
    return override


def _read_leave(fields: Fields) -> Leave:
    start, end = _read_interval(fields)
    return Leave(
        id=fields.identifier(default=content_id(fields.document), required=False),
        person=fields.identifier("person"),
        start=start,
        end=end,
        note=fields.text("note"),
        uid=fields.text("uid"),
    )


def _read_holiday(fields: Fields) -> SpecialDay | None:
    fields.has("id")
    name = fields.text("name", required=True)
    first = fields.day("from", required=True)
    last = fields.day("until") or first
    works_as: int | None = None
    if fields.has("works_as"):
        text = fields.text("works_as")
        try:
            (works_as,) = parse_weekdays(text)
        except ValueError:
            fields.problem(f"`works_as` is `{text}`; write one weekday such as mon")
    if first is None or last is None:
        return None
    if not 0 <= (last - first).days < MAX_HOLIDAY_DAYS:
        fields.problem(f"{first} to {last} must be 1 to {MAX_HOLIDAY_DAYS} days")
        return None
    return SpecialDay(name, first, last, works_as)


def _read_policy(fields: Fields) -> Policy | None:
    category = ANY_CATEGORY
    if fields.text("category") != ANY_CATEGORY:
        category = fields.identifier("category")
    levels = []
    for each in fields.tables("level"):
        who: list[Selector] = []
        for text in each.texts("who"):
            try:
                who.append(Selector.parse(text))
            except RosterError as error:
                each.problem(str(error))
        ringing = each.choice("ringing", Ringing.ONE_BY_ONE)
        ring_s, repeats = each.whole("ring_s", 25), each.whole("repeats", 1)
        each.finish()
        try:
            levels.append(Level(tuple(who), ringing, ring_s, repeats))
        except RosterError as error:
            each.problem(str(error))
    try:
        return Policy(category, tuple(levels)) if category else None
    except RosterError as error:
        fields.problem(str(error))
        return None


ANSWER_KEYS = frozenset("0123456789ABCD*#,")
MOST_ANSWER_KEYS = 20
MOST_TEST_HOURS = 24 * 366


def _read_line(fields: Fields) -> KnownLine:
    caller = fields.text("caller")
    line = KnownLine(
        id=fields.identifier(),
        name=fields.text("name"),
        address=Address(
            building=fields.text("building"),
            unit=fields.text("unit"),
            floor=fields.text("floor"),
            room=fields.text("room"),
            area=fields.text("area"),
            lift=fields.text("lift"),
        ),
        trunk=fields.text("trunk"),
        caller=normal_number(caller, fields.region) if caller else "",
        category=fields.text("category"),
        menu=fields.text("menu"),
        answer_keys=fields.text("answer_keys").upper(),
        test_key=fields.text("test_key").upper(),
        test_every_h=fields.whole("test_every_h", 0),
    )
    if line.test_key and (len(line.test_key) > 1 or line.test_key not in ANSWER_KEYS - {","}):
        fields.problem("`test_key` is one key: 0-9, A-D, * or #")
    if not 0 <= line.test_every_h <= MOST_TEST_HOURS:
        fields.problem(f"`test_every_h` is from 0 to {MOST_TEST_HOURS} hours")
    if line.test_every_h and not line.test_key:
        fields.problem("`test_every_h` needs `test_key`, by which a test call is known")
    if set(line.answer_keys) - ANSWER_KEYS or len(line.answer_keys) > MOST_ANSWER_KEYS:
        fields.problem(
            f"`answer_keys` are up to {MOST_ANSWER_KEYS} of 0-9, A-D, * and #; "
            "a comma waits a second"
        )
    if not line.trunk and not line.caller:
        fields.problem("a line needs `trunk`, `caller` or both to be known by")
    if not line.address:
        fields.problem("a line needs a place: `building`, `unit`, `lift`, `area`, ...")
    return line


_READERS: Mapping[EntryKind, Callable[[Fields], Value | None]] = {
    EntryKind.PERSON: _read_person,
    EntryKind.DEPARTMENT: _read_department,
    EntryKind.SCHEDULE: _read_schedule,
    EntryKind.OVERRIDE: _read_override,
    EntryKind.LEAVE: _read_leave,
    EntryKind.HOLIDAY: _read_holiday,
    EntryKind.POLICY: _read_policy,
    EntryKind.LINE: _read_line,
}


def read_entry(kind: EntryKind, fields: Fields) -> Value | None:
    """Read one entry; what is wrong is in `fields.problems`. None: nothing usable in it."""
    value = _READERS[kind](fields)
    fields.finish()
    return value


def build_roster(
    entries: Iterable[Entry], zone: ZoneInfo, region: str, revision: int = 0
) -> tuple[Roster, tuple[ImportProblem, ...]]:
    """A roster of everything usable in `entries`, and what is wrong with the rest."""
    problems: list[ImportProblem] = []
    values: dict[EntryKind, list[Value]] = {kind: [] for kind in EntryKind}
    for entry in entries:
        where = entry.where or f"{entry.kind} {entry.id}"
        fields = Fields(entry.document, where, problems, zone, region)
        if (value := read_entry(entry.kind, fields)) is not None:
            values[entry.kind].append(value)
    policies = [value for value in values[EntryKind.POLICY] if isinstance(value, Policy)]
    roster = Roster(
        people=_only(Person, values[EntryKind.PERSON]),
        departments=_only(Department, values[EntryKind.DEPARTMENT]),
        schedules=_only(Schedule, values[EntryKind.SCHEDULE]),
        overrides=_only(Override, values[EntryKind.OVERRIDE]),
        leaves=_only(Leave, values[EntryKind.LEAVE]),
        special_days=_only(SpecialDay, values[EntryKind.HOLIDAY]),
        lines=_only(KnownLine, values[EntryKind.LINE]),
        policies={policy.category: policy for policy in policies},
        region=region,
        zone=zone,
        revision=revision,
    )
    return roster, tuple(problems)


def _only(kind: type[T], values: list[Value]) -> tuple[T, ...]:
    return tuple(value for value in values if isinstance(value, kind))
