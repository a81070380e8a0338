"""From a policy to people: who is rung now, and when nobody could be.

All of it is pure: the caller gives the roster and the moment. Targets come from the
roster alone, so a number that is not on it cannot be rung.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from call_logs.roster.contacts import Contact
from call_logs.roster.people import Person
from call_logs.roster.policies import (
    DUTY,
    Level,
    Policy,
    Ringing,
    Selector,
    SelectorKind,
)
from call_logs.roster.roster import Roster, Rota, boundaries, narrowed, rota

__all__ = [
    "CoverageGap",
    "PlannedLevel",
    "RingPlan",
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

    TRIED = "tried"  # before this plan was made
    EARLIER = "earlier"  # an earlier level of this very plan rings them
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
class RingPlan:
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
) -> RingPlan:
    """Whom to ring for `policy` at `at` (aware).

    `exclude` are ids of people tried already; `busy` are ids of people, or addresses
    (`Contact.target`), that are in a call. Nobody and no address appears twice: a duty
    telephone shared by two people is rung once.
    """
    taken_people = set(exclude)
    taken_addresses = set(busy)
    levels: list[PlannedLevel] = []
    skipped: list[Skipped] = []
    serving_now, present = rota(roster, at), roster.present(at)
    for index, level in enumerate(policy.levels):
        targets: list[RingTarget] = []
        named = _named(level, policy, roster, serving_now, present)
        if not named:
            skipped.append(Skipped(index, "", SkipReason.NOBODY))
        for person in named:
            contacts = tuple(c for c in person.contacts if c.target not in taken_addresses)
            if person.id in exclude:
                skipped.append(Skipped(index, person.id, SkipReason.TRIED))
            elif person.id in taken_people:
                skipped.append(Skipped(index, person.id, SkipReason.EARLIER))
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
    return RingPlan(policy, tuple(levels), tuple(skipped))


def duty_plan(
    roster: Roster,
    at: datetime,
    *,
    exclude: Collection[str] = (),
    busy: Collection[str] = (),
) -> RingPlan:
    """Whom key 0 rings: operators by shift, else who is on call, else nobody (voicemail),
    unless the company's own `duty` policy says otherwise."""
    return plan(roster.policy(DUTY), roster, at, exclude=exclude, busy=busy)


def _named(
    level: Level, policy: Policy, roster: Roster, serving_now: Rota, present: Callable[[str], bool]
) -> tuple[Person, ...]:
    """Everybody a level names who is present, in order and once each."""
    people = (p for selector in level.who for p in _select(selector, policy, roster, serving_now))
    return tuple({person.id: person for person in people if present(person.id)}.values())


def _select(
    selector: Selector, policy: Policy, roster: Roster, serving_now: Rota
) -> Iterable[Person]:
    category = policy.serves
    match selector.kind:
        case SelectorKind.ON_CALL:
            return narrowed(serving_now, role=selector.name or None, category=category)
        case SelectorKind.SCHEDULE:
            chosen = (people for schedule, people in serving_now if schedule.id == selector.name)
            return [person for people in chosen for person in people if person.serves(category)]
        case SelectorKind.ROLE:
            return [p for p in roster.people if selector.name in p.roles and p.serves(category)]
        case SelectorKind.PERSON:
            # Named in person: asked whatever categories they usually serve.
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
    names = dict.fromkeys((*roster.built_in, *roster.policies, *categories))
    policies = [roster.policy(name) for name in names]
    since: dict[str, datetime] = {}
    gaps: list[CoverageGap] = []
    for at, _ in pairwise(boundaries(roster, start, end)):
        serving_now, present = rota(roster, at), roster.present(at)
        for policy in policies:
            name = policy.category
            if not _reaches(policy, roster, serving_now, present):
                since.setdefault(name, at)
            elif name in since:
                gaps.append(CoverageGap(name, since.pop(name), at))
    gaps.extend(CoverageGap(name, at, end) for name, at in since.items())
    order = list(names)
    return tuple(sorted(gaps, key=lambda gap: (order.index(gap.category), gap.start)))


def _reaches(
    policy: Policy, roster: Roster, serving_now: Rota, present: Callable[[str], bool]
) -> bool:
    """Whether `plan` would have a level."""
    return any(
        person.contacts
        for level in policy.levels
        for person in _named(level, policy, roster, serving_now, present)
    )
