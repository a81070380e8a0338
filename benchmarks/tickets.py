"""How fast the ticket list and its search are at a million tickets, on SQLite: every filter, every
order, the first page and deep ones, as the dashboard asks `Store.tickets.list`."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from benchmarks.report import Row, percentiles
from benchmarks.stock import NEW_WORD, RARE, stock
from call_logs import Store
from call_logs.tickets import TicketClass, TicketFilter, TicketKind, TicketOrder, TicketStatus

ROUNDS = 20
BAR_MS = 100.0


async def measure(quick: bool) -> list[Row]:
    """Each question twenty times."""
    rows: list[Row] = []
    async with stock(quick) as (store, count):
        for name, question in questions(count).items():
            times = [await one(store, question) for _ in range(ROUNDS)]
            rows += percentiles(name, times, "ms", bars={95: BAR_MS})
        times = [await counts(store) for _ in range(ROUNDS)]
        return [*rows, *percentiles("counts of open tickets", times, "ms", bars={95: BAR_MS})]


def questions(count: int) -> dict[str, TicketFilter]:
    """By what they are called in the table."""
    now = datetime.now(UTC)
    staff = frozenset({"person:wang", "department:repairs"})
    last = count - 3  # open, and late in every order of deadlines
    return {
        "all": TicketFilter(),
        "class urgent": TicketFilter(ticket_class=TicketClass.URGENT),
        "class urgent, received": TicketFilter(
            ticket_class=TicketClass.URGENT, status=TicketStatus.RECEIVED
        ),
        "open": TicketFilter(open=True),
        "closed": TicketFilter(open=False),
        "overdue": TicketFilter(overdue=True),
        "kind": TicketFilter(kind=TicketKind.SUGGESTION),
        "kind, class and category": TicketFilter(
            kind=TicketKind.SUGGESTION, ticket_class=TicketClass.URGENT, category="noise"
        ),
        "somebody's": TicketFilter(assignee="person:wang"),
        "somebody's, open": TicketFilter(assignee="person:wang", open=True),
        "mine and my department's, open": TicketFilter(assignees=staff, open=True),
        "mine and my department's": TicketFilter(assignees=staff),
        "mine and my department's, overdue": TicketFilter(assignees=staff, overdue=True, open=True),
        "by priority": TicketFilter(order=TicketOrder.PRIORITY),
        "open by priority": TicketFilter(open=True, order=TicketOrder.PRIORITY),
        "open by deadline": TicketFilter(open=True, order=TicketOrder.DEADLINE),
        "by deadline, a deep page": TicketFilter(order=TicketOrder.DEADLINE, before=last),
        "by priority, a deep page": TicketFilter(order=TicketOrder.PRIORITY, before=count // 2),
        "text, by priority": TicketFilter(text="漏水", order=TicketOrder.PRIORITY),
        "category and closed": TicketFilter(category="noise", status=TicketStatus.CLOSED),
        "caller": TicketFilter(caller="13800000007"),
        "text, common pair": TicketFilter(text="楼道"),
        "text, two common pairs": TicketFilter(text="楼道 漏水"),
        "text, sentence": TicketFilter(text="楼道灯坏了"),
        "text, a place": TicketFilter(text="12号楼 3单元 1502室"),
        "text, rare": TicketFilter(text=RARE),
        "text, new": TicketFilter(text=NEW_WORD),
        "text, nowhere": TicketFilter(text="火灾"),
        "text and class": TicketFilter(text="电梯", ticket_class=TicketClass.URGENT),
        "text and status": TicketFilter(text="电梯", status=TicketStatus.RECEIVED),
        "text and category": TicketFilter(text="漏水", category="noise"),
        "text and kind, open": TicketFilter(text="漏水", kind=TicketKind.SUGGESTION, open=True),
        "text, the last seven days": TicketFilter(text="漏水", since=now - timedelta(days=7)),
        "text, a year ago": TicketFilter(
            text="漏水", since=now - timedelta(days=372), until=now - timedelta(days=365)
        ),
        "the last seven days": TicketFilter(since=now - timedelta(days=7)),
        "a week, nine years ago": TicketFilter(
            since=now - timedelta(days=3300), until=now - timedelta(days=3293)
        ),
        "page 1000 of all": TicketFilter(before=count - 50_000),
        "the last page of all": TicketFilter(before=40),
        "text, a deep page": TicketFilter(text="漏水", before=count // 2),
        "somebody's, a deep page": TicketFilter(assignee="person:wang", before=count // 2),
    }


async def one(store: Store, question: TicketFilter) -> float:
    started = time.perf_counter()
    await store.tickets.list(question)
    return (time.perf_counter() - started) * 1000


async def counts(store: Store) -> float:
    started = time.perf_counter()
    await store.tickets.counts()
    return (time.perf_counter() - started) * 1000
