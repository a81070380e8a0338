"""The urgent tickets that nobody has taken, and the red banner that shows them on every page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from call_logs.dispatches import DispatchStatus
from call_logs.tickets import Ticket, TicketClass, TicketFilter, TicketStatus
from dashboard.web.site import Site

MOST_WAITING = 50  # more are not counted one by one


MOST_LINES = 3  # a banner is read, not scrolled, and a telephone's screen is small


STALE = timedelta(hours=2)


@dataclass(frozen=True)
class Waiting:
    """An urgent ticket that nobody has said they have, since when, and whether people are
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
    newest first. At most `MOST_WAITING` of each kind are looked at."""
    searched = sorted(
        (
            each
            for each in await site.store.dispatches.open_dispatches()
            if not (each.is_held or each.order.once)
        ),
        key=lambda each: (each.status is DispatchStatus.RINGING, each.opened_at),
        reverse=True,
    )
    found: dict[int, Waiting] = {}
    for dispatch in searched[:MOST_WAITING]:
        ticket = await site.store.tickets.get(dispatch.its_ticket_id)
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
