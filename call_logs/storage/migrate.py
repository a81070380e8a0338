"""Brings a database to the newest schema."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from call_logs.storage.errors import StoreError

MIGRATIONS = Path(__file__).parents[1] / "migrations"


def migration_config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config


@cache  # reading forty modules costs more than opening a database
def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(migration_config())


def newest_revision() -> str:
    head = _scripts().get_current_head()
    if head is None:
        raise StoreError("the program's migrations are missing: install it again")
    return head


def current_revision(connection: Connection) -> str | None:
    """The database's revision; None when it is empty."""
    return MigrationContext.configure(connection).get_current_revision()


def migrate(connection: Connection, revision: str = "head") -> None:
    """Upgrade to `revision`. Blocking: call it through `run_sync`.

    Raises:
        StoreError: the database was made by a newer program.
    """
    scripts = _scripts()
    current = current_revision(connection)
    if revision == "head" and current is not None and current == scripts.get_current_head():
        return
    known = {script.revision for script in scripts.walk_revisions()}
    if current is not None and current not in known:
        raise StoreError(
            f"the database is at revision {current}, which this program does not know: "
            "it was used by a newer version; install that version or restore a backup"
        )
    command.upgrade(migration_config(connection), revision)
