"""The deadlines of a ticket's row: set, moved, and at rest while the ticket waits."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from call_logs.deadlines import Deadlines, DueTimes
from call_logs.storage.errors import IllegalMove, StoreError
from call_logs.tables.ticket_kinds import TicketClass
from call_logs.tables.tickets import TicketRow

Changes = dict[str, tuple[Any, Any]]

FURTHEST = timedelta(days=2 * 366)  # that a person may put a deadline off


class Deadline(StrEnum):
    """What must be done by a time."""

    ACKNOWLEDGE = "acknowledge"
    ON_SITE = "on_site"
    FEEDBACK = "feedback"

    @property
    def column(self) -> str:
        return f"{self}_due_at"


class WaitsFor(StrEnum):
    """Why nobody can go on with a ticket now."""

    OWNER = "owner"  # an answer, or somebody at home
    PART = "part"
    FIRM = "firm"  # somebody from outside
    OTHER = "other"  # the note says what


async def set_deadlines(session: AsyncSession, row: TicketRow, deadlines: Deadlines) -> None:
    """Deadlines of the row's class and category, counted from when it was opened (or opened
    again), later by as long as it has waited since."""
    since = row.due_from or row.opened_at
    due = await deadlines.due(session, TicketClass(row.ticket_class), row.category, since)
    _write(row, due)
    set_next_due(row)


class Stamped(Protocol):
    """A ticket, as a row or as a value."""

    @property
    def acknowledged_at(self) -> datetime | None: ...
    @property
    def on_site_at(self) -> datetime | None: ...
    @property
    def resolved_at(self) -> datetime | None: ...
    @property
    def feedback_at(self) -> datetime | None: ...
    @property
    def closed_at(self) -> datetime | None: ...
    @property
    def merged_into(self) -> int | None: ...


def unmet(row: Stamped) -> tuple[Deadline, ...]:
    """What is still to be done. What is resolved needs nobody on site any more, and what was
    merged is done with the other ticket."""
    if row.merged_into is not None or row.closed_at is not None or row.feedback_at is not None:
        return ()
    found = [Deadline.FEEDBACK]
    if row.resolved_at is None and row.on_site_at is None:
        found.append(Deadline.ON_SITE)
    if row.resolved_at is None and row.acknowledged_at is None:
        found.append(Deadline.ACKNOWLEDGE)
    return tuple(found)


def set_next_due(row: TicketRow) -> None:
    """The first deadline not met; none while the ticket waits."""
    due = [getattr(row, each.column) for each in unmet(row)]
    row.next_due_at = min(due, default=None) if row.paused_at is None else None
    row.remind_at = None if row.next_due_at is None else row.opened_at


def change_due(row: TicketRow, deadline: Deadline, at: datetime, now: datetime) -> Changes:
    """Raises:
    IllegalMove: that is done already, or the ticket waits.
    StoreError: no time that a deadline can be put to.
    """
    if row.paused_at is not None:
        raise IllegalMove("the ticket waits, and its deadlines with it: end the pause first")
    if deadline not in unmet(row):
        raise IllegalMove(f"{deadline} is no deadline of this ticket any more: it is done")
    if not now < at <= now + FURTHEST:
        raise StoreError("a deadline is put to a time from now on, within two years")
    before = getattr(row, deadline.column)
    if before == at:
        return {}
    setattr(row, deadline.column, at)
    set_next_due(row)
    return {deadline.column: (before.isoformat(), at.isoformat())}


def pause_row(row: TicketRow, waits_for: WaitsFor, now: datetime) -> Changes:
    """Raises:
    IllegalMove: the ticket waits already, or there is nothing that could wait.
    """
    if row.paused_at is not None:
        raise IllegalMove("the ticket waits already")
    if not unmet(row):
        raise IllegalMove("the ticket is done: nothing of it can wait")
    if row.ticket_class == TicketClass.URGENT and row.acknowledged_at is None:
        raise IllegalMove("an urgent ticket that nobody has taken cannot wait: take it first")
    row.paused_at, row.waits_for = now, waits_for.value
    set_next_due(row)
    return {"waits_for": (None, waits_for.value)}


async def resume_row(
    session: AsyncSession, row: TicketRow, deadlines: Deadlines, now: datetime
) -> Changes:
    """What it has not missed before it waited is due later by so long as it waited; nothing
    happens to a ticket that does not wait."""
    if row.paused_at is None:
        return {}
    before = DueTimes(row.acknowledge_due_at, row.on_site_due_at, row.feedback_due_at)
    paused_at, waited = row.paused_at, row.waits_for
    due = await deadlines.moved(
        session, TicketClass(row.ticket_class), row.category, before, start=paused_at, end=now
    )
    _write(row, due)
    row.due_from = (row.due_from or row.opened_at) + (now - paused_at)
    row.paused_at = row.waits_for = None
    set_next_due(row)
    return {"waits_for": (waited, None)}


def _write(row: TicketRow, due: DueTimes) -> None:
    row.acknowledge_due_at = due.acknowledge
    row.on_site_due_at = due.on_site
    row.feedback_due_at = due.feedback
