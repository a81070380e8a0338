"""Many rows without opening them on the event loop: read as the database has them, opened in the
background.

A row of twenty encrypted columns takes some 0.1 ms to open. A page of them is nothing; twenty
thousand are seconds in which no sound moves (`docs/decisions/real-time.md`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from sqlalchemy import LargeBinary, Select, inspect, select, type_coerce
from sqlalchemy.engine import Row
from sqlalchemy.orm import InstrumentedAttribute

from call_logs.storage.background import give_way, in_background
from call_logs.storage.base import Base
from call_logs.storage.columns import EncryptedJson, EncryptedText
from call_logs.storage.database import Database
from call_logs.storage.readable import BROKEN

R = TypeVar("R", bound=Base)
V = TypeVar("V")


class SealedRows(Generic[R]):
    """Rows of one table; of all its columns, or of some by their names."""

    def __init__(
        self, database: Database, table: type[R], columns: Sequence[str] | None = None
    ) -> None:
        self._database = database
        self._table = table
        mapped: Mapping[str, InstrumentedAttribute[Any]] = {
            attribute.key: getattr(table, attribute.key)
            for attribute in inspect(table).column_attrs
            if columns is None or attribute.key in columns
        }
        self._names = tuple(mapped)
        self._encrypted = {
            name: column.type
            for name, column in mapped.items()
            if isinstance(column.type, EncryptedText | EncryptedJson)
        }
        self._columns = [
            type_coerce(column, LargeBinary()).label(name) if name in self._encrypted else column
            for name, column in mapped.items()
        ]
        self._key = str(inspect(table).primary_key[0].key)

    def select(self) -> Select[Any]:
        """To be narrowed by the caller; its rows go into `open`."""
        return select(*self._columns)

    async def open(self, rows: Iterable[Row[Any]], value_of: Callable[[R], V]) -> list[V]:
        """Their values, in order. One that cannot be read is left out, and the store's health
        names it (as `readable` does)."""
        return await in_background(self._open, rows, value_of)

    def _open(self, rows: Iterable[Row[Any]], value_of: Callable[[R], V]) -> list[V]:
        dialect = self._database.engine.dialect
        values = []
        for row in rows:
            give_way()
            kept: dict[str, Any] = dict(zip(self._names, row, strict=True))
            try:
                for name, type_ in self._encrypted.items():
                    kept[name] = type_.process_result_value(kept[name], dialect)
                values.append(value_of(self._table(**kept)))
            except BROKEN:
                self._database.unreadable.add(self._table.__tablename__, str(kept[self._key]))
        return values
