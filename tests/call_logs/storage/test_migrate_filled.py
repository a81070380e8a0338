"""A database of before, every table and every column of it filled: each value is found again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Date,
    DateTime,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    TypeDecorator,
    insert,
    select,
)
from sqlalchemy.types import TypeEngine

from call_logs.migrations.tables import metadata
from call_logs.storage import Keys
from call_logs.storage.columns import EncryptedJson, EncryptedText
from call_logs.storage.database import Database
from call_logs.storage.migrate import migrate

ROWS = 3
FIRST = "0001"  # the tables of 0.1.0
LATER = ("0009", "0017", "0026")
BEGUN = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
NOT_OURS = {"alembic_version"}
DRILL = "drill"  # what becomes of those: test_migrate_drills.py


def value_of(column: Column[Any], row: int) -> Any:
    """Something that no other column has in any row, or what it refers to."""
    for key in column.foreign_keys:
        return value_of(key.column, row)
    name = f"{column.table.name}.{column.name} 值{row}"
    number = sum(name.encode()) * 10 + row
    if isinstance(column.type, EncryptedText):
        return name
    if isinstance(column.type, EncryptedJson):
        return {"it": [name, number, None], "字": True}
    kept = column.type.impl_instance if isinstance(column.type, TypeDecorator) else column.type
    length = getattr(kept, "length", None) or 40
    kinds: tuple[tuple[type[TypeEngine[Any]], Any], ...] = (
        (Boolean, row % 2 == 0 and column.name != DRILL),
        (Date, BEGUN.date() + timedelta(days=row)),
        (DateTime, BEGUN + timedelta(days=number % 300, seconds=row)),
        (Integer, row + 1 if column.primary_key else number % 30_000),
        (Float, number + 0.25),
        (LargeBinary, (sha256(name.encode()).digest() * 2)[:length]),
        (String, f"{row}{name}"[:length]),
    )
    found = [value for kind, value in kinds if isinstance(kept, kind)]
    assert found, f"no value for {kept!r} of {name}"
    return found[0]


def tables_of_then(connection: Connection) -> list[Table]:
    """As they stand, with the types that this program reads them by."""
    then = MetaData()
    then.reflect(connection)
    for table in then.sorted_tables:
        now = metadata.tables.get(table.name)
        for column in table.columns:
            if now is not None and column.name in now.columns:
                column.type = now.columns[column.name].type
    return [table for table in then.sorted_tables if table.name not in NOT_OURS]


def plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value


@pytest.mark.parametrize("start", [FIRST, *LATER])
async def test_every_value_of_an_older_database_is_found_again(
    empty_database_url: str, start: str
) -> None:
    database = Database(empty_database_url, Keys.generate())
    try:
        async with database.migrating() as connection:
            await connection.run_sync(migrate, start)
        async with database.engine.begin() as connection:
            then = await connection.run_sync(tables_of_then)
            written = {
                table.name: [
                    {column.name: value_of(column, row) for column in table.columns}
                    for row in range(ROWS)
                ]
                for table in then
            }
            for table in then:
                await connection.execute(insert(table), written[table.name])
        async with database.migrating() as connection:
            await connection.run_sync(migrate)
        found: dict[str, list[dict[str, Any]]] = {}
        async with database.engine.connect() as connection:
            for table in then:
                now = metadata.tables[table.name]  # no table of before is gone
                columns = [now.columns[column.name] for column in table.columns]
                kept = (await connection.execute(select(*columns))).mappings()
                found[table.name] = [{key: plain(each[key]) for key in each} for each in kept]
    finally:
        await database.close()
    assert len(written) >= 15
    for name, rows in written.items():
        assert sorted(found[name], key=str) == sorted(rows, key=str), name
