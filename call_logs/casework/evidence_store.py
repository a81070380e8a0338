"""Evidence: taken in piece by piece, sealed as it comes, looked at, destroyed.

A file is whole on the disk before its row is written, and goes to the store after that. So a
kill at any moment leaves a file without a row, which the next start removes, or all of it.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from call_logs.casework.evidence import Evidence, EvidenceRefused, EvidenceRules, FileRefusal
from call_logs.casework.examiner import Verdict, examine
from call_logs.casework.jpeg_place import BrokenPicture, PlaceRemover
from call_logs.casework.kinds import HEAD_BYTES, EvidenceKind, kind_of
from call_logs.casework.sealed_file import SealedReader, SealedWriter, reseal
from call_logs.recordings.files import LIVE, RecordingFiles
from call_logs.recordings.renewing import Renewed, SealedFile, bearing, renew
from call_logs.storage.database import Database, now_of
from call_logs.storage.errors import Lacking, NotFound, OutcomeUnknown
from call_logs.storage.keys import Keys
from call_logs.storage.loops import one_by_one
from call_logs.storage.readable import readable
from call_logs.storage.scratch import KEEP_FREE_BYTES
from call_logs.tables.case_records import CaseRecordRow
from call_logs.tables.casework import EvidenceRow
from call_logs.tables.tickets import TicketRow
from call_logs.tickets.life import NOTE
from call_logs.tickets.rows import locked_row, write_history
from call_logs.users.actor import Actor
from call_logs.users.permissions import Permission

__all__ = ["SUFFIX", "EvidenceStore", "evidence_of"]

log = logging.getLogger(__name__)

SUFFIX = ".hevd"
NAME_LIMIT = 200
BLOCK_BYTES = 256 * 1024  # written at once
LEFT_AFTER = timedelta(hours=1)  # no file takes so long to come: what is older was cut off


@dataclass(frozen=True)
class _New:
    id: str
    kind: EvidenceKind
    name: str = field(repr=False)
    note: str = field(repr=False)
    record_id: int | None


class EvidenceStore:
    def __init__(
        self, database: Database, keys: Keys, files: RecordingFiles, rules: EvidenceRules
    ) -> None:
        self._database = database
        self._keys = keys
        self._files = files
        self.rules = rules
        self._moving = asyncio.Lock()  # nothing is moved to the store while it is destroyed

    async def add(
        self,
        ticket_id: int,
        actor: Actor,
        content: AsyncIterator[bytes],
        *,
        name: str = "",
        note: str = "",
        record_id: int | None = None,
        rules: EvidenceRules | None = None,
    ) -> Evidence:
        """Take a file in. The same content again for one ticket is the evidence that is there.
        `record_id`: the record of the ticket that it belongs to; `rules`: narrower ones.
        Whatever goes wrong, nothing of it is left.

        Raises:
            EvidenceRefused: with the reason.
            NotAllowed, NotFound, StoreBusy.
        """
        actor.check(Permission.WORK_TICKETS)
        await self._check_room(ticket_id, record_id)
        evidence_id = secrets.token_hex(16)
        path = self._files.live_path(evidence_id)
        writer = SealedWriter(evidence_id, path, self._keys)
        try:
            kind = await self._write(writer, content, rules or self.rules)
            await self._examine(evidence_id, path)
            found = await self._keep(
                ticket_id,
                actor,
                writer,
                _New(evidence_id, kind, _line(name), note.strip(), record_id),
            )
        except OutcomeUnknown:
            raise  # there may be a row for it; if there is none, the next start removes the file
        except BaseException:
            await asyncio.shield(asyncio.to_thread(writer.give_up))
            raise
        if found.id != evidence_id:
            await asyncio.to_thread(writer.give_up)
        else:
            await self._move(found.id, found.added_at)
        return found

    async def of_ticket(self, ticket_id: int, actor: Actor) -> tuple[Evidence, ...]:
        """What there is and what there was, in the order in which it came.

        Raises:
            NotAllowed.
        """
        actor.check(Permission.SEE_TICKETS)
        query = (
            select(EvidenceRow)
            .where(EvidenceRow.ticket_id == ticket_id)
            .order_by(EvidenceRow.added_at, EvidenceRow.id)
        )
        async with self._database.reading() as session:
            return tuple(await readable(session, query, evidence_of))

    async def open(
        self, ticket_id: int, evidence_id: str, actor: Actor
    ) -> tuple[Evidence, SealedReader]:
        """What is known of it, and its content; close the reader after use.

        Raises:
            NotAllowed.
            NotFound: the ticket has none like it, or it was destroyed.
            Tampered: the file was changed.
        """
        actor.check(Permission.SEE_TICKETS)
        async with self._database.reading() as session:
            row = await _row(session, evidence_id)
        if row.ticket_id != ticket_id or row.removed_at is not None or not row.location:
            raise NotFound("the ticket has no such evidence, or no longer")
        reader = await asyncio.to_thread(self._open, evidence_id, row.location, row.added_at)
        return evidence_of(row), reader

    async def remove(self, ticket_id: int, evidence_id: str, actor: Actor, note: str) -> Evidence:
        """Destroy a file that should not be there, with the reason; that it was there stays.

        Raises:
            NotAllowed, NotFound, StoreBusy.
            Lacking: no reason.
        """
        actor.check(Permission.DESTROY)
        if not note.strip():
            raise Lacking((NOTE,), "evidence is destroyed with a reason only: write a note")
        async with self._database.session() as session:
            row = await _row(session, evidence_id, lock=True)
            if row.ticket_id != ticket_id:
                raise NotFound("the ticket has no such evidence")
            if row.removed_at is None:
                row.removed_at, row.removed_by = now_of(session), actor.name
                ticket = await locked_row(session, ticket_id, None)
                changes = {"evidence": (row.name or row.kind, None)}
                await write_history(
                    session, ticket, actor.name, "evidence", changes=changes, note=note.strip()
                )
            found = evidence_of(row)
        await self._destroy(evidence_id)
        return found

    async def destroy(self, ids: Collection[str]) -> None:
        """The files of evidence that was removed: nobody may have it any more.

        Raises:
            StoreError: some could not be destroyed; housekeeping tries them again.
        """
        await one_by_one("evidence to destroy", ids, self._destroy)

    async def rekey(self, old: Collection[bytes]) -> Renewed:
        """Seal anew what is sealed with these keys."""
        async with self._moving:
            return await renew(self._files, await self._there(), old, partial(reseal, self._keys))

    async def bearing(self, old: Collection[bytes], broken: Collection[str]) -> int:
        """How many bear one of these keys, but those that no key opens."""
        found = [each for each in await self._there() if each.id not in broken]
        return await bearing(self._files, found, old)

    async def _there(self) -> list[SealedFile]:
        query = select(EvidenceRow.id, EvidenceRow.location, EvidenceRow.added_at).where(
            EvidenceRow.location != ""
        )
        async with self._database.reading() as session:
            return [SealedFile(*row) for row in await session.execute(query)]

    async def recover(self) -> None:
        """At a start: remove what a kill has left of a file on its way in."""
        await self._forget_halves(self._database.clock.now())

    async def keep_house(self) -> None:
        """Files to the store, and away with those that nobody may have any more."""
        await self._offload()
        query = select(EvidenceRow.id).where(
            EvidenceRow.location != "",
            EvidenceRow.removed_at.is_not(None) | EvidenceRow.ticket_id.is_(None),
        )
        async with self._database.reading() as session:
            ids = list(await session.scalars(query))
        await self.destroy(ids)
        await self._forget_halves(self._database.clock.now() - LEFT_AFTER)

    async def _check_room(self, ticket_id: int, record_id: int | None) -> None:
        async with self._database.reading() as session:
            if await session.get(TicketRow, ticket_id) is None:
                raise NotFound(f"there is no ticket with id {ticket_id}")
            record = None if record_id is None else await session.get(CaseRecordRow, record_id)
            if record_id is not None and (record is None or record.ticket_id != ticket_id):
                raise NotFound("the ticket has no such record")
            count = await _count(session, ticket_id)
        if count >= self.rules.most:
            raise EvidenceRefused(
                FileRefusal.TOO_MANY, f"the ticket has {count} files; {self.rules.most} is the most"
            )
        free = await asyncio.to_thread(self._files.free_bytes)
        if free < KEEP_FREE_BYTES + self.rules.max_bytes:
            raise EvidenceRefused(
                FileRefusal.NO_SPACE,
                f"only {free // 1_000_000} MB are free on the disk of {self._files.folder}, which "
                "recordings need",
            )

    async def _write(
        self, writer: SealedWriter, content: AsyncIterator[bytes], rules: EvidenceRules
    ) -> EvidenceKind:
        """The content, sealed on the disk."""
        head = b""
        async for piece in content:
            head += piece
            if len(head) >= HEAD_BYTES:
                break
        kind = _allowed(head, rules)
        remover = None
        if kind is EvidenceKind.JPEG and not rules.keep_place:
            remover = PlaceRemover()
        taken, held = 0, b""
        try:
            async for piece in _after(head, content):
                taken += len(piece)
                if taken > rules.max_bytes:
                    most = rules.max_bytes // 1_000_000
                    raise EvidenceRefused(FileRefusal.TOO_LARGE, f"a file may have {most} MB")
                # Calls go on meanwhile: whoever sent it decides how much work a piece is.
                held += piece if remover is None else await asyncio.to_thread(remover.feed, piece)
                if len(held) >= BLOCK_BYTES:
                    await asyncio.to_thread(writer.write, held)
                    held = b""
            held += b"" if remover is None else remover.close()
        except BrokenPicture as error:
            raise EvidenceRefused(FileRefusal.BROKEN, f"the picture is damaged: {error}") from None
        await asyncio.to_thread(writer.write, held)
        await asyncio.to_thread(writer.finish)
        return kind

    async def _examine(self, evidence_id: str, path: Path) -> None:
        if not self.rules.examine:
            return
        reader = await asyncio.to_thread(self._open_path, evidence_id, path)
        verdict = await examine(self.rules.examine, reader)
        if verdict is Verdict.HARMFUL:
            raise EvidenceRefused(FileRefusal.HARMFUL, "the file is harmful, says the scanner")
        if verdict is Verdict.UNKNOWN:
            raise EvidenceRefused(FileRefusal.NOT_EXAMINED, "the file could not be examined")

    async def _keep(
        self, ticket_id: int, actor: Actor, writer: SealedWriter, new: _New
    ) -> Evidence:
        """The row, and the line of history; or the evidence that has the same content."""
        async with self._database.session() as session:
            ticket = await locked_row(session, ticket_id, None)
            same = await session.scalar(
                select(EvidenceRow).where(
                    EvidenceRow.ticket_id == ticket_id,
                    EvidenceRow.sha256 == writer.digest,
                    EvidenceRow.removed_at.is_(None),
                )
            )
            if same is not None:
                return evidence_of(same)
            if await _count(session, ticket_id) >= self.rules.most:
                raise EvidenceRefused(
                    FileRefusal.TOO_MANY, "others have filled the ticket with files"
                )
            row = EvidenceRow(
                id=new.id,
                ticket_id=ticket_id,
                kind=new.kind.value,
                name=new.name,
                note=new.note,
                size_bytes=writer.size_bytes,
                sha256=writer.digest,
                added_at=now_of(session),
                added_by=actor.name,
                record_id=new.record_id,
                location=LIVE,
                removed_at=None,
                removed_by="",
            )
            session.add(row)
            changes = {"evidence": (None, new.name or new.kind.value)}
            await write_history(session, ticket, actor.name, "evidence", changes=changes)
            return evidence_of(row)

    def _open(self, evidence_id: str, location: str, added_at: datetime) -> SealedReader:
        file = self._files.open(evidence_id, location, added_at)
        try:
            return SealedReader(file, self._keys, evidence_id)
        except BaseException:
            file.close()
            raise

    def _open_path(self, evidence_id: str, path: Path) -> SealedReader:
        return SealedReader(path.open("rb"), self._keys, evidence_id)

    async def _offload(self) -> None:
        """A store that is away is no error: the files stay where they are until the next time."""
        ids = await asyncio.to_thread(self._files.live_ids)
        if not ids:
            return
        query = select(EvidenceRow.id, EvidenceRow.added_at).where(EvidenceRow.id.in_(ids))
        async with self._database.reading() as session:
            rows = (await session.execute(query)).all()
        for evidence_id, added_at in rows:
            await self._move(evidence_id, added_at)

    async def _move(self, evidence_id: str, added_at: datetime) -> None:
        async with self._moving:
            await self._move_alone(evidence_id, added_at)

    async def _move_alone(self, evidence_id: str, added_at: datetime) -> None:
        try:
            location = await asyncio.to_thread(self._files.finish, evidence_id, added_at)
        except Exception:
            # Every fsspec store has its own errors; the file is safe where it is.
            log.exception("evidence could not be moved", extra={"evidence_id": evidence_id})
            return
        async with self._database.session() as session:
            await session.execute(
                update(EvidenceRow)
                .where(EvidenceRow.id == evidence_id, EvidenceRow.location == LIVE)
                .values(location=location)
            )

    async def _destroy(self, evidence_id: str) -> None:
        """The file, and then where it was; the row of a ticket that is no more goes too."""
        async with self._moving:
            await self._destroy_alone(evidence_id)

    async def _destroy_alone(self, evidence_id: str) -> None:
        async with self._database.reading() as session:
            row = await _row(session, evidence_id)
        if row.location:
            await asyncio.to_thread(self._files.delete, row.id, row.location, row.added_at)
        async with self._database.session() as session:
            row = await _row(session, evidence_id, lock=True)
            if row.ticket_id is None:
                await session.delete(row)
            else:
                row.location, row.size_bytes = "", 0

    async def _forget_halves(self, before: datetime) -> None:
        """Remove files that have no row and are older than `before`."""
        ids = await asyncio.to_thread(self._files.live_ids)
        async with self._database.reading() as session:
            known = set(
                await session.scalars(select(EvidenceRow.id).where(EvidenceRow.id.in_(ids)))
            )
        unknown = tuple(each for each in ids if each not in known)
        await asyncio.to_thread(self._remove_halves, unknown, before.timestamp())

    def _remove_halves(self, unknown: tuple[str, ...], before_s: float) -> None:
        folder = self._files.live_path("x").parent
        for path in (*folder.glob("*.part"), *map(self._files.live_path, unknown)):
            try:
                if path.stat().st_mtime <= before_s:
                    path.unlink()
            except FileNotFoundError:
                continue


def _allowed(head: bytes, rules: EvidenceRules) -> EvidenceKind:
    if not head:
        raise EvidenceRefused(FileRefusal.EMPTY, "the file is empty")
    kind = kind_of(head)
    if kind is None or kind not in rules.kinds:
        known = ", ".join(sorted(rules.kinds))
        its = "of no kind that is known" if kind is None else f"{kind}"
        raise EvidenceRefused(FileRefusal.KIND, f"the file is {its}; taken are {known}")
    return kind


async def _after(head: bytes, content: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield head
    async for piece in content:
        yield piece


async def _count(session: AsyncSession, ticket_id: int) -> int:
    query = select(func.count()).where(
        EvidenceRow.ticket_id == ticket_id, EvidenceRow.removed_at.is_(None)
    )
    return await session.scalar(query) or 0


async def _row(session: AsyncSession, evidence_id: str, *, lock: bool = False) -> EvidenceRow:
    row = await session.get(EvidenceRow, evidence_id, with_for_update=lock or None)
    if row is None:
        raise NotFound("there is no such evidence")
    return row


def _line(name: str) -> str:
    """A file's name as it is shown: never a path, and nothing that breaks a line."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(each for each in last if each.isprintable()).strip()[:NAME_LIMIT]


def evidence_of(row: EvidenceRow) -> Evidence:
    return Evidence(
        id=row.id,
        ticket_id=row.ticket_id or 0,
        kind=EvidenceKind(row.kind),
        name=row.name,
        note=row.note,
        size_bytes=row.size_bytes,
        sha256=row.sha256.hex(),
        added_at=row.added_at,
        added_by=row.added_by,
        removed_at=row.removed_at,
        removed_by=row.removed_by,
        record_id=row.record_id,
    )
