"""What is wrong with a roster as a whole, beyond the single entry."""

from __future__ import annotations

from collections.abc import Iterable

from call_logs.dialling import Dialling
from call_logs.policies import SelectorKind
from call_logs.roster import Roster
from call_logs.roster_errors import ImportProblem
from call_logs.roster_people import Person

__all__ = ["dial_problems", "reference_problems"]


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


def dial_problems(people: Iterable[Person], dialling: Dialling) -> tuple[ImportProblem, ...]:
    """Contacts that the configuration does not let be dialled."""
    return tuple(
        ImportProblem(f"person {person.id}", f"`{contact.text}` {verdict.reason}")
        for person in people
        for contact in person.contacts
        if not (verdict := dialling.may_dial(contact.target)).ok
    )
