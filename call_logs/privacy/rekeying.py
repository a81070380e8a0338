"""Rotating the master key while the program runs: a new key, everything sealed anew with it, the
old one destroyed. `docs/decisions/encryption.md` has the states, and what a kill leaves in each.

Whatever is sealed anew says so itself, by the key id in it: a run that was broken off goes on with
what still bears an old id.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    Column,
    LargeBinary,
    RowMapping,
    Table,
    bindparam,
    func,
    or_,
    select,
    tuple_,
    type_coerce,
    update,
)

from call_logs.casework.evidence_store import EvidenceStore
from call_logs.privacy.destructions import (
    Destruction,
    DestructionKind,
    add_order,
    destruction_of,
    open_order,
)
from call_logs.recordings.store import Recordings
from call_logs.storage.background import in_background
from call_logs.storage.base import Base
from call_logs.storage.columns import EncryptedJson, EncryptedText
from call_logs.storage.database import Database
from call_logs.storage.errors import KeyProblem, StoreError, Tampered
from call_logs.storage.journal import Journal
from call_logs.storage.keys import KEY_ID_BYTES, Keys
from call_logs.storage.rows import LeaseRow
from call_logs.users.access import AccessLog
from call_logs.users.actor import Actor
from call_logs.users.permissions import Permission

__all__ = ["KeyRotation"]

ROWS = 100  # sealed anew in one transaction
BEHIND_THE_FORMAT = 2  # where a ciphertext names its key; SQL counts from 1


class KeyRotation:
    def __init__(
        self,
        database: Database,
        keys: Keys,
        *,
        recordings: Recordings,
        evidence: EvidenceStore,
        journal: Journal,
        access: AccessLog,
    ) -> None:
        self._database = database
        self._keys = keys
        self._recordings = recordings
        self._evidence = evidence
        self._journal = journal
        self._access = access

    async def order(self, actor: Actor) -> Destruction:
        """Write down that the keys of today are to be replaced; the order that is open, if there
        is one.

        Raises:
            NotAllowed.
            KeyProblem: the key stands in no file, or several programs have files of their own.
        """
        actor.check(Permission.MANAGE_USERS)
        if self._keys.file is None:
            raise KeyProblem(
                "the key is in the environment, where this program cannot replace it: put its line "
                "into a key file of mode 600 and take HOTLINE_KEY away"
            )
        async with self._database.session() as session:
            homes = set(await session.scalars(select(LeaseRow.home)))
            if len(homes) > 1:
                raise KeyProblem(
                    "programs of several homes use this database, each with a key file of its own: "
                    "let one of them alone run, and copy its key file to the others afterwards"
                )
            row = await open_order(session, DestructionKind.KEY)
            if row is not None:
                return destruction_of(row)
            old = [each.hex() for each in self._keys.ids]
            row = await add_order(session, DestructionKind.KEY, actor.name, target={"old": old})
            found = destruction_of(row)
        await self._access.add(actor.name, "rotated", "key", old[0])
        return found

    async def run(self, order: Destruction) -> Mapping[str, int]:
        """Carry it out, to the end; goes on where it was broken off.

        Raises:
            StoreError: something bears an old key still (a recording that is being made, a write
                that waits); the old keys stay until it does not.
        """
        file = self._keys.file
        if file is None:
            raise KeyProblem("the key is in the environment, where it cannot be replaced")
        old = frozenset(bytes.fromhex(each) for each in order.target["old"])
        if self._keys.current_id in old:
            await asyncio.to_thread(Keys.rotate, file)
        await self._let_pass()
        rows = await self._seal_rows(old)
        sound, evidence = await self._recordings.rekey(old), await self._evidence.rekey(old)
        rejected = await self._journal.rekey(old)
        await self._check_gone(old, sound.broken | evidence.broken)
        await asyncio.to_thread(Keys.forget, file, old)
        await self._database.wipe_deleted()
        return {
            "rows": rows,
            "files": sound.count + evidence.count,
            "rejected": rejected,
            "broken": len(sound.broken | evidence.broken),
        }

    async def _let_pass(self) -> None:
        """Whoever was writing when the new key came has ended: SQLite has one writer at a time,
        and elsewhere nobody writes longer than this."""
        if not self._database.is_sqlite:
            await self._database.clock.sleep(LONGEST_WRITE_S)
        async with self._database.session():
            pass

    async def _seal_rows(self, old: Collection[bytes]) -> int:
        count = 0
        for table in Base.metadata.sorted_tables:
            columns = _private(table)
            if columns:
                count += await self._seal_table(table, columns, old)
        return count

    async def _seal_table(
        self, table: Table, columns: Sequence[Column[Any]], old: Collection[bytes]
    ) -> int:
        """Page by page along the primary key; each page in a transaction of its own."""
        primary = list(table.primary_key.columns)
        raw = [
            type_coerce(column, LargeBinary()).label(f"sealed_{column.name}") for column in columns
        ]
        query = (
            select(*(column.label(f"key_{column.name}") for column in primary), *raw)
            .where(_bears(columns, old))
            .order_by(*primary)
            .limit(ROWS)
            .with_for_update()
        )
        change = (
            update(table)
            .where(*(column == bindparam(f"key_{column.name}") for column in primary))
            .values(
                {
                    column.name: type_coerce(bindparam(f"new_{column.name}"), LargeBinary())
                    for column in columns
                }
            )
        )
        count, further = 0, None
        while True:
            async with self._database.session() as session:
                page = query if further is None else query.where(further)
                rows = (await session.execute(page)).mappings().all()
                new = await in_background(self._sealed_anew, rows, columns, old)
                if new:
                    connection = await session.connection()
                    await connection.execute(change, new)
            count += len(new)
            if len(rows) < ROWS:
                return count
            last = rows[-1]
            further = tuple_(*primary) > tuple_(
                *(
                    bindparam(None, last[f"key_{column.name}"], type_=column.type)
                    for column in primary
                )
            )

    def _sealed_anew(
        self,
        rows: Sequence[RowMapping],
        columns: Sequence[Column[Any]],
        old: Collection[bytes],
    ) -> list[dict[str, Any]]:
        """The rows with their new ciphertexts. A value that does not open stays as it is: no key
        opens it."""
        new = []
        for row in rows:
            changed = {name: value for name, value in row.items() if name.startswith("key_")}
            for column in columns:
                sealed = row[f"sealed_{column.name}"]
                changed[f"new_{column.name}"] = (
                    self._anew(bytes(sealed), column) if _id_of(sealed) in old else sealed
                )
            new.append(changed)
        return new

    def _anew(self, sealed: bytes, column: Column[Any]) -> bytes:
        assert isinstance(column.type, EncryptedText | EncryptedJson)
        context = column.type.context
        try:
            return self._keys.seal(self._keys.open(sealed, context), context)
        except Tampered:
            return sealed

    async def _check_gone(self, old: Collection[bytes], broken: Collection[str]) -> None:
        """Nothing that an old key opens bears it still.

        Raises:
            StoreError: what does.
        """
        left = []
        for table in Base.metadata.sorted_tables:
            columns = _private(table)
            if not columns:
                continue
            query = select(*(type_coerce(each, LargeBinary()) for each in columns)).where(
                _bears(columns, old)
            )
            async with self._database.reading() as session:
                rows = (await session.execute(query.limit(1000))).all()
            opened = await in_background(self._opens, rows, columns, old)
            if opened:
                left.append(f"table {table.name}")
        counts = {
            "recordings": await self._recordings.bearing(old, broken),
            "pieces of evidence": await self._evidence.bearing(old, broken),
            "files of writes that wait": await self._journal.bearing(old),
        }
        left += [f"{count} {what}" for what, count in counts.items() if count]
        if left:
            raise StoreError(f"the old key is needed still: {', '.join(left)}; it is tried again")

    def _opens(
        self, rows: Sequence[Sequence[Any]], columns: Sequence[Column[Any]], old: Collection[bytes]
    ) -> bool:
        return any(
            _id_of(sealed) in old and self._anew(bytes(sealed), column) != bytes(sealed)
            for row in rows
            for sealed, column in zip(row, columns, strict=True)
        )


LONGEST_WRITE_S = 30.0


def _private(table: Table) -> list[Column[Any]]:
    return [
        column for column in table.columns if isinstance(column.type, EncryptedText | EncryptedJson)
    ]


def _bears(columns: Sequence[Column[Any]], old: Collection[bytes]) -> Any:
    return or_(
        *(
            func.substr(type_coerce(column, LargeBinary()), BEHIND_THE_FORMAT, KEY_ID_BYTES).in_(
                [bindparam(None, each, type_=LargeBinary()) for each in sorted(old)]
            )
            for column in columns
        )
    )


def _id_of(sealed: Any) -> bytes:
    return bytes(sealed)[1 : 1 + KEY_ID_BYTES] if isinstance(sealed, bytes | memoryview) else b""
