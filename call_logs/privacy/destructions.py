"""What was ordered to be destroyed, from the order until all of it is gone.

The row is the truth: whoever finds it open goes on with it (`call_logs.jobs.destruction`), after a
kill too, and does nothing twice that was done.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from call_logs.storage.database import Database, changed, now_of
from call_logs.storage.errors import NotFound
from call_logs.storage.readable import readable
from call_logs.storage.rows import PROOF, SettingRow
from call_logs.tables.privacy import DestructionRow

__all__ = ["Destruction", "DestructionKind", "Destructions"]


class DestructionKind(StrEnum):
    PURGE = "purge"  # what is past its time
    OWNER = "owner"  # the data of one owner
    KEY = "key"  # of the keys that were replaced


@dataclass(frozen=True)
class Destruction:
    """`target`: whom it is about, while it goes on. `result`: how many of what are gone."""

    id: int
    kind: DestructionKind
    made_at: datetime
    made_by: str
    reason: str = field(repr=False)
    target: Mapping[str, Any] = field(repr=False)
    result: Mapping[str, Any] = field(repr=False)
    ended_at: datetime | None


class Destructions:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, id: int) -> Destruction:
        """Raises:
        NotFound.
        """
        async with self._database.reading() as session:
            row = await session.get(DestructionRow, id)
            if row is None:
                raise NotFound("nothing like that was ordered")
            return destruction_of(row)

    async def open(self) -> tuple[Destruction, ...]:
        """Ordered and not done, the oldest first."""
        query = (
            select(DestructionRow)
            .where(DestructionRow.ended_at.is_(None))
            .order_by(DestructionRow.id)
        )
        async with self._database.reading() as session:
            return tuple(await readable(session, query, destruction_of))

    async def latest(
        self, kind: DestructionKind | None = None, limit: int = 20
    ) -> tuple[Destruction, ...]:
        """Newest first."""
        query = select(DestructionRow).order_by(DestructionRow.id.desc()).limit(limit)
        if kind is not None:
            query = query.where(DestructionRow.kind == kind)
        async with self._database.reading() as session:
            return tuple(await readable(session, query, destruction_of))

    async def begin_purge(self, by: str) -> Destruction:
        """A run of the purge; the one that goes on, if there is one."""
        async with self._database.session() as session:
            row = await open_order(session, DestructionKind.PURGE)
            if row is None:
                row = await add_order(session, DestructionKind.PURGE, by)
            return destruction_of(row)

    async def end(self, id: int, result: Mapping[str, Any]) -> None:
        """All of it is gone. May come twice."""
        async with self._database.session() as session:
            row = await session.get(DestructionRow, id, with_for_update=True)
            if row is not None and row.ended_at is None:
                row.ended_at, row.target = now_of(session), {}
                row.result = dict(result)
                changed(session, "destruction", id)


async def open_order(session: AsyncSession, kind: DestructionKind) -> DestructionRow | None:
    """The one that goes on, of a kind of which there is one at a time: whoever else asks waits
    until this transaction is over."""
    await session.get(SettingRow, PROOF, with_for_update=True)
    query = select(DestructionRow).where(
        DestructionRow.kind == kind, DestructionRow.ended_at.is_(None)
    )
    return (await session.scalars(query.limit(1))).first()


async def add_order(
    session: AsyncSession,
    kind: DestructionKind,
    by: str,
    *,
    reason: str = "",
    target: Mapping[str, Any] | None = None,
) -> DestructionRow:
    row = DestructionRow(
        kind=kind.value,
        made_at=now_of(session),
        made_by=by,
        reason=reason,
        target=dict(target or {}),
        result={},
        ended_at=None,
    )
    session.add(row)
    await session.flush()
    changed(session, "destruction", row.id)
    return row


def destruction_of(row: DestructionRow) -> Destruction:
    return Destruction(
        id=row.id,
        kind=DestructionKind(row.kind),
        made_at=row.made_at,
        made_by=row.made_by,
        reason=row.reason,
        target=row.target,
        result=row.result,
        ended_at=row.ended_at,
    )
