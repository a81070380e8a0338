"""One case, not two: a second call about what is being seen to already.

A lift's button is pressed again, a line breaks and the caller rings anew, three neighbours see
the same smoke. Each call of its own would ring the same people for the same trouble, and the
one who accepted would call back a number that is busy with us. So a call within minutes, of the
same trouble, by the same line or from the same place, belongs to the ticket that is there.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

from asr.lexicon import OTHER
from asr.spoken import Place
from call_logs import Store
from call_logs.storage import StoreError
from call_logs.tickets import Ticket, TicketClass, TicketFilter
from ivr.call.draft import Draft

__all__ = ["same_case"]

logger = logging.getLogger(__name__)

WITHIN = timedelta(minutes=15)
WAIT_S = 1.0  # a caller in danger does not wait for the answer longer: they get a case of their own
MOST = 50
NUMBER_LENGTH = 7  # shorter, and it may be the extension that a whole gateway calls with
_PLACE = ("building", "unit", "area", "floor", "room")
_WHERE = ("building", "unit", "area")  # must be told alike; a floor may be told by one alone


async def same_case(store: Store, draft: Draft, *, alarm: bool) -> Ticket | None:
    """The ticket of the case that a caller's emergency is about; None: it is a new one.
    `alarm`: their line is known to the roster. Never raises, and never takes long."""
    asking = asyncio.create_task(_found(store, draft, alarm=alarm))
    done, _ = await asyncio.wait({asking}, timeout=WAIT_S)  # which breaks off no transaction
    return asking.result() if done else None


async def _found(store: Store, draft: Draft, *, alarm: bool) -> Ticket | None:
    wanted = TicketFilter(
        ticket_class=TicketClass.URGENT, open=True, since=store.clock.now() - WITHIN, limit=MOST
    )
    try:
        tickets = (await store.tickets.list(wanted)).items
        searches = {each.ticket_id for each in await store.dispatches.open_dispatches()}
    except StoreError:
        logger.warning("it cannot be seen whether a case is known already", exc_info=True)
        return None
    return next(
        (
            each
            for each in tickets
            if _is_same(each, draft, alarm=alarm, searched=each.id in searches)
        ),
        None,
    )


def _is_same(ticket: Ticket, draft: Draft, *, alarm: bool, searched: bool) -> bool:
    """A caller who has not said what it is can only mean what is being searched for."""
    if ticket.resolved_at is not None or _differ(ticket, draft):
        return False
    by_number = alarm or len(draft.caller) >= NUMBER_LENGTH
    if by_number and draft.caller and ticket.caller == draft.caller:
        untold = draft.category in ("", OTHER)
        return searched if untold else draft.category == ticket.category
    return (
        bool(draft.category)
        and draft.category == ticket.category
        and _is_unique(draft.place)
        and all(getattr(ticket, name) == getattr(draft.place, name) for name in _WHERE)
    )


def _is_unique(place: Place) -> bool:
    """Whether two callers who tell it mean one spot: lift 1 is in each building."""
    return place.found and bool(place.building or not any(map(str.isdigit, place.area)))


def _differ(ticket: Ticket, draft: Draft) -> bool:
    """Two places that cannot be one."""
    pairs = ((getattr(ticket, name), getattr(draft.place, name)) for name in _PLACE)
    return any(theirs and ours and theirs != ours for theirs, ours in pairs)
