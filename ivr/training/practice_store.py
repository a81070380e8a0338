"""What a training call has in place of the store: it lives and ends with the call.

It has what a caller's own way through the menu writes and reads, and no more: whatever else is
asked of it raises, so that nothing of a training call can come to the real store by a new way.
"""

from __future__ import annotations

import dataclasses
from typing import Any, cast

from call_logs import Store
from call_logs.deadlines import DeadlineRules
from call_logs.dispatches import Dispatch
from call_logs.owners import KnownFault
from call_logs.storage import Clock, NotFound, Page
from call_logs.tickets import (
    FIELDS,
    NewTicket,
    Ticket,
    TicketEdit,
    TicketFilter,
    TicketStatus,
)
from call_logs.users import Actor

__all__ = ["PRACTICE_NUMBER", "practice_store"]

#: Its check digit is wrong: no real ticket ever has it.
PRACTICE_NUMBER = "999999"
PRACTICE_ID = 0


def practice_store(clock: Clock, rules: DeadlineRules) -> Store:
    """A store of one call, as far as a call needs one."""
    return cast("Store", _PracticeStore(clock, rules))


class _PracticeStore:
    def __init__(self, clock: Clock, rules: DeadlineRules) -> None:
        self.clock = clock
        self.calls = _Calls()
        self.live = _Live()
        self.tickets = _Tickets(clock, rules)
        self.dispatches = _Dispatches()
        self.enquiries = _Enquiries()
        self.faults = _Faults()
        self.links = _Links()


class _Calls:
    """The call's row and its log: none."""

    def event(self, *_: Any, **__: Any) -> None:
        return

    def language(self, *_: Any) -> None:
        return

    def about(self, *_: Any) -> None:
        return


class _Live:
    """The page of live calls does not show it."""

    def update(self, *_: Any, **__: Any) -> None:
        return


class _Tickets:
    """The one ticket of the call."""

    def __init__(self, clock: Clock, rules: DeadlineRules) -> None:
        self._clock = clock
        self._rules = rules
        self._ticket: Ticket | None = None

    async def open(self, new: NewTicket) -> Ticket:
        now = self._clock.now()
        target = self._rules.target(new.ticket_class, new.category)
        self._ticket = Ticket(
            **{name: getattr(new, name) for name in FIELDS},
            id=PRACTICE_ID,
            number=PRACTICE_NUMBER,
            call_id=new.call_id,
            status=TicketStatus.RECEIVED,
            caller=new.caller,
            opened_at=now,
            updated_at=now,
            acknowledged_at=None,
            on_site_at=None,
            resolved_at=None,
            feedback_at=None,
            closed_at=None,
            acknowledge_due_at=now + target.acknowledge.length,
            on_site_due_at=now + target.on_site.length,
            feedback_due_at=now + target.feedback.length,
            next_due_at=now + target.acknowledge.length,
            paused_at=None,
            waits_for=None,
            merged_into=None,
            group_id=None,
            precedence=0,
            planned_cost=0,
            purged_at=None,
            version=1,
        )
        return self._ticket

    async def update(
        self, ticket_id: int, actor: Actor, changes: TicketEdit, *, note: str = ""
    ) -> Ticket:
        del actor, note
        self._ticket = dataclasses.replace(await self.get(ticket_id), **changes.values)
        return self._ticket

    async def get(self, ticket_id: int) -> Ticket:
        if self._ticket is None or ticket_id != self._ticket.id:
            raise NotFound("a training call knows its own ticket alone")
        return self._ticket

    async def by_number(self, number: str) -> Ticket:
        del number  # also of its own: there is nothing to be told of it yet
        raise NotFound("a training call finds no tickets")

    async def list(self, filter: TicketFilter | None = None) -> Page[Ticket]:
        del filter
        return Page((), None, 0)


class _Dispatches:
    async def open_dispatches(self) -> tuple[Dispatch, ...]:
        return ()


class _Enquiries:
    """Guesses of a ticket's digits: there is no ticket to guess at."""

    async def take_try(self, ticket_id: int) -> bool:
        del ticket_id
        return False


class _Faults:
    """Real faults are for real callers, who may add themselves to them."""

    async def told_now(self) -> tuple[KnownFault, ...]:
        return ()


class _Links:
    async def case_of(self, ticket: Ticket) -> Ticket:
        return ticket
