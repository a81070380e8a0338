"""Who is told at which level: who has the ticket, the head, the managers; never nobody."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from call_logs.reminders.reminder import SITE
from call_logs.roster.people import Person
from call_logs.staff.staff import Staff, StaffKind, ref_of
from call_logs.tickets.telling import Level

__all__ = ["digest_refs", "parties", "refs_of", "risk_parties"]


def parties(
    level: Level, assignee: str, category: str, staff: Staff, at: datetime
) -> tuple[str, ...]:
    """References to those who are told, each once, and only who has an address. Where there is
    none the site's own addresses are told."""
    found = [each for each in _people(level, assignee, category, staff, at) if each.notices]
    return refs_of(found) or (SITE,)


def _people(
    level: Level, assignee: str, category: str, staff: Staff, at: datetime
) -> tuple[Person, ...]:
    managers = staff.managers(at)
    if level is Level.MANAGERS:
        return managers
    holder = staff.acting(assignee, at)
    if holder is None or not holder.notices:
        # Nobody has it, or has it and cannot be told: whose department takes such matters.
        department = staff.accepting(category)
        head = None if department is None else staff.head_now(department, at)
        return (head,) if head is not None and head.notices else managers
    if level not in (Level.MISSED, Level.TASK_MISSED):
        return (holder,)
    above = staff.head_of(ref_of(StaffKind.PERSON, holder.id), at)
    return (holder, above) if above is not None else (holder, *managers)


def risk_parties(
    assignee: str, category: str, staff: Staff, at: datetime, *, high: bool
) -> tuple[str, ...]:
    """The departments that a risk concerns: whoever has the ticket, with the head, and the head
    of the department that takes such matters; of a high one the managers too."""
    accepting = staff.accepting(category)
    people = [
        staff.acting(assignee, at),
        staff.head_of(assignee, at),
        None if accepting is None else staff.head_now(accepting, at),
        *(staff.managers(at) if high else ()),
    ]
    found = [each for each in people if each is not None and each.notices]
    return refs_of(found or [each for each in staff.managers(at) if each.notices]) or (SITE,)


def digest_refs(person: Person, staff: Staff, at: datetime) -> frozenset[str]:
    """Whose tickets a person's digest tells of: the person's own, and what a department has
    that the person heads at the time."""
    own = staff.refs_of_name(person.id) - {ref_of(StaffKind.USER, person.id)}
    own |= {ref_of(StaffKind.USER, user.name) for user in staff.users if user.person == person.id}
    headed = {
        ref_of(StaffKind.DEPARTMENT, each.id)
        for each in staff.roster.departments
        if (head := staff.head_now(each, at)) is not None and head.id == person.id
    }
    return frozenset(own | headed)


def refs_of(people: Iterable[Person]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(ref_of(StaffKind.PERSON, each.id) for each in people))
