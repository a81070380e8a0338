"""The searches for a person of one ticket, and the urgent tickets that nobody has taken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from call_logs import (
    ANY_NODE,
    AcknowledgedVia,
    Acknowledgement,
    Dispatch,
    DispatchStatus,
    NotFound,
    RequestAction,
    StoreBusy,
    Ticket,
    TicketClass,
    TicketFilter,
    TicketStatus,
)
from dashboard.signin import Login
from dashboard.site import Site
from dashboard.timeline import Search

__all__ = ["Banner", "Search", "Waiting", "names_of", "search_of", "searches", "take", "untaken"]

MOST_WAITING = 50  # more are not counted one by one
MOST_LINES = 3  # a banner is read, not scrolled, and a telephone's screen is small
STALE = timedelta(hours=2)


async def names_of(site: Site) -> Mapping[str, str]:
    """Names of people by their ids; empty when the roster cannot be read now: ids are
    shown then, and the page still comes."""
    try:
        roster = await site.store.roster.current()
    except StoreBusy:
        return {}
    return {person.id: person.name for person in roster.people}


async def searches(site: Site, ticket_id: int) -> tuple[Search, ...]:
    """Every search of a ticket, newest first."""
    dispatches = await site.store.dispatches.for_ticket(ticket_id)
    if not dispatches:
        return ()
    names = await names_of(site)
    return tuple([await _search(site, each, names) for each in reversed(dispatches)])


async def search_of(site: Site, dispatch_id: str, ticket_id: int | None = None) -> Search:
    """One search, of `ticket_id` when it is given.

    Raises:
        NotFound: there is none, or it is another ticket's.
    """
    dispatch = await site.store.dispatches.get(dispatch_id)
    if ticket_id is not None and dispatch.ticket_id != ticket_id:
        raise NotFound("this ticket has no such dispatch")
    return await _search(site, dispatch, await names_of(site))


async def _search(site: Site, dispatch: Dispatch, names: Mapping[str, str]) -> Search:
    return Search(
        dispatch,
        await site.store.dispatches.attempts(dispatch.id),
        await site.store.dispatches.timeline(dispatch.id),
        names,
    )


async def take(site: Site, login: Login, dispatch_id: str) -> Acknowledgement:
    """`login`'s user says that he has it, and the running program hears of it once."""
    me = login.user.name
    answer = await site.store.dispatches.acknowledge(dispatch_id, me, AcknowledgedVia.DASHBOARD)
    taken = answer.dispatch
    if taken.acknowledged_by == me:
        await site.store.requests.add(
            RequestAction.END_SEARCH,
            ANY_NODE,
            {"dispatch": taken.id},
            actor=me,
            ticket_id=taken.ticket_id,
            key=f"end {taken.id} {taken.acknowledged_at}",
        )
    return answer


@dataclass(frozen=True)
class Waiting:
    """An urgent ticket that nobody has said he has, since when, and whether people are
    being rung for it."""

    ticket: Ticket
    since: datetime
    status: DispatchStatus | None  # None: no search was made

    @property
    def rings(self) -> bool:
        return self.status is DispatchStatus.RINGING

    def is_stale(self, now: datetime) -> bool:
        """Nobody is being rung, and it is long known: it must not stand before what is new."""
        return not self.rings and now - self.since > STALE


async def untaken(site: Site) -> tuple[Waiting, ...]:
    """Urgent tickets that nobody has taken: those for which it rings now first, of all the
    newest first; drills are none. At most `MOST_WAITING` of each kind are looked at."""
    searched = sorted(
        (
            each
            for each in await site.store.dispatches.open_dispatches()
            if not (each.drill or each.is_held or each.order.once)
        ),
        key=lambda each: (each.status is DispatchStatus.RINGING, each.opened_at),
        reverse=True,
    )
    found: dict[int, Waiting] = {}
    for dispatch in searched[:MOST_WAITING]:
        ticket = await site.store.tickets.get(dispatch.ticket_id)
        if ticket.ticket_class is TicketClass.URGENT:
            found[ticket.id] = Waiting(ticket, dispatch.opened_at, dispatch.status)
    fresh = await site.store.tickets.list(
        TicketFilter(
            ticket_class=TicketClass.URGENT, status=TicketStatus.RECEIVED, limit=MOST_WAITING
        )
    )
    for ticket in fresh.items:
        if ticket.acknowledged_at is None and ticket.id not in found:
            found[ticket.id] = Waiting(ticket, ticket.opened_at, None)
    return tuple(sorted(found.values(), key=lambda each: (each.rings, each.since), reverse=True))


@dataclass(frozen=True)
class Banner:
    """What the red banner shows of them: a few lines, and the rest in one."""

    shown: tuple[Waiting, ...]
    ringing: int  # more for which it rings now
    fresh: int  # more
    stale: tuple[Waiting, ...]  # the oldest last

    @classmethod
    def of(cls, waiting: Sequence[Waiting], now: datetime) -> Banner:
        fresh = [each for each in waiting if not each.is_stale(now)]
        rest = fresh[MOST_LINES:]
        return cls(
            tuple(fresh[:MOST_LINES]),
            sum(each.rings for each in rest),
            sum(not each.rings for each in rest),
            tuple(each for each in waiting if each.is_stale(now)),
        )

    @property
    def folds(self) -> bool:
        return bool(self.ringing or self.fresh or self.stale)
