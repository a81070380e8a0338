"""A database is opened: brought to the newest schema, with the key that belongs to it."""

from __future__ import annotations

from sqlalchemy.exc import DatabaseError

from call_logs.storage.database import DATABASE_AWAY, Database
from call_logs.storage.errors import KeyProblem, StoreBusy, StoreDamaged, Tampered
from call_logs.storage.migrate import migrate
from call_logs.storage.rows import PROOF, SettingRow

__all__ = ["prepare"]


_PROOF = "the key that opens this opens the rest"
_WRONG_KEY = "the key file is not the one that encrypted this database: restore it from the backup"


async def prepare(database: Database) -> None:
    """Migrate, and prove that the key is the right one.

    Raises:
        StoreBusy, StoreDamaged, KeyProblem.
        StoreError: the database is of a newer version.
    """
    try:
        async with database.migrating() as connection:
            await connection.run_sync(migrate)
        async with database.session() as session:
            row = await session.get(SettingRow, PROOF)
            if row is None:
                session.add(SettingRow(name=PROOF, value=_PROOF))
    except Tampered:
        raise KeyProblem(_WRONG_KEY) from None
    except KeyProblem as error:
        raise KeyProblem(f"{_WRONG_KEY} ({error})") from None
    except DATABASE_AWAY as error:
        raise StoreBusy(
            f"the database cannot be opened ({type(error).__name__}): see that its server runs, "
            "or that its folder exists, can be written and has space, and that no other program "
            "(a backup, a shell) keeps it locked"
        ) from error
    except DatabaseError as error:
        raise StoreDamaged(
            f"the database {database.place} is damaged ({error.orig}): put a backup in its place, "
            "as docs/install.md says under Restoring; what it still holds can be copied out with "
            "`sqlite3 FILE .recover`"
        ) from error
