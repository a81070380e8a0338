"""How long something took, of many tickets: half of them, and nine of ten, within what time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, SQLColumnExpression, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from call_logs.storage.sql_time import seconds_between

__all__ = ["Span", "spans"]


@dataclass(frozen=True)
class Span:
    """`count`: of how many it is known. The two values are of the nearest rank, so each is what
    one of them really took; None without any."""

    count: int = 0
    median_s: float | None = None
    p90_s: float | None = None


async def spans(
    session: AsyncSession,
    start: SQLColumnExpression[Any],
    end: SQLColumnExpression[Any],
    where: Sequence[ColumnElement[bool]],
    *,
    by: SQLColumnExpression[str] | None = None,
) -> dict[str, Span]:
    """From `start` to `end`, of the rows that have both, for each value of `by` (without it all
    stand under ""). The database ranks them: no row comes here but those two of each."""
    of = literal("") if by is None else by
    took = seconds_between(start, end)
    ranked = (
        select(
            of.label("of"),
            took.label("took"),
            func.row_number().over(partition_by=of, order_by=took).label("rank"),
            func.count().over(partition_by=of).label("count"),
        )
        .where(start.is_not(None), end.is_not(None), *where)
        .subquery()
    )
    count = ranked.c.count
    median, p90 = (count + 1) // 2, (9 * count + 9) // 10
    rows = await session.execute(
        select(
            ranked.c.of,
            count,
            func.max(ranked.c.took).filter(ranked.c.rank == median),
            func.max(ranked.c.took).filter(ranked.c.rank == p90),
        )
        .where(ranked.c.rank.in_((median, p90)))
        .group_by(ranked.c.of, count)
    )
    return {name: Span(known, round(half, 3), round(most, 3)) for name, known, half, most in rows}
