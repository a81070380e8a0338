from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from call_logs.migrations.tables import metadata
from call_logs.storage import Keys, StoreError
from call_logs.storage.database import Database
from call_logs.storage.migrate import current_revision, migrate, migration_config, newest_revision


def revisions() -> list[str]:
    scripts = ScriptDirectory.from_config(migration_config())
    return [script.revision for script in scripts.walk_revisions()][::-1]


def differences(connection: Connection) -> list[object]:
    return list(compare_metadata(MigrationContext.configure(connection), metadata))


@asynccontextmanager
async def program(url: str) -> AsyncIterator[Database]:
    database = Database(url, Keys.generate())
    try:
        yield database
    finally:
        await database.close()


async def bring(database: Database, to: str = newest_revision()) -> None:
    async with database.migrating() as connection:
        await connection.run_sync(migrate, to)
    async with database.engine.connect() as connection:
        assert await connection.run_sync(current_revision) == to


async def test_a_new_database_is_as_the_models_say(empty_database_url: str) -> None:
    async with program(empty_database_url) as database:
        await bring(database)
        async with database.engine.connect() as connection:
            assert await connection.run_sync(differences) == []


async def test_every_older_revision_is_brought_to_the_models(empty_database_url: str) -> None:
    """One upgrade after the other, each by a program of its own."""
    for revision in revisions():
        async with program(empty_database_url) as database:
            await bring(database, revision)
    async with program(empty_database_url) as database, database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_what_an_older_program_wrote_stays(empty_database_url: str) -> None:
    database = Database(empty_database_url, Keys.generate())
    at = "2026-01-01 00:00:00"
    try:
        async with database.migrating() as connection:
            await connection.run_sync(migrate, "0002")
            await connection.execute(
                text(
                    "INSERT INTO calls (id, caller, callee, trunk, direction, language, node,"
                    f" sip_call_id, started_at) VALUES ('c', '', '', '', 'in', '', '', '', '{at}')"
                )
            )
            await connection.execute(
                text(
                    "INSERT INTO live_calls (call_id, node, caller, trunk, language, since, menu,"
                    f" heard, updated_at) VALUES ('c', '', '', '', '', '{at}', '', '', '{at}')"
                )
            )
        async with database.migrating() as connection:
            await connection.run_sync(migrate)
            calls = await connection.execute(text("SELECT id, direction, ticket_id FROM calls"))
            assert [tuple(row) for row in calls] == [("c", "in", None)]
            live = await connection.execute(text("SELECT call_id, direction FROM live_calls"))
            assert [tuple(row) for row in live] == [("c", "in")]
    finally:
        await database.close()


async def test_a_failed_migration_leaves_nothing_behind(sqlite_url: str) -> None:
    database = Database(sqlite_url, Keys.generate())

    def break_off(connection: Connection) -> None:
        migrate(connection)
        raise RuntimeError("the power went")

    with pytest.raises(RuntimeError):
        async with database.migrating() as connection:
            await connection.run_sync(break_off)
    async with database.engine.connect() as connection:
        assert await connection.run_sync(current_revision) is None
    await database.close()


async def test_a_database_of_a_newer_program_is_refused(sqlite_url: str) -> None:
    database = Database(sqlite_url, Keys.generate())
    async with database.migrating() as connection:
        await connection.run_sync(migrate)
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match="newer version"):
        async with database.migrating() as connection:
            await connection.run_sync(migrate)
    await database.close()


def test_the_chain_of_migrations_has_one_end() -> None:
    scripts = ScriptDirectory.from_config(migration_config())
    assert len(scripts.get_heads()) == 1
