"""A ticket, its changes, how one is looked for, and how soon it must be answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from call_logs.tickets.kinds import TicketClass, TicketKind
from call_logs.tickets.life import TicketStatus

MOST_PEOPLE = 9999  # in danger, as a ticket tells; who says more was misheard


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
