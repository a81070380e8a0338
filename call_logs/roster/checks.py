"""What is wrong with a roster as a whole, beyond the single entry."""

from __future__ import annotations

from collections.abc import Iterable

from call_logs.roster.addresses import KnownLine
from call_logs.roster.dialling import Dialling
from call_logs.roster.errors import ImportProblem
from call_logs.roster.people import Person
from call_logs.roster.policies import SelectorKind
from call_logs.roster.roster import Roster

__all__ = ["dial_problems", "line_problems", "reference_problems"]


def reference_problems(roster: Roster) -> tuple[ImportProblem, ...]:
    """Names in one entry that no other entry bears, and people who cannot be rung."""
    problems: list[ImportProblem] = []
    people = roster.by_id
    schedules = {schedule.id for schedule in roster.schedules}
    roles = {role for person in roster.people for role in person.roles}
    roles |= {schedule.role for schedule in roster.schedules}

    def check(where: str, what: str, name: str, known: Iterable[str]) -> None:
        if name and name not in known:
            problems.append(ImportProblem(where, f"{what} `{name}` is not on the roster"))

    for person in roster.people:
        if person.active and not person.contacts:
            problems.append(
                ImportProblem(
                    f"person {person.id}", "has no contact to ring; add one or set active = false"
                )
            )
    for department in roster.departments:
        for name in department.people:
            check(f"department {department.id}", "person", name, people)
    problems += _accepted_twice(roster)
    for schedule in roster.schedules:
        for name in sorted(schedule.people):
            check(f"schedule {schedule.id}", "person", name, people)
    for override in roster.overrides:
        where = f"override {override.id}"
        check(where, "schedule", override.schedule, schedules)
        for name in (*override.people, override.replaces):
            check(where, "person", name, people)
    for leave in roster.leaves:
        check(f"leave {leave.id}", "person", leave.person, people)
    known = {
        SelectorKind.PERSON: people.keys(),
        SelectorKind.SCHEDULE: schedules,
        SelectorKind.ROLE: roles,
        SelectorKind.ON_CALL: roles,
    }
    for policy in roster.policies.values():
        for selector in (each for level in policy.levels for each in level.who):
            if selector.kind in known:
                what = "role" if selector.kind is SelectorKind.ON_CALL else selector.kind.value
                check(f"policy {policy.category}", what, selector.name, known[selector.kind])
    return tuple(problems)


def _accepted_twice(roster: Roster) -> list[ImportProblem]:
    """Categories that two departments take: a ticket is proposed to one."""
    problems = []
    accepting: dict[str, str] = {}
    for department in roster.departments:
        for category in department.categories:
            first = accepting.setdefault(category, department.id)
            if first != department.id:
                where = f"department {department.id}"
                message = f"category `{category}` is that of department `{first}` already"
                problems.append(ImportProblem(where, message))
    return problems


def dial_problems(people: Iterable[Person], dialling: Dialling) -> tuple[ImportProblem, ...]:
    """Contacts that would not be dialled: the configuration does not let them be, or has no
    such trunk."""
    return tuple(
        ImportProblem(f"person {person.id}", f"`{contact.text}` {reason}")
        for person in people
        for contact in person.contacts
        if (reason := dialling.may_dial(contact.target).reason)
        or (reason := _without_trunk(contact.trunk, dialling))
    )


def line_problems(lines: Iterable[KnownLine], dialling: Dialling) -> tuple[ImportProblem, ...]:
    """Alarm lines by a trunk that the configuration does not have: their calls would be
    anybody's. Another node of the same database may have it, so they can be saved."""
    return tuple(
        ImportProblem(f"line {line.id}", f"trunk `{line.trunk}` {reason}")
        for line in lines
        if (reason := _without_trunk(line.trunk, dialling))
    )


def _without_trunk(name: str, dialling: Dialling) -> str:
    """Completes "`contact` ..."; empty when the trunk is there, or none is named."""
    if not name or dialling.trunks is None or name in dialling.trunks:
        return ""
    known = ", ".join(dialling.trunks) or "none"
    return f"goes by no trunk of the configuration (there are: {known}); add [trunk {name}] to it"
