"""Reading rows of which one may be broken: it is left out, named, and hides none of the others.

A disk that lost a block, an import by hand or a key line that was cut leave values that do not
decrypt or do not parse. Whoever reads a list (the roster, the open searches, what a crash left)
gets the rest of it; the store's health tells which rows are missing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from sqlalchemy import Select, inspect
from sqlalchemy.ext.asyncio import AsyncSession

from call_logs.storage.errors import StoreError

__all__ = ["UNREADABLE", "Unreadable", "readable"]

log = logging.getLogger(__name__)

UNREADABLE = "unreadable"  # where a session's `info` carries the store's `Unreadable`

#: What a value that is not what its column says raises: a ciphertext that does not open, a
#: number or a time in the wrong shape, a status that no enum knows, JSON without its keys.
#: Not what a database raises that is away.
BROKEN = (StoreError, ValueError, TypeError, LookupError, ArithmeticError, AttributeError)

Value = TypeVar("Value")


class Unreadable:
    """Which rows of which tables cannot be read, as far as anybody tried."""

    def __init__(self) -> None:
        self._rows: set[tuple[str, str]] = set()

    def add(self, table: str, key: str) -> None:
        if (table, key) not in self._rows:
            self._rows.add((table, key))
            log.error("a row cannot be read and is left out", extra={"table": table, "row": key})

    def discard(self, table: str, key: str) -> None:
        self._rows.discard((table, key))

    def __str__(self) -> str:
        """ "" or the rows, a few of each table, for the health page."""
        tables: dict[str, list[str]] = {}
        for table, key in sorted(self._rows):
            tables.setdefault(table, []).append(key)
        parts = []
        for table, keys in tables.items():
            more = f" and {len(keys) - _NAMED} more" if len(keys) > _NAMED else ""
            parts.append(f"{table} {', '.join(keys[:_NAMED])}{more}")
        return "; ".join(parts)


_NAMED = 3


async def readable(
    session: AsyncSession, query: Select[*tuple[Any, ...]], value_of: Callable[..., Value]
) -> list[Value]:
    """The values of the rows that `query` selects, in its order, without the broken ones.

    The first thing that `query` selects is a mapped class; `value_of` gets all that a row has.
    The rows come in one query; only when one is broken are they read one by one.
    """
    try:
        return [value_of(*row) for row in (await session.execute(query)).all()]
    except BROKEN:
        session.expunge_all()
    entity = query.column_descriptions[0]["entity"]
    primary = inspect(entity).primary_key
    unreadable: Unreadable = session.info[UNREADABLE]
    keys = (await session.execute(query.with_only_columns(*primary))).all()
    values: list[Value] = []
    for key in keys:
        one = query.where(*(column == part for column, part in zip(primary, key, strict=True)))
        try:
            values += [value_of(*row) for row in (await session.execute(one)).all()]
        except BROKEN:
            unreadable.add(entity.__tablename__, _name(key))
        else:
            unreadable.discard(entity.__tablename__, _name(key))
    return values


def _name(key: Iterable[object]) -> str:
    return "/".join(part.hex() if isinstance(part, bytes) else str(part) for part in key)
