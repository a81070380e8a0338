"""What is to be told is written down in the transaction that makes it so, and sent afterwards:
neither is there without the other, whenever the program ends."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CursorResult
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from call_logs.storage.database import changed, now_of
from call_logs.tables.reminders import ReminderRow

SITE = "site"  # the party behind the addresses of `[notices]`


class Level(StrEnum):
    """Why somebody is told of a ticket."""

    ASSIGNED = "assigned"  # it has become theirs
    BEFORE = "before"  # a deadline comes near
    MISSED = "missed"
    MANAGERS = "managers"  # it was missed long ago
    RING = "ring"  # an urgent one that nobody holds: the telephone rings
    CALL_BACK = "call_back"  # one that was agreed on was missed
    TASK = "task"  # a task has become theirs
    TASK_BEFORE = "task_before"
    TASK_MISSED = "task_missed"
    RISK = "risk"  # one was found, or has become higher
    ENTRY_BEFORE = "entry_before"  # of no ticket: a day of a register's entry comes near
    ENTRY_DUE = "entry_due"
    ENTRY_LOW = "entry_low"  # fewer in stock than there should be
    ENTRY_NEW = "entry_new"  # a rule that is in force from now on
    DIGEST = "digest"  # of no ticket: what somebody has, in the morning


async def write_down(
    session: AsyncSession,
    *,
    ticket_id: int | None,
    level: Level,
    moment: datetime,
    party: str,
    deadline: str = "",
) -> bool:
    """Something to be told to `party`; once for ever. False: it was written down before."""
    now = now_of(session)
    key = f"{ticket_id or ''}/{deadline}/{moment.isoformat()}/{level}/{party}"
    sqlite = session.get_bind().dialect.name == "sqlite"
    insert = insert_sqlite if sqlite else insert_postgresql
    done = await session.execute(
        insert(ReminderRow)
        .values(
            key=key,
            ticket_id=ticket_id,
            level=level.value,
            deadline=deadline,
            moment=moment,
            party=party,
            made_at=now,
            try_at=now,
            tries=0,
            ended_at=None,
            outcome="",
            told="",
        )
        .on_conflict_do_nothing(index_elements=[ReminderRow.key])
    )
    assert isinstance(done, CursorResult)
    if done.rowcount == 1 and ticket_id is not None:
        changed(session, "ticket", ticket_id)
    return done.rowcount == 1
