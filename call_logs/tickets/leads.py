"""What leads a search for words: the rarest of all that is asked for.

The words of a ticket stand in an index of their own. "Leak" is in a hundred thousand tickets; of
those that are open, or came today, there are few, and their words are looked up one by one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from call_logs.tables.tickets import TicketRow
from call_logs.tickets.search import RARE
from call_logs.tickets.ticket import TicketFilter

__all__ = ["By", "Lead", "columns_asked", "find_lead", "is_open"]

LOOSE = 1000  # ids between those of a time that are not its own, and cost nothing


class By(StrEnum):
    """Whose index is walked."""

    WORD = "word"
    TIME = "time"
    OPEN = "open"
    DUE = "due"
    CLASS = "ticket_class"
    STATUS = "status"
    KIND = "kind"
    CATEGORY = "category"
    ASSIGNEE = "assignee"


@dataclass(frozen=True)
class Lead:
    """`ids`: the lowest and the highest that can be among them."""

    by: By
    ids: tuple[int, int] | None = None


def is_open() -> ColumnElement[bool]:
    """What was merged is done with the other ticket."""
    return and_(TicketRow.closed_at.is_(None), TicketRow.merged_into.is_(None))


def columns_asked(wanted: TicketFilter) -> Mapping[By, tuple[InstrumentedAttribute[Any], str]]:
    """The columns, each with an index, that must have one value."""
    every = {
        By.CLASS: (TicketRow.ticket_class, wanted.ticket_class),
        By.STATUS: (TicketRow.status, wanted.status),
        By.KIND: (TicketRow.kind, wanted.kind),
        By.CATEGORY: (TicketRow.category, wanted.category),
        By.ASSIGNEE: (TicketRow.assignee, wanted.assignee),
    }
    return {by: (column, value) for by, (column, value) in every.items() if value is not None}


async def find_lead(session: AsyncSession, wanted: TicketFilter, rarest: int) -> Lead:
    """`rarest`: how many tickets have the rarest word, counted up to `RARE`."""
    found = {By.WORD: rarest}
    for by, (column, value) in columns_asked(wanted).items():
        if by not in (By.CLASS, By.STATUS):  # these stand among the words
            found[by] = await _count(session, column == value)
    if wanted.open:
        found[By.OPEN] = await _count(session, is_open())
    ids = None
    if wanted.since is not None:
        came = [TicketRow.opened_at >= wanted.since]
        if wanted.until is not None:
            came.append(TicketRow.opened_at < wanted.until)
        key = TicketRow.id
        query = select(func.min(key), func.max(key), func.count()).where(*came)
        low, high, count = (await session.execute(query)).one()
        ids = (low, high) if count else (0, -1)
        # The ids of a time lie close together, so that a word is walked through among them
        # alone; but for a moment that was corrected, or an entry that came late.
        if ids[1] - ids[0] > 2 * count + LOOSE:
            found[By.TIME] = count
        else:
            found[By.WORD] = min(rarest, count)
    best = min(found, key=lambda by: found[by])
    return Lead(best, ids)


async def _count(session: AsyncSession, condition: ColumnElement[bool]) -> int:
    some = select(TicketRow.id).where(condition).limit(RARE).subquery()
    return await session.scalar(select(func.count()).select_from(some)) or 0
