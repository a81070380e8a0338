"""What is done first: severity, then urgency, then reach (docs/tickets.md), in one number that
explains itself. Urgency is the next deadline: lists sort by it within one precedence."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Protocol

from call_logs.tables.ticket_kinds import Affected, TicketClass
from call_logs.tables.tickets import TicketRow


class PriorityReason(StrEnum):
    """What raises a ticket above others; in the order in which it is told."""

    URGENT = "urgent"
    IMPORTANT = "important"
    DANGER = "danger"  # people are in danger
    MAJOR = "major"
    SITE = "site"  # the whole site is affected
    BUILDING = "building"
    SEVERAL = "several"  # households
    GROUP = "group"  # several owners have told it


# Steps of the scale. No sum of lesser ones outweighs a class: help for people comes before any
# number of complaints about a thing that can wait. Of the reach the widest alone counts.
WEIGHTS: Mapping[PriorityReason, int] = MappingProxyType(
    {
        PriorityReason.URGENT: 40,
        PriorityReason.IMPORTANT: 20,
        PriorityReason.DANGER: 9,
        PriorityReason.MAJOR: 6,
        PriorityReason.SITE: 3,
        PriorityReason.BUILDING: 2,
        PriorityReason.SEVERAL: 1,
        PriorityReason.GROUP: 3,
    }
)
REACH = frozenset(
    {
        PriorityReason.SITE,
        PriorityReason.BUILDING,
        PriorityReason.SEVERAL,
        PriorityReason.GROUP,
    }
)
LAST = 58  # the precedence without reasons: urgent, in danger, major, the whole site


class Ranked(Protocol):
    """A ticket, as a row or as a value."""

    @property
    def ticket_class(self) -> str: ...
    @property
    def people(self) -> int | None: ...
    @property
    def major(self) -> bool: ...
    @property
    def group(self) -> bool: ...
    @property
    def affected(self) -> str | None: ...


def reasons(ticket: Ranked) -> tuple[PriorityReason, ...]:
    """Why it comes before others; empty for one of class general without marks."""
    found = {
        PriorityReason.URGENT: ticket.ticket_class == TicketClass.URGENT,
        PriorityReason.IMPORTANT: ticket.ticket_class == TicketClass.IMPORTANT,
        PriorityReason.DANGER: bool(ticket.people),
        PriorityReason.MAJOR: ticket.major,
        PriorityReason.SITE: ticket.affected == Affected.SITE,
        PriorityReason.BUILDING: ticket.affected == Affected.BUILDING,
        PriorityReason.SEVERAL: ticket.affected == Affected.SEVERAL,
        PriorityReason.GROUP: ticket.group,
    }
    return tuple(reason for reason, holds in found.items() if holds)


def precedence(ticket: Ranked) -> int:
    """0 comes first, `LAST` last."""
    found = reasons(ticket)
    reach = max((WEIGHTS[reason] for reason in found if reason in REACH), default=0)
    return LAST - reach - sum(WEIGHTS[reason] for reason in found if reason not in REACH)


def set_precedence(row: TicketRow) -> None:
    row.precedence = precedence(row)
