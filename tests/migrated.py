"""A database with all its tables and nothing in them."""

from __future__ import annotations

import asyncio

from call_logs.storage import Keys
from call_logs.storage.database import Database
from call_logs.storage.migrate import migrate


def make_migrated(url: str) -> None:
    """Bring the database to the newest schema, on a loop of its own."""
    asyncio.run(_migrate(url))


async def _migrate(url: str) -> None:
    database = Database(url, Keys.generate())
    try:
        async with database.migrating() as connection:
            await connection.run_sync(migrate)
    finally:
        await database.close()
