"""Keys of what was done: whoever hears no answer asks again, and nothing is done twice.

The key is written in the transaction of what it stands for, so that both are there or
neither: a crash between them can neither lose a note nor write it twice.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from call_logs.storage.database import now_of
from call_logs.storage.rows import DoneOnceRow

__all__ = ["first_time", "forget_old"]

KEEP = timedelta(days=2)  # a page asks again for minutes; a telephone left in a drawer, a day


async def first_time(session: AsyncSession, what: str, key: str, actor: str) -> bool:
    """Whether this is to be done: `actor` has not done it under the key before. Without a key
    it always is. Two who ask at once wait for each other. `what` is done, to what: one key,
    sent with a note and with a step, or for two tickets, stands for each of them."""
    if not key:
        return True
    digest = hashlib.sha256(f"{actor}\n{what}\n{key}".encode()).hexdigest()
    sqlite = session.get_bind().dialect.name == "sqlite"
    insert = insert_sqlite if sqlite else insert_postgresql
    # The row tells, not how many there were: PostgreSQL's driver knows no count of it.
    done = await session.scalar(
        insert(DoneOnceRow)
        .values(key=digest, at=now_of(session))
        .on_conflict_do_nothing(index_elements=[DoneOnceRow.key])
        .returning(DoneOnceRow.key)
    )
    return done is not None


async def forget_old(session: AsyncSession) -> None:
    await session.execute(delete(DoneOnceRow).where(DoneOnceRow.at < now_of(session) - KEEP))
