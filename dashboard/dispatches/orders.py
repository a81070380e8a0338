"""What was ordered about a ticket, and what can be: for its page and for programs.

The page never reaches into a call: it writes a request and shows what came of it. A request
that nobody takes is the one thing that must not be overlooked, because nobody rings then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any

from fastapi import Header

from call_logs.calls import ANY_NODE, Request, RequestAction, RequestOutcome
from call_logs.roster import Person, Roster
from call_logs.storage import StoreBusy
from call_logs.tickets import Ticket, TicketStatus
from dashboard.dispatches.drill_results import drillable
from dashboard.dispatches.timeline import DispatchView
from dashboard.web.errors import BadInput
from dashboard.web.signin import Login
from dashboard.web.site import Site
from dashboard.web.texts import N_

__all__ = ["Asked", "OnceKey", "Orders", "asked_of", "orders_of", "send_order"]

SHOWN = timedelta(minutes=10)
UNHEARD_S = 3.0  # the program looks every half second
MOST_SHOWN = 3

OnceKey = Annotated[str, Header(alias="Idempotency-Key", max_length=200)]
"""What makes a request that is sent again the same one; empty: it is none."""


@dataclass(frozen=True)
class Asked:
    """One order: who gave it, whom it names, and how far it has come."""

    request: Request
    person: str  # the name of whom it names
    unheard: bool  # nobody has taken it: nobody rings

    @property
    def outcome(self) -> RequestOutcome | None:
        return self.request.outcome

    @property
    def done(self) -> bool:
        return self.outcome in (RequestOutcome.DONE, RequestOutcome.TAKEN_BACK)


@dataclass(frozen=True)
class Orders:
    """What the ticket's page offers. `people` can be rung now, `held`: somebody has it."""

    search: DispatchView | None  # the newest
    people: tuple[Person, ...]
    policies: tuple[str, ...]
    asked: tuple[Asked, ...]

    @property
    def is_open(self) -> bool:
        return self.search is not None and self.search.is_open

    @property
    def held(self) -> bool:
        return self.search is not None and self.search.dispatch.is_held

    @property
    def talks(self) -> bool:
        """Whoever accepted talks with the owner, or is being connected."""
        return self.search is not None and self.search.is_open and bool(self.search.dispatch.person)

    @property
    def unheard(self) -> bool:
        return any(each.unheard for each in self.asked)


async def orders_of(site: Site, ticket: Ticket, searches: Sequence[DispatchView]) -> Orders:
    """What was asked about a ticket lately, and whom one may ask for."""
    roster = await _roster(site)
    now = site.store.clock.now()
    present = roster.present(now)
    return Orders(
        searches[0] if searches else None,
        tuple(each for each in roster.people if each.contacts and present(each.id)),
        tuple(dict.fromkeys((_own(ticket), *roster.policies))),
        await asked_of(site, ticket.id, {person.id: person.name for person in roster.people}),
    )


async def asked_of(site: Site, ticket_id: int, names: Mapping[str, str]) -> tuple[Asked, ...]:
    """The latest orders, newest first; of an end only what nobody has heard of."""
    now = site.store.clock.now()
    found = [
        Asked(
            each,
            names.get(str(each.data.get("person", "")), ""),
            each.taken_at is None and (now - each.created_at).total_seconds() > UNHEARD_S,
        )
        for each in await site.store.requests.for_ticket(ticket_id, now - SHOWN)
    ]
    told = [
        each for each in found if each.unheard or each.request.action != RequestAction.END_SEARCH
    ]
    return tuple(told[:MOST_SHOWN])


async def send_order(
    site: Site,
    login: Login,
    ticket: Ticket,
    action: RequestAction,
    *,
    data: Mapping[str, Any],
    key: str = "",
) -> int:
    """Ask the running program; gives the request's id, 0 when it was asked under this key.

    Raises:
        BadInput: the ticket is closed, or it names nobody who can be rung.
        StoreBusy: the roster or the request could not be read or written.
    """
    if ticket.status is TicketStatus.CLOSED:
        raise BadInput(N_("The ticket is closed. Reopen it before somebody is rung."), "ticket_id")
    if (person := data.get("person")) is not None:
        roster = await site.store.roster.current()
        if person not in roster.by_id or not roster.by_id[person].contacts:
            raise BadInput(N_("There is nobody of this name who can be rung."), "person")
    policy = data.get("policy")
    if policy is not None and policy not in {_own(ticket), *await drillable(site)}:
        raise BadInput(N_("There is no such policy."), "policy")
    return await site.store.requests.add(
        action, ANY_NODE, data, actor=login.actor, ticket_id=ticket.id, key=key
    )


def _own(ticket: Ticket) -> str:
    """By what a ticket is rung for: its category, which has a policy or takes that of any."""
    return ticket.category or "other"


async def _roster(site: Site) -> Roster:
    """An empty one when the store is away: the page still comes."""
    try:
        return await site.store.roster.current()
    except StoreBusy:
        return Roster()
