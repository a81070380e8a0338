"""The owners' directory: whose number a call comes from, and where they live.

A number is found by its keyed hash; number, name, address and note are encrypted.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import overload

from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from call_logs.roster.addresses import Address
from call_logs.roster.errors import RosterError
from call_logs.storage.background import give_way, in_background
from call_logs.storage.database import Database, changed, now_of
from call_logs.storage.errors import NotFound, StoreBusy
from call_logs.storage.keys import Keys
from call_logs.storage.phone import normal_number, phone_hash
from call_logs.tables.owners import OwnerRow
from call_logs.tables.roster import RosterChangeRow
from call_logs.users.actor import Actor
from call_logs.users.permissions import Permission

__all__ = ["DirectoryStore", "Owner", "Owners", "Progress"]

log = logging.getLogger(__name__)

LOOKUP_WAIT_S = 0.5  # a caller waits: longer, and they are asked for their address
IMPORT_WAIT_S = 120.0
BATCH = 100  # some 10 ms of our own; what is encrypted is encrypted on the event loop
REST_S = 0.01
Progress = Callable[[int, int], None]
"""Told how many of how many are done."""


@dataclass(frozen=True, repr=False)
class Owner:
    """A number that is known. Its `repr` shows nothing of it."""

    number: str  # as written; kept in E.164 where it can be read so
    name: str = ""
    address: Address = field(default_factory=Address)
    note: str = ""

    def __repr__(self) -> str:
        return "Owner(...)"


class Owners(Sequence[Owner]):
    """Many owners by number, in the order in which they came. Kept as plain tuples of text,
    which the garbage collector does not walk: 200,000 objects would stop everybody for a
    second (`docs/decisions/real-time.md`)."""

    def __init__(self, owners: Iterable[Owner] = ()) -> None:
        self._records: dict[str, tuple[str, ...]] = {}
        self._numbers: list[str] = []
        for owner in owners:
            self.add(owner)

    def add(self, owner: Owner) -> None:
        """One more, or a new one for a number that is known."""
        if owner.number not in self._records:
            self._numbers.append(owner.number)
        address = owner.address
        self._records[owner.number] = (
            owner.name,
            owner.note,
            address.building,
            address.unit,
            address.floor,
            address.room,
            address.area,
            address.lift,
        )

    def of(self, number: str) -> Owner | None:
        record = self._records.get(number)
        if record is None:
            return None
        name, note, *address = record
        return Owner(number, name, Address(*address), note)

    def by_place(self) -> Owners:
        """The same by building, unit, room and number. Takes long when there are many."""

        def place(number: str) -> tuple[str, ...]:
            _, _, _, _, floor, room, *_ = self._records[number]
            return tuple(part.zfill(8) for part in (floor, room, number))

        # Door by door: one sort of everything would not let go of the interpreter.
        doors: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
        for number in self._numbers:
            give_way()
            _, _, building, unit, *_ = self._records[number]
            doors[building.zfill(8), unit.zfill(8)].append(number)
        found = Owners()
        found._records = self._records
        for door in sorted(doors):
            give_way()
            found._numbers += sorted(doors[door], key=place)
        return found

    def __len__(self) -> int:
        return len(self._numbers)

    @overload
    def __getitem__(self, place: int) -> Owner: ...

    @overload
    def __getitem__(self, place: slice) -> list[Owner]: ...

    def __getitem__(self, place: int | slice) -> Owner | list[Owner]:
        numbers = self._numbers[place]
        if isinstance(numbers, str):
            owner = self.of(numbers)
            assert owner is not None  # both are written together
            return owner
        return [owner for number in numbers if (owner := self.of(number))]


class DirectoryStore:
    """Owners by number. What concerns many of them goes in batches, see `save_all`."""

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

    async def save(self, owner: Owner, actor: Actor) -> None:
        """Add an owner, or change the one with this number.

        Raises:
            NotAllowed: the actor has no right to change the directory.
            RosterError: the number has no digit or letter.
        """
        await self._write([owner], actor)

    async def save_all(
        self,
        owners: Sequence[Owner],
        actor: Actor,
        *,
        replace: bool = False,
        progress: Progress | None = None,
    ) -> int:
        """Save owners; of two with one number the later holds. With `replace` those that are
        not among them go, after the new ones are there: no caller is unknown meanwhile.
        Gives how many there are now.

        Many are many transactions, so that nothing else waits long for its own. One that is
        cut off can be repeated.
        """
        await self._write(owners, actor, replace=replace, progress=progress)
        return await self.count()

    async def _write(
        self,
        owners: Sequence[Owner],
        actor: Actor,
        *,
        replace: bool = False,
        progress: Progress | None = None,
    ) -> None:
        actor.check(Permission.MANAGE_ROSTER)
        if not await in_background(_all_have_numbers, owners):
            raise RosterError("an owner needs a number to be known by")
        written: set[bytes] = set()
        for start in range(0, len(owners), BATCH):
            rows = await in_background(self._rows, owners[start : start + BATCH])
            written.update(rows)
            async with self._database.session(IMPORT_WAIT_S) as session:
                await session.execute(delete(OwnerRow).where(OwnerRow.number_hash.in_(rows)))
                await session.execute(insert(OwnerRow), list(rows.values()))
                changed(session, "owner", "")
            if progress is not None:
                progress(min(start + BATCH, len(owners)), len(owners))
            if start + BATCH < len(owners):
                await asyncio.sleep(REST_S)
        if replace:
            await self._forget_others(written)
        async with self._database.session(IMPORT_WAIT_S) as session:
            _write_down(session, actor, "replaced" if replace else "saved", len(written))

    async def _forget_others(self, kept: Collection[bytes]) -> None:
        last: bytes | None = b""
        while last is not None:
            query = select(OwnerRow.number_hash).where(OwnerRow.number_hash > last)
            async with self._database.session(IMPORT_WAIT_S) as session:
                keys = list(await session.scalars(query.order_by(OwnerRow.number_hash).limit(1000)))
                gone = [key for key in keys if key not in kept]
                if gone:
                    await session.execute(delete(OwnerRow).where(OwnerRow.number_hash.in_(gone)))
                    changed(session, "owner", "")
            last = keys[-1] if keys else None
            await asyncio.sleep(REST_S if last else 0)

    def _rows(self, owners: Sequence[Owner]) -> dict[bytes, dict[str, object]]:
        """By the hash of the number."""
        now = self._database.clock.now()
        rows: dict[bytes, dict[str, object]] = {}
        for owner in owners:
            give_way()
            normal = normal_number(owner.number, self._region)
            key = self._keys.search_hash(normal, "phone")  # as `phone_hash` has it
            rows[key] = {
                "number_hash": key,
                "number": normal,
                "name": owner.name,
                "address": owner.address.as_document(),
                "note": owner.note,
                "updated_at": now,
            }
        return rows

    async def remove(self, number: str, actor: Actor) -> None:
        """Raises:
        NotAllowed: the actor has no right to change the directory.
        NotFound: the number is not in the directory.
        """
        actor.check(Permission.MANAGE_ROSTER)
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

    async def all(self) -> Owners:
        """Every owner, by building, unit, room and number: for a list or an export."""
        owners = Owners()
        last = b""
        while True:
            query = select(OwnerRow).where(OwnerRow.number_hash > last)
            async with self._database.reading() as session:
                rows = await session.scalars(query.order_by(OwnerRow.number_hash).limit(BATCH))
                batch = [(row.number_hash, _owner(row)) for row in rows]
            for _, owner in batch:
                owners.add(owner)
            if len(batch) < BATCH:
                return await in_background(owners.by_place)
            last, _ = batch[-1]
            await asyncio.sleep(REST_S)


def _write_down(session: AsyncSession, actor: Actor, action: str, count: int) -> None:
    """Who changed how many owners: their data itself is not kept twice."""
    session.add(
        RosterChangeRow(
            at=now_of(session),
            actor=actor.name,
            action=action,
            kind="owner",
            entry_id="",
            before=None,
            after={"count": count},
        )
    )
    changed(session, "owner", "")


def _all_have_numbers(owners: Iterable[Owner]) -> bool:
    for owner in owners:
        give_way()
        if not any(map(str.isalnum, owner.number)):
            return False
    return True


def _owner(row: OwnerRow) -> Owner:
    return Owner(row.number, row.name, Address.of(row.address), row.note)
