"""The owners' directory: whose number a call comes from, and where he lives.

A number is found by its keyed hash; number, name, address and note are encrypted.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from call_logs.addresses import Address
from call_logs.columns import utc_now
from call_logs.database import Database, changed
from call_logs.errors import NotFound, StoreBusy
from call_logs.keys import Keys
from call_logs.phone import normal_number, phone_hash
from call_logs.readable import readable
from call_logs.roster_errors import RosterError
from call_logs.roster_tables import OwnerRow, RosterChangeRow

__all__ = ["DirectoryStore", "Owner"]

log = logging.getLogger(__name__)

LOOKUP_WAIT_S = 0.5  # a caller waits: longer, and he is asked for his address
IMPORT_WAIT_S = 120.0
BATCH = 500


@dataclass(frozen=True, repr=False)
class Owner:
    """A number that is known. Its `repr` shows nothing of it."""

    number: str  # as written; kept in E.164 where it can be read so
    name: str = ""
    address: Address = field(default_factory=Address)
    note: str = ""

    def __repr__(self) -> str:
        return "Owner(...)"


class DirectoryStore:
    """Owners by number. Each public method is one transaction."""

    def __init__(self, database: Database, keys: Keys, region: str) -> None:
        self._database = database
        self._keys = keys
        self._region = region

    async def lookup(self, number: str) -> Owner | None:
        """Whose number it is. None when it is unknown or withheld, and also when the
        database does not answer in time: the caller is then asked like anybody else."""
        key = phone_hash(self._keys, number, self._region)
        if key is None:
            return None
        try:
            async with asyncio.timeout(LOOKUP_WAIT_S), self._database.reading() as session:
                row = await session.get(OwnerRow, key)
                return _owner(row) if row else None
        except (TimeoutError, StoreBusy):
            log.warning("database away, a caller's address was not looked up")
            return None

    async def save(self, owner: Owner, actor: str) -> None:
        """Add an owner, or change the one with this number.

        Raises:
            RosterError: the number has no digit or letter.
        """
        await self._write([owner], actor)

    async def save_all(self, owners: Sequence[Owner], actor: str, *, replace: bool = False) -> int:
        """Save owners together, or none of them; of two with one number the later holds.
        With `replace` those that are not among them go. Gives how many there are now."""
        await self._write(owners, actor, replace=replace)
        return await self.count()

    async def _write(self, owners: Sequence[Owner], actor: str, *, replace: bool = False) -> None:
        now = utc_now()
        rows: dict[bytes, dict[str, object]] = {}
        for owner in owners:
            key = phone_hash(self._keys, owner.number, self._region)
            if key is None:
                raise RosterError("an owner needs a number to be known by")
            rows[key] = {
                "number_hash": key,
                "number": normal_number(owner.number, self._region),
                "name": owner.name,
                "address": owner.address.as_document(),
                "note": owner.note,
                "updated_at": now,
            }
        keys = list(rows)
        async with self._database.session(IMPORT_WAIT_S) as session:
            if replace:
                await session.execute(delete(OwnerRow))
            for start in range(0, len(keys), BATCH):
                batch = keys[start : start + BATCH]
                await session.execute(delete(OwnerRow).where(OwnerRow.number_hash.in_(batch)))
                await session.execute(insert(OwnerRow), [rows[key] for key in batch])
            _write_down(session, actor, "replaced" if replace else "saved", len(rows))

    async def remove(self, number: str, actor: str) -> None:
        """Raises:
        NotFound: the number is not in the directory.
        """
        key = phone_hash(self._keys, number, self._region)
        async with self._database.session() as session:
            row = await session.get(OwnerRow, key) if key else None
            if row is None:
                raise NotFound("this number is not in the owners' directory")
            await session.delete(row)
            _write_down(session, actor, "removed", 1)

    async def count(self) -> int:
        async with self._database.reading() as session:
            return await session.scalar(select(func.count()).select_from(OwnerRow)) or 0

    async def all(self) -> tuple[Owner, ...]:
        """Every owner, by building, unit, room and number: for a list or an export."""
        async with self._database.reading() as session:
            owners = await readable(session, select(OwnerRow), _owner)
        return tuple(sorted(owners, key=_place_order))


def _write_down(session: AsyncSession, actor: str, action: str, count: int) -> None:
    """Who changed how many owners: their data itself is not kept twice."""
    session.add(
        RosterChangeRow(
            at=utc_now(),
            actor=actor,
            action=action,
            kind="owner",
            entry_id="",
            before=None,
            after={"count": count},
        )
    )
    changed(session, "owner", "")


def _place_order(owner: Owner) -> tuple[str, ...]:
    address = owner.address
    parts = (address.building, address.unit, address.floor, address.room, owner.number)
    return tuple(part.zfill(8) for part in parts)


def _owner(row: OwnerRow) -> Owner:
    return Owner(row.number, row.name, Address.of(row.address), row.note)
