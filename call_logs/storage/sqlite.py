"""Everything that only SQLite needs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncEngine

BUSY_TIMEOUT_MS = 2000  # another process holds the write lock; longer and the caller is told
# Keeps the planner's knowledge of how the columns are filled up to date; nearly always there
# is nothing to do (https://www.sqlite.org/lang_analyze.html).
OPTIMIZE = "PRAGMA optimize"
WRITE_OPTION = "hotline_write"  # execution option: this transaction will write
MIGRATE_OPTION = "hotline_migrate"  # ... and will change the schema


def is_sqlite(url: URL) -> bool:
    return url.get_backend_name() == "sqlite"


def make_private(url: URL) -> None:
    """The database file and its folder, for their owner only; what exists is left alone."""
    if url.database and url.database != ":memory:":
        path = Path(url.database)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600)  # the WAL beside it takes the same mode


def configure(engine: AsyncEngine) -> None:
    """WAL, foreign keys, and transactions that begin where SQLAlchemy says.

    A write transaction takes the write lock at its start (BEGIN IMMEDIATE). One that reads
    first and writes later would otherwise fail at once with SQLITE_BUSY whenever somebody
    committed in between, however long the busy timeout is
    (https://www.sqlite.org/isolation.html).
    """

    def on_connect(connection: Any, _record: Any) -> None:
        # pysqlite would begin transactions by itself, and only before INSERT, UPDATE, DELETE.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        # WAL with NORMAL survives a kill of the process; FULL also keeps the last
        # transactions through a power cut, at one fsync a commit (group commits make it cheap).
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        # What is deleted is overwritten with zeros (https://www.sqlite.org/pragma.html).
        cursor.execute("PRAGMA secure_delete=ON")
        cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
        cursor.execute("PRAGMA cache_size=-16000")
        cursor.close()

    def on_begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        write = options.get(WRITE_OPTION, False)
        if options.get(MIGRATE_OPTION, False):
            # A table that alembic copies and drops would take the rows that refer to it along.
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    event.listen(engine.sync_engine, "connect", on_connect)
    event.listen(engine.sync_engine, "begin", on_begin)
