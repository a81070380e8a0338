"""The roster as one value: people, schedules, overrides, leave, special days, policies.

A `Roster` never changes; `call_logs.roster.store` reads one and writes the next.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from itertools import pairwise
from zoneinfo import ZoneInfo

from call_logs.roster.addresses import KnownLine
from call_logs.roster.contacts import ContactKind
from call_logs.roster.departments import Department
from call_logs.roster.people import Person
from call_logs.roster.policies import ANY_CATEGORY, DUTY, Policy, built_in_policies
from call_logs.roster.shifts import Leave, Override, Schedule, SpecialDay
from call_logs.storage.phone import REGION, normal_number

__all__ = [
    "Duty",
    "Roster",
    "Rota",
    "boundaries",
    "duties",
    "narrowed",
    "on_call",
    "rota",
    "serving",
]


@dataclass(frozen=True)
class Roster:
    """Everything that decides who is rung. Ids are unique within their tuple."""

    people: tuple[Person, ...] = ()
    schedules: tuple[Schedule, ...] = ()
    overrides: tuple[Override, ...] = ()
    leaves: tuple[Leave, ...] = ()
    special_days: tuple[SpecialDay, ...] = ()
    lines: tuple[KnownLine, ...] = ()
    policies: Mapping[str, Policy] = field(default_factory=dict)  # the company's own
    departments: tuple[Department, ...] = ()
    ring_at_once: tuple[str, ...] = ()  # categories whose built-in policy rings all together
    region: str = REGION  # of numbers without a country code
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Shanghai"))
    revision: int = 0  # grows with every change in the database

    @cached_property
    def by_id(self) -> Mapping[str, Person]:
        return {person.id: person for person in self.people}

    @cached_property
    def built_in(self) -> Mapping[str, Policy]:
        """The policies that hold where the company has none of its own."""
        return built_in_policies(self.ring_at_once)

    @cached_property
    def days(self) -> Mapping[date, SpecialDay]:
        """Every single special day; of two that name the same date the later entry holds."""
        return {
            special.first + timedelta(days=offset): special
            for special in self.special_days
            for offset in range((special.last - special.first).days + 1)
        }

    def policy(self, category: str) -> Policy:
        """The policy of a category: the company's own, the company's for any category, the
        built-in one, the built-in for any category; the first that exists. Key 0 is no
        category: without a policy of its own it has the built-in one. It bears the name that
        was asked for, since people may not serve every category."""
        own = [self.policies.get(category)]
        if category != DUTY:
            own.append(self.policies.get(ANY_CATEGORY))
        built_in = self.built_in.get(category, self.built_in[ANY_CATEGORY])
        policy = next((each for each in own if each is not None), built_in)
        return replace(policy, category=category)

    def line_for(self, trunk: str, caller: str) -> KnownLine | None:
        """The line that a call comes by: one that names both trunk and caller before one
        that names the caller, before one that names the trunk."""
        normal = normal_number(caller, self.region) if caller else ""
        matching = [line for line in self.lines if line.matches(trunk, normal)]
        return max(matching, key=lambda line: (bool(line.caller), bool(line.trunk)), default=None)

    def person_at(self, number: str) -> Person | None:
        """Whose telephone a number is: an active person's. Of a SIP address the user counts."""
        normal = normal_number(number, self.region) if number else ""
        return next(
            (
                person
                for person in self.people
                if normal and person.active and normal in _numbers(person, self.region)
            ),
            None,
        )

    def present(self, at: datetime) -> Callable[[str], bool]:
        """A test for ids: on the roster, active, and not on leave at `at`."""
        away = {leave.person for leave in self.leaves if leave.start <= at < leave.end}
        people = self.by_id
        return lambda id_: id_ in people and people[id_].active and id_ not in away


def _numbers(person: Person, region: str) -> Iterator[str]:
    for contact in person.contacts:
        number = contact.address
        if contact.kind is ContactKind.SIP:
            user, at, _ = number.partition(":")[2].partition("@")
            number = user if at else ""
        if number:
            yield normal_number(number, region)


def serving(roster: Roster, schedule: Schedule, at: datetime) -> tuple[Person, ...]:
    """Who serves in one schedule at `at` (aware), in order."""
    overrides = tuple(
        override
        for override in roster.overrides
        if override.schedule == schedule.id and override.start <= at < override.end
    )
    ids = schedule.people_at(
        at, present=roster.present(at), special=roster.days, overrides=overrides
    )
    return tuple(roster.by_id[id_] for id_ in ids)


Rota = tuple[tuple[Schedule, tuple[Person, ...]], ...]


def rota(roster: Roster, at: datetime) -> Rota:
    """Every schedule with who serves in it at `at` (aware)."""
    return tuple((schedule, serving(roster, schedule, at)) for schedule in roster.schedules)


def on_call(
    roster: Roster, at: datetime, *, role: str | None = None, category: str | None = None
) -> tuple[Person, ...]:
    """Who is on call at `at` (aware), in the order of the schedules, each person once.

    `role` keeps those who serve in that role: the schedule's, or where it names none, one
    of their own. `category` keeps the schedules and the people that serve it.
    """
    return narrowed(rota(roster, at), role=role, category=category)


def narrowed(
    serving_now: Rota, *, role: str | None = None, category: str | None = None
) -> tuple[Person, ...]:
    """The part of a rota that `on_call` speaks of: for many questions about one moment."""
    found: dict[str, Person] = {}
    for schedule, people in serving_now:
        if category is not None and schedule.categories and category not in schedule.categories:
            continue
        for person in people:
            has_role = role is None or role == schedule.role
            has_role = has_role or (not schedule.role and role in person.roles)
            if has_role and person.serves(category):
                found.setdefault(person.id, person)
    return tuple(found.values())


def boundaries(roster: Roster, start: datetime, end: datetime) -> tuple[datetime, ...]:
    """`start`, every later moment before `end` at which the answer of `on_call` may
    change, and `end`, in order. Between two of them it does not."""

    def moments() -> Iterator[datetime]:
        for schedule in roster.schedules:
            yield from schedule.boundaries(start, end, roster.days)
        intervals: Iterable[Override | Leave] = (*roster.overrides, *roster.leaves)
        for interval in intervals:
            yield from (interval.start, interval.end)

    return tuple(sorted({start, end, *(at for at in moments() if start < at < end)}))


@dataclass(frozen=True)
class Duty:
    """A person serves in a schedule from `start` to `end` without a break."""

    schedule: str
    person: str
    start: datetime
    end: datetime


def duties(
    roster: Roster,
    start: datetime,
    end: datetime,
    *,
    schedule: str | None = None,
    person: str | None = None,
) -> tuple[Duty, ...]:
    """Who serves when between two moments, in the order of their starts: what a calendar
    or a page shows. `schedule` and `person` (ids) narrow it."""
    found: list[Duty] = []
    for each in roster.schedules:
        if schedule is not None and each.id != schedule:
            continue
        running: dict[str, datetime] = {}
        for at, until in pairwise(boundaries(roster, start, end)):
            now = {p.id for p in serving(roster, each, at) if person in (None, p.id)}
            for id_ in running.keys() - now:
                found.append(Duty(each.id, id_, running.pop(id_), at))
            for id_ in now:
                running.setdefault(id_, at)
            if until == end:
                found.extend(Duty(each.id, id_, since, end) for id_, since in running.items())
    return tuple(sorted(found, key=lambda duty: (duty.start, duty.end, duty.schedule, duty.person)))
