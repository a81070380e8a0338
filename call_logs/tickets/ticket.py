"""A ticket, its changes, and how one is looked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from call_logs.tables.ticket_fields import TicketFacts
from call_logs.tables.ticket_kinds import TicketClass, TicketKind
from call_logs.tickets.due import Deadline, WaitsFor, unmet
from call_logs.tickets.gaps import Gap
from call_logs.tickets.life import TicketStatus
from call_logs.tickets.priority import PriorityReason, reasons
from call_logs.users.actor import HOTLINE, Actor


@dataclass(frozen=True)
class NewTicket(TicketFacts):
    """A ticket to open. With a `call_id` there is one a call, however often it is opened; with
    a `key` one for each key of an actor."""

    call_id: str | None = None
    caller: str = field(default="", repr=False)  # calling number; empty: the call's
    actor: Actor = HOTLINE
    opened_at: datetime | None = None  # None: now
    key: str = ""


@dataclass(frozen=True, kw_only=True)
class Ticket(TicketFacts):
    """A ticket in the database. Times are UTC."""

    id: int
    number: str
    call_id: str | None
    status: TicketStatus
    caller: str = field(repr=False)
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
    paused_at: datetime | None  # it waits since then, and nothing of it is due meanwhile
    waits_for: WaitsFor | None
    merged_into: int | None  # the id of the ticket that is worked on instead
    group_id: int | None  # the case of several owners that it belongs to
    precedence: int  # 0 comes first
    planned_cost: int  # of its tasks, in hundredths of the site's currency
    purged_at: datetime | None  # nothing personal of before is left
    version: int
    assessed_at: datetime | None = None  # a person confirmed or changed what it was taken for
    assessed_by: str = ""
    gaps: tuple[Gap, ...] = ()  # what a record must have and this one lacks
    sensitive_at: datetime | None = None  # kept from everybody but its circle, since then
    circle: tuple[str, ...] = ()  # references of the directory
    about: str = field(default="", repr=False)  # whom it complains about, of the directory
    kept_back: frozenset[str] = frozenset()  # fields that whoever looked may not see: empty

    @property
    def priority_reasons(self) -> tuple[PriorityReason, ...]:
        """Why it comes before others."""
        return reasons(self)

    @property
    def assess_due_at(self) -> datetime:
        """Until when a person has assessed it: whoever acknowledges a ticket knows what it is."""
        return self.acknowledge_due_at

    def assessment_late(self, now: datetime) -> bool:
        ended = self.closed_at is not None or self.merged_into is not None
        return not ended and (self.assessed_at or now) > self.assess_due_at

    @property
    def open_deadlines(self) -> tuple[Deadline, ...]:
        """What is still to be done."""
        return unmet(self)

    def overdue(self, now: datetime) -> bool:
        return self.next_due_at is not None and self.next_due_at < now


@dataclass(frozen=True)
class TicketChange:
    """One line of a ticket's history; `changes` maps a field to (before, after)."""

    id: int
    ticket_id: int
    at: datetime
    actor: str
    action: str  # opened, updated, moved, note, due, paused, resumed, merged, unmerged, linked ...
    changes: Mapping[str, tuple[Any, Any]] = field(repr=False)
    note: str = field(repr=False)


class TicketOrder(StrEnum):
    """What stands at the top of a list. Where deadlines count, what is due at no time (it waits,
    or is done) follows, newest first."""

    NEWEST = "newest"
    PRIORITY = "priority"  # precedence, then the next deadline
    DEADLINE = "deadline"


@dataclass(frozen=True)
class TicketFilter:
    """Which tickets a list shows; every given field narrows it."""

    ticket_class: TicketClass | None = None
    status: TicketStatus | None = None
    open: bool | None = None  # True: not closed; False: closed
    kind: TicketKind | None = None
    category: str | None = None
    assignee: str | None = None  # a reference of the directory
    assignees: frozenset[str] | None = None  # any of them
    overdue: bool | None = None
    due_before: datetime | None = None  # a deadline that is not met yet is before it
    paused: bool | None = None  # it waits
    sensitive: bool | None = None
    assessed: bool | None = None  # by a person
    gaps: bool | None = None  # its record lacks something
    text: str | None = field(default=None, repr=False)  # all its words, anywhere in the ticket
    caller: str | None = field(default=None, repr=False)  # calling or call-back number
    number: str | None = None  # ticket number
    since: datetime | None = None
    until: datetime | None = None
    order: TicketOrder = TicketOrder.NEWEST
    before: int | None = None  # `Page.next_cursor`
    limit: int = 50
