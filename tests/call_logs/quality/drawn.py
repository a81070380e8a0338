"""Calls of last month in which somebody of the roster talked with the caller."""

from __future__ import annotations

import secrets
from datetime import timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from call_logs import Store
from call_logs.calls import NewCall
from call_logs.roster import Level, Policy, Selector
from call_logs.tables.call_reviews import CallReviewRow
from call_logs.tables.dispatches import DispatchRow
from call_logs.tickets import NewTicket, TicketClass
from call_logs.users import HOTLINE

ZONE = ZoneInfo("Asia/Shanghai")
RING = Policy("fire", (Level((Selector.parse("on-call"),)),))


async def talked(
    store: Store,
    *,
    person: str = "wang",
    ticket_class: TicketClass = TicketClass.GENERAL,
    days_ago: int | None = None,
) -> str:
    """A call, by default of last month; its id."""
    now = store.clock.now()
    if days_ago is None:  # by the site's calendar: its month begins hours before that of UTC
        days_ago = now.astimezone(ZONE).day + 9
    at = now - timedelta(days=days_ago)
    call = secrets.token_hex(16)
    store.calls.begin(NewCall(call, caller="13800138000", started_at=at))
    store.calls.answered(call, at)
    store.calls.end(call, "local")
    await store.calls.flush()
    new = NewTicket(call_id=call, text="停水", category="water_cut", ticket_class=ticket_class)
    ticket = await store.tickets.open(new)
    dispatch = await store.dispatches.open(ticket.id, RING, actor=HOTLINE, call_id=call)
    async with store.session() as session:
        row = await session.get(DispatchRow, dispatch.id)
        assert row is not None
        row.person = person
    return call


async def drawn(store: Store) -> int:
    """The id of one review that nobody has made yet."""
    call = await talked(store)
    await store.reviews.draw()
    async with store.reading() as session:
        found = await session.scalar(select(CallReviewRow.id).where(CallReviewRow.call_id == call))
    assert found is not None
    return found
