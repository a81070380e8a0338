"""Keys of what was done: whoever hears no answer asks again, and nothing is done twice.

The key is written in the transaction of what it stands for, so that both are there or
neither: a crash between them can neither lose a note nor write it twice.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, update
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from call_logs.storage.database import now_of
from call_logs.storage.rows import DoneOnceRow

__all__ = ["first_time", "forget_old", "key_of", "made_before", "note_made"]

KEEP = timedelta(days=2)  # a page asks again for minutes; a telephone left in a drawer, a day


def key_of(key: str, content: Any) -> str:
    """The key of what is asked for with this `content`; empty without a key. Whoever goes back
    to a form that was sent, and writes something else into it, asks for something else: told
    that it is done already, they would lose what they wrote."""
    if not key:
        return ""
    text = json.dumps([key, content], sort_keys=True, default=_plain)
    return hashlib.sha256(text.encode()).hexdigest()


async def first_time(session: AsyncSession, what: str, key: str, actor: str) -> bool:
    """Whether this is to be done: `actor` has not done it under the key before. Without a key
    it always is. Two who ask at once wait for each other. `what` is done, to what: one key,
    sent with a note and with a step, or for two tickets, stands for each of them."""
    if not key:
        return True
    sqlite = session.get_bind().dialect.name == "sqlite"
    insert = insert_sqlite if sqlite else insert_postgresql
    # The row tells, not how many there were: PostgreSQL's driver knows no count of it.
    done = await session.scalar(
        insert(DoneOnceRow)
        .values(key=_digest(what, key, actor), at=now_of(session), made=[])
        .on_conflict_do_nothing(index_elements=[DoneOnceRow.key])
        .returning(DoneOnceRow.key)
    )
    return done is not None


async def made_before(
    session: AsyncSession, what: str, key: str, actor: str
) -> tuple[int, ...] | None:
    """As `first_time`, of what makes rows. None: it is to be done, and `note_made` follows;
    otherwise the ids of what was made then."""
    if await first_time(session, what, key, actor):
        return None
    row = await session.get_one(DoneOnceRow, _digest(what, key, actor))
    return tuple(row.made)


async def note_made(
    session: AsyncSession, what: str, key: str, actor: str, ids: Iterable[int]
) -> None:
    if not key:
        return
    here = DoneOnceRow.key == _digest(what, key, actor)
    await session.execute(update(DoneOnceRow).where(here).values(made=list(ids)))


async def forget_old(session: AsyncSession) -> None:
    await session.execute(delete(DoneOnceRow).where(DoneOnceRow.at < now_of(session) - KEEP))


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return {each.name: getattr(value, each.name) for each in fields(value)}
    return dict(value) if isinstance(value, Mapping) else str(value)


def _digest(what: str, key: str, actor: str) -> str:
    return hashlib.sha256(f"{actor}\n{what}\n{key}".encode()).hexdigest()
