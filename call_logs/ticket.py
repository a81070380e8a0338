"""A ticket: its kinds, classes, life, number and deadlines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from call_logs.errors import IllegalMove


class TicketKind(StrEnum):
    EMERGENCY = "emergency"
    REPAIR = "repair"
    COMPLAINT = "complaint"
    SUGGESTION = "suggestion"
    ENQUIRY = "enquiry"
    OTHER = "other"


class TicketClass(StrEnum):
    URGENT = "urgent"
    IMPORTANT = "important"
    GENERAL = "general"


class TicketStatus(StrEnum):
    """The life of a ticket, in the order of its usual way."""

    RECEIVED = "received"
    REGISTERED = "registered"
    INVESTIGATING = "investigating"
    PLANNED = "planned"
    APPROVED = "approved"
    IN_PROGRESS = "in_progress"
    RESOLVED = "resolved"
    FEEDBACK_GIVEN = "feedback_given"
    SURVEYED = "surveyed"
    CLOSED = "closed"
    REOPENED = "reopened"


def _table(
    rows: Mapping[TicketStatus, tuple[TicketStatus, ...]],
) -> Mapping[TicketStatus, frozenset[TicketStatus]]:
    return MappingProxyType({status: frozenset(rows[status]) for status in TicketStatus})


_S = TicketStatus
_AFTER_RESULT: dict[TicketStatus, tuple[TicketStatus, ...]] = {
    _S.FEEDBACK_GIVEN: (_S.SURVEYED, _S.CLOSED, _S.REOPENED),
    _S.SURVEYED: (_S.CLOSED, _S.REOPENED),
    _S.CLOSED: (_S.REOPENED,),
}

# One table a class. Important: every step. General: planning and approval may be skipped, and
# a question is resolved where it is registered. Urgent: help first, the plan and its approval
# follow the rescue as a report. No class closes before the owner was told the result.
TRANSITIONS: Mapping[TicketClass, Mapping[TicketStatus, frozenset[TicketStatus]]] = (
    MappingProxyType(
        {
            TicketClass.IMPORTANT: _table(
                {
                    _S.RECEIVED: (_S.REGISTERED,),
                    _S.REGISTERED: (_S.INVESTIGATING,),
                    _S.INVESTIGATING: (_S.PLANNED,),
                    _S.PLANNED: (_S.APPROVED, _S.INVESTIGATING),
                    _S.APPROVED: (_S.IN_PROGRESS,),
                    _S.IN_PROGRESS: (_S.RESOLVED,),
                    _S.RESOLVED: (_S.FEEDBACK_GIVEN, _S.REOPENED),
                    _S.REOPENED: (_S.INVESTIGATING, _S.IN_PROGRESS),
                    **_AFTER_RESULT,
                }
            ),
            TicketClass.GENERAL: _table(
                {
                    _S.RECEIVED: (_S.REGISTERED,),
                    _S.REGISTERED: (_S.INVESTIGATING, _S.IN_PROGRESS, _S.RESOLVED),
                    _S.INVESTIGATING: (_S.PLANNED, _S.IN_PROGRESS, _S.RESOLVED),
                    _S.PLANNED: (_S.APPROVED, _S.INVESTIGATING, _S.IN_PROGRESS),
                    _S.APPROVED: (_S.IN_PROGRESS,),
                    _S.IN_PROGRESS: (_S.RESOLVED,),
                    _S.RESOLVED: (_S.FEEDBACK_GIVEN, _S.REOPENED),
                    _S.REOPENED: (_S.INVESTIGATING, _S.IN_PROGRESS),
                    **_AFTER_RESULT,
                }
            ),
            TicketClass.URGENT: _table(
                {
                    _S.RECEIVED: (_S.REGISTERED, _S.IN_PROGRESS),
                    _S.REGISTERED: (_S.INVESTIGATING, _S.IN_PROGRESS, _S.RESOLVED),
                    _S.INVESTIGATING: (_S.IN_PROGRESS, _S.RESOLVED),
                    _S.IN_PROGRESS: (_S.RESOLVED,),
                    _S.RESOLVED: (_S.PLANNED, _S.FEEDBACK_GIVEN, _S.REOPENED),
                    _S.PLANNED: (_S.APPROVED,),
                    _S.APPROVED: (_S.FEEDBACK_GIVEN, _S.IN_PROGRESS),
                    _S.REOPENED: (_S.INVESTIGATING, _S.IN_PROGRESS),
                    **_AFTER_RESULT,
                }
            ),
        }
    )
)


def allowed_moves(ticket_class: TicketClass, status: TicketStatus) -> tuple[TicketStatus, ...]:
    """Where a ticket may go from `status`, in the order of the usual way."""
    allowed = TRANSITIONS[ticket_class][status]
    return tuple(target for target in TicketStatus if target in allowed)


def check_move(ticket_class: TicketClass, status: TicketStatus, target: TicketStatus) -> None:
    """Raises:
    IllegalMove: the table of the class has no such move; the message names those it has.
    """
    if target not in TRANSITIONS[ticket_class][status]:
        choices = ", ".join(allowed_moves(ticket_class, status)) or "none"
        raise IllegalMove(
            f"a ticket of class {ticket_class} cannot go from {status} to {target}; "
            f"from here it can go to: {choices}"
        )


MOST_PEOPLE = 9999  # in danger, as a ticket tells; who says more was misheard
NUMBER_BASE = 10_000  # so that the first ticket already has five digits and a check digit


def luhn_digit(payload: str) -> str:
    """The check digit of ISO/IEC 7812-1 annex B for a string of decimal digits."""
    total = 0
    for position, character in enumerate(reversed(payload)):
        digit = int(character)
        if position % 2 == 0:
            digit = digit * 2 - 9 if digit > 4 else digit * 2
        total += digit
    return str(-total % 10)


def ticket_number(ticket_id: int) -> str:
    """What people speak and key: six or more digits, the last a Luhn check digit."""
    payload = str(NUMBER_BASE + ticket_id)
    return payload + luhn_digit(payload)


def valid_number(number: str) -> bool:
    """Whether the check digit is right: a mistyped number is told from an unknown one."""
    return (
        len(number) >= 6
        and number.isascii()
        and number.isdigit()
        and luhn_digit(number[:-1]) == number[-1]
    )


@dataclass(frozen=True)
class ResponseTarget:
    """How soon a ticket of a class must be acknowledged, visited and answered."""

    acknowledge: timedelta
    on_site: timedelta
    feedback: timedelta


# First targets of a property company's hotline; `Store.open(targets=...)` changes them. An urgent
# ticket's feedback is due "at once", which here means with the help on site.
DEFAULT_TARGETS: Mapping[TicketClass, ResponseTarget] = MappingProxyType(
    {
        TicketClass.URGENT: ResponseTarget(
            timedelta(minutes=5), timedelta(minutes=30), timedelta(minutes=30)
        ),
        TicketClass.IMPORTANT: ResponseTarget(
            timedelta(minutes=30), timedelta(hours=24), timedelta(hours=24)
        ),
        TicketClass.GENERAL: ResponseTarget(
            timedelta(hours=4), timedelta(days=3), timedelta(days=3)
        ),
    }
)


@dataclass(frozen=True)
class NewTicket:
    """A ticket to open. With a `call_id` there is one a call, however often it is opened."""

    kind: TicketKind
    ticket_class: TicketClass = TicketClass.GENERAL
    call_id: str | None = None
    category: str = ""
    text: str = field(default="", repr=False)  # what happened, in the caller's words
    name: str = field(default="", repr=False)
    callback: str = field(default="", repr=False)  # number to call back
    caller: str = field(default="", repr=False)  # calling number; empty: the call's
    building: str = field(default="", repr=False)
    unit: str = field(default="", repr=False)
    floor: str = field(default="", repr=False)
    room: str = field(default="", repr=False)
    area: str = field(default="", repr=False)
    language: str = "zh-CN"
    phrases: tuple[str, ...] = field(default=(), repr=False)  # that decided class and category
    people: int | None = None  # in danger, as far as anybody has said
    actor: str = "hotline"
    opened_at: datetime | None = None  # None: now


@dataclass(frozen=True)
class Ticket:
    """A ticket in the database. Times are UTC."""

    id: int
    number: str
    call_id: str | None
    kind: TicketKind
    ticket_class: TicketClass
    category: str
    status: TicketStatus
    text: str = field(repr=False)
    name: str = field(repr=False)
    callback: str = field(repr=False)
    caller: str = field(repr=False)
    building: str = field(repr=False)
    unit: str = field(repr=False)
    floor: str = field(repr=False)
    room: str = field(repr=False)
    area: str = field(repr=False)
    language: str
    phrases: tuple[str, ...] = field(repr=False)
    assignee: str
    major: bool
    group: bool
    satisfaction: int | None  # 1..5
    people: int | None  # in danger; None: nobody has said how many
    opened_at: datetime
    updated_at: datetime
    acknowledged_at: datetime | None
    on_site_at: datetime | None
    resolved_at: datetime | None
    feedback_at: datetime | None
    closed_at: datetime | None
    acknowledge_due_at: datetime
    on_site_due_at: datetime
    feedback_due_at: datetime
    next_due_at: datetime | None  # the first deadline that is not met yet
    version: int

    def overdue(self, now: datetime) -> bool:
        return self.next_due_at is not None and self.next_due_at < now


@dataclass(frozen=True)
class TicketChange:
    """One line of a ticket's history; `changes` maps a field to (before, after)."""

    id: int
    ticket_id: int
    at: datetime
    actor: str
    action: str  # opened, updated, moved, note
    changes: Mapping[str, tuple[Any, Any]] = field(repr=False)
    note: str = field(repr=False)


@dataclass(frozen=True)
class TicketFilter:
    """Which tickets a list shows, newest first; every given field narrows it."""

    ticket_class: TicketClass | None = None
    status: TicketStatus | None = None
    open: bool | None = None  # True: not closed; False: closed
    kind: TicketKind | None = None
    category: str | None = None
    assignee: str | None = None
    overdue: bool | None = None
    text: str | None = field(default=None, repr=False)  # all its words, anywhere in the ticket
    caller: str | None = field(default=None, repr=False)  # calling or call-back number
    number: str | None = None  # ticket number
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None  # `Page.next_cursor`
    limit: int = 50
