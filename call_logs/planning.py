"""From a policy to people: who is rung now, and when nobody could be.

All of it is pure: the caller gives the roster and the moment. Targets come from the
roster alone, so a number that is not on it cannot be rung.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from call_logs.policies import (
    DEFAULT_POLICIES,
    DUTY,
    Level,
    Policy,
    Ringing,
    Selector,
    SelectorKind,
)
from call_logs.roster import Roster, boundaries, on_call, serving
from call_logs.roster_contacts import Contact
from call_logs.roster_people import Person

__all__ = [
    "CoverageGap",
    "Plan",
    "PlannedLevel",
    "RingTarget",
    "SkipReason",
    "Skipped",
    "coverage_gaps",
    "duty_plan",
    "plan",
]

COVERAGE_DAYS = 30


@dataclass(frozen=True)
class RingTarget:
    """A person to ring, and the contacts to ring one after another."""

    person: Person
    contacts: tuple[Contact, ...]


@dataclass(frozen=True)
class PlannedLevel:
    """A level of a policy that has somebody to ring. `index` is its place in the policy."""

    index: int
    ringing: Ringing
    ring_s: int
    repeats: int
    targets: tuple[RingTarget, ...]


class SkipReason(StrEnum):
    """Why somebody whom the policy names is not rung."""

    TRIED = "tried"
    BUSY = "busy"
    NO_CONTACT = "no_contact"  # none saved, or all of them rung already for somebody else
    NOBODY = "nobody"  # of a level: it names nobody at this moment


@dataclass(frozen=True)
class Skipped:
    """Who was passed over at which level; `person` is empty for a whole level."""

    level: int
    person: str
    reason: SkipReason


@dataclass(frozen=True)
class Plan:
    """Levels with targets, in order; those without anybody are left out, not waited for."""

    policy: Policy
    levels: tuple[PlannedLevel, ...]
    skipped: tuple[Skipped, ...] = ()

    @property
    def reaches_nobody(self) -> bool:
        return not self.levels


def plan(
    policy: Policy,
    roster: Roster,
    at: datetime,
    *,
    exclude: Collection[str] = (),
    busy: Collection[str] = (),
) -> Plan:
    """Whom to ring for `policy` at `at` (aware).

    `exclude` are ids of people tried already; `busy` are ids of people, or addresses
    (`Contact.target`), that are in a call. Nobody and no address appears twice: a duty
    telephone shared by two people is rung once.
    """
    taken_people = set(exclude)
    taken_addresses = set(busy)
    levels: list[PlannedLevel] = []
    skipped: list[Skipped] = []
    for index, level in enumerate(policy.levels):
        targets: list[RingTarget] = []
        named = _named(level, policy, roster, at)
        if not named:
            skipped.append(Skipped(index, "", SkipReason.NOBODY))
        for person in named:
            contacts = tuple(c for c in person.contacts if c.target not in taken_addresses)
            if person.id in taken_people:
                skipped.append(Skipped(index, person.id, SkipReason.TRIED))
            elif person.id in busy or any(c.target in busy for c in person.contacts):
                skipped.append(Skipped(index, person.id, SkipReason.BUSY))
            elif not contacts:
                skipped.append(Skipped(index, person.id, SkipReason.NO_CONTACT))
            else:
                taken_people.add(person.id)
                taken_addresses.update(contact.target for contact in contacts)
                targets.append(RingTarget(person, contacts))
        if targets:
            levels.append(
                PlannedLevel(index, level.ringing, level.ring_s, level.repeats, tuple(targets))
            )
    return Plan(policy, tuple(levels), tuple(skipped))


def duty_plan(
    roster: Roster,
    at: datetime,
    *,
    exclude: Collection[str] = (),
    busy: Collection[str] = (),
) -> Plan:
    """Whom key 0 rings: operators by shift, else who is on call, else nobody (voicemail),
    unless the company's own `duty` policy says otherwise."""
    return plan(roster.policy(DUTY), roster, at, exclude=exclude, busy=busy)


def _named(level: Level, policy: Policy, roster: Roster, at: datetime) -> tuple[Person, ...]:
    """Everybody a level names who is present at `at`, in order and once each."""
    present = roster.present(at)
    people = (p for selector in level.who for p in _select(selector, policy, roster, at))
    return tuple({person.id: person for person in people if present(person.id)}.values())


def _select(selector: Selector, policy: Policy, roster: Roster, at: datetime) -> Iterable[Person]:
    category = policy.serves
    match selector.kind:
        case SelectorKind.ON_CALL:
            return on_call(roster, at, role=selector.name or None, category=category)
        case SelectorKind.SCHEDULE:
            schedules = (s for s in roster.schedules if s.id == selector.name)
            return [p for s in schedules for p in serving(roster, s, at) if p.serves(category)]
        case SelectorKind.ROLE:
            return [p for p in roster.people if selector.name in p.roles and p.serves(category)]
        case SelectorKind.PERSON:
            # Named in person: asked whatever categories he usually serves.
            return [p for p in roster.people if p.id == selector.name]
        case SelectorKind.EVERYBODY:
            # The widest circle asks everybody, whatever they usually serve.
            return roster.people


@dataclass(frozen=True)
class CoverageGap:
    """From `start` to `end` the policy of `category` could reach nobody."""

    category: str
    start: datetime
    end: datetime


def coverage_gaps(
    roster: Roster,
    categories: Iterable[str],
    start: datetime,
    end: datetime | None = None,
) -> tuple[CoverageGap, ...]:
    """The times between `start` and `end` (default: `COVERAGE_DAYS` later) at which a
    policy could reach nobody, exact to the second: it asks at every change of service.

    The company's own and the built-in policies are always looked at, `categories` (such
    as the lexicon's urgent ones) besides. A category served by the policy for any category
    is reported by its own name, since people may not serve it.
    """
    end = end or start + timedelta(days=COVERAGE_DAYS)
    names = dict.fromkeys((*DEFAULT_POLICIES, *roster.policies, *categories))
    return tuple(gap for name in names for gap in _gaps(roster.policy(name), roster, start, end))


def _gaps(policy: Policy, roster: Roster, start: datetime, end: datetime) -> Iterator[CoverageGap]:
    since: datetime | None = None
    for at, _ in pairwise(boundaries(roster, start, end)):
        unreachable = plan(policy, roster, at).reaches_nobody
        if unreachable and since is None:
            since = at
        elif not unreachable and since is not None:
            yield CoverageGap(policy.category, since, at)
            since = None
    if since is not None:
        yield CoverageGap(policy.category, since, end)
