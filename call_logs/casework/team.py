"""The team of a ticket: which parts its class needs, and who of the directory would take each.

urgent, important: a manager, the head of the department, a technician, customer service
general:           customer service, and the post concerned
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from call_logs.roster.departments import Department
from call_logs.roster.people import ENGINEER, OPERATOR, Person
from call_logs.roster.roster import narrowed, rota
from call_logs.staff.staff import Staff, StaffKind, ref_of
from call_logs.storage.errors import ValueRefused
from call_logs.tables.ticket_kinds import TicketClass
from call_logs.tickets.ticket import Ticket

__all__ = [
    "MOST_MEMBERS",
    "PARTS",
    "Proposed",
    "TeamMember",
    "TeamPart",
    "TeamRefused",
    "proposed_team",
]

MOST_MEMBERS = 20


class TeamRefused(ValueRefused):
    """The team cannot be so; the message names the field and the rule."""


class TeamPart(StrEnum):
    """What somebody is in the team for."""

    MANAGER = "manager"
    HEAD = "head"  # of the department
    TECHNICIAN = "technician"
    SERVICE = "service"  # who speaks with the owner
    POST = "post"  # whom the matter concerns: the guard, the cleaner, the gardener
    OTHER = "other"


_P = TeamPart
PARTS: Mapping[TicketClass, tuple[TeamPart, ...]] = MappingProxyType(
    {
        TicketClass.URGENT: (_P.MANAGER, _P.HEAD, _P.TECHNICIAN, _P.SERVICE),
        TicketClass.IMPORTANT: (_P.MANAGER, _P.HEAD, _P.TECHNICIAN, _P.SERVICE),
        TicketClass.GENERAL: (_P.SERVICE, _P.POST),
    }
)


@dataclass(frozen=True)
class TeamMember:
    """`duty`: as somebody has written it; empty: what the part usually sees to."""

    member: str  # a reference of the directory
    part: TeamPart
    duty: str = field(repr=False)
    added_at: datetime
    added_by: str


@dataclass(frozen=True)
class Proposed:
    member: str
    part: TeamPart


def proposed_team(ticket: Ticket, staff: Staff, at: datetime) -> tuple[Proposed, ...]:
    """One for each part that somebody can take now; nobody for two parts."""
    found: dict[str, Proposed] = {}
    department = _department(ticket, staff)
    for part in PARTS[ticket.ticket_class]:
        for ref in _candidates(part, ticket, department, staff, at):
            if ref not in found:
                found[ref] = Proposed(ref, part)
                break
    return tuple(found.values())


def _department(ticket: Ticket, staff: Staff) -> Department | None:
    """That of whoever has the ticket, else that of its category."""
    own = staff.departments_of(ticket.assignee)
    return own[0] if own else staff.accepting(ticket.category)


def _candidates(
    part: TeamPart,
    ticket: Ticket,
    department: Department | None,
    staff: Staff,
    at: datetime,
) -> Iterator[str]:
    """Whoever could take a part, the first choice first."""
    present = staff.roster.present(at)
    members = () if department is None else tuple(filter(present, department.members))
    match part:
        case TeamPart.MANAGER:
            yield from _refs(staff.managers(at))
        case TeamPart.HEAD:
            if department is not None and (head := staff.head_now(department, at)) is not None:
                yield ref_of(StaffKind.PERSON, head.id)
        case TeamPart.TECHNICIAN:
            yield from _holder(ticket, staff, at)
            yield from _refs(
                narrowed(rota(staff.roster, at), role=ENGINEER, category=ticket.category or None)
            )
            yield from (ref_of(StaffKind.PERSON, each) for each in members)
        case TeamPart.SERVICE:
            yield from _refs(narrowed(rota(staff.roster, at), role=OPERATOR))
            yield from _refs(
                tuple(p for p in staff.roster.people if OPERATOR in p.roles and present(p.id))
            )
        case TeamPart.POST:
            yield from _holder(ticket, staff, at)
            yield from (ref_of(StaffKind.PERSON, each) for each in members)
            if department is not None:
                yield ref_of(StaffKind.DEPARTMENT, department.id)


def _holder(ticket: Ticket, staff: Staff, at: datetime) -> Iterator[str]:
    """Whoever has the ticket, when that is a person who is here."""
    kind, _, id_ = ticket.assignee.partition(":")
    if kind == StaffKind.PERSON and staff.roster.present(at)(id_):
        yield ticket.assignee


def _refs(people: tuple[Person, ...]) -> Iterator[str]:
    return (ref_of(StaffKind.PERSON, each.id) for each in people)
