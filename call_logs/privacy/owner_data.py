"""What is known of one owner: told on a request (PIPL, article 45), and made to go (article 47).

An owner is a telephone number. Their tickets are those that they called about, or on which they
are to be called back; their calls those with that number. Of statements only their own side
counts: what a neighbour said of them is the neighbour's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import delete, or_, select

from call_logs.calls.store import Calls
from call_logs.casework.evidence_store import EvidenceStore
from call_logs.casework.record_store import CaseRecords
from call_logs.owners.directory import DirectoryStore
from call_logs.owners.news import OwnerNews
from call_logs.privacy.cases import Case, Standing, cases_of, in_parts
from call_logs.privacy.destructions import (
    Destruction,
    DestructionKind,
    add_order,
    destruction_of,
)
from call_logs.privacy.due import call_standing, tickets_of
from call_logs.privacy.emptying import (
    empty_call,
    empty_evidence,
    empty_ticket,
    empty_transcript,
)
from call_logs.privacy.parts import Parts
from call_logs.recordings.recording import RecordingStatus
from call_logs.recordings.store import Recordings
from call_logs.recordings.transcripts import Transcripts
from call_logs.storage.database import Database, changed
from call_logs.storage.errors import IllegalMove, Lacking, NotFound
from call_logs.storage.keys import Keys
from call_logs.storage.phone import full_number, normal_number, phone_hash
from call_logs.tables.calls import CallRow
from call_logs.tables.owners import OwnerRow
from call_logs.tables.record_fields import RecordKind, Side
from call_logs.tables.recordings import RecordingRow
from call_logs.tables.tickets import TicketRow
from call_logs.tickets.life import NOTE
from call_logs.tickets.rows import locked_row, write_history
from call_logs.tickets.store import Tickets
from call_logs.users.access import AccessLog
from call_logs.users.actor import Actor
from call_logs.users.permissions import Permission
from call_logs.viewing.guard import caller_kept_back, unheard
from call_logs.viewing.viewer import Part, viewer_now

__all__ = ["ERASED", "EraseRefused", "OwnerData", "OwnerFound"]

ERASED = "erased"


class EraseRefused(IllegalMove):
    """Something about the owner goes on; `tickets` are the numbers that keep it."""

    def __init__(self, message: str, tickets: tuple[str, ...]) -> None:
        super().__init__(message)
        self.tickets = tickets


@dataclass(frozen=True)
class OwnerFound:
    """What there is of an owner."""

    tickets: tuple[int, ...]
    calls: tuple[str, ...]  # ids
    in_directory: bool
    open: tuple[str, ...] = field(default=())  # numbers of tickets whose case goes on
    held: tuple[str, ...] = field(default=())

    def __bool__(self) -> bool:
        return bool(self.tickets or self.calls or self.in_directory)


class OwnerData:
    def __init__(
        self,
        database: Database,
        keys: Keys,
        region: str,
        *,
        tickets: Tickets,
        calls: Calls,
        recordings: Recordings,
        transcripts: Transcripts,
        records: CaseRecords,
        evidence: EvidenceStore,
        news: OwnerNews,
        directory: DirectoryStore,
        access: AccessLog,
    ) -> None:
        self._database = database
        self._keys = keys
        self._region = region
        self._tickets = tickets
        self._calls = calls
        self._recordings = recordings
        self._transcripts = transcripts
        self._records = records
        self._evidence = evidence
        self._news = news
        self._directory = directory
        self._access = access

    async def find(self, number: str, actor: Actor) -> OwnerFound:
        """Raises:
        NotAllowed.
        NotFound: it is no number.
        """
        actor.check(Permission.EXPORT)
        return await self._find(self._hash(number))

    async def export(
        self, number: str, actor: Actor, path: Path, *, reason: str, source: str = ""
    ) -> OwnerFound:
        """Write all of an owner's data to a ZIP file; the access log says who took it, and why.

        Raises:
            NotAllowed.
            NotFound: nothing is known of them.
            Lacking: no reason.
            OSError: the disk takes no more.
        """
        actor.check(Permission.EXPORT)
        hashed = self._hash(number)
        found = await self._find(hashed)
        if not found:
            raise NotFound("nothing is known of this number")
        await self._note(actor, "exported", hashed, _said(reason), source)
        with Parts(path) as parts:
            owner = await self._directory.lookup(number) if found.in_directory else None
            await parts.add("directory.json", owner)
            tickets = [await self._tickets.get(each) for each in found.tickets]
            await parts.add("tickets.json", tickets)
            news = [one for each in found.tickets for one in await self._news.of_ticket(each)]
            await parts.add("news.json", news)
            await parts.add("statements.json", await self._statements(found.tickets, number, actor))
            await self._add_calls(parts, found.calls)
            evidence = [
                piece
                for each in found.tickets
                for piece in await self._evidence.of_ticket(each, actor)
                if piece.removed_at is None
            ]
            await parts.add("evidence.json", evidence)
            await parts.add_evidence(self._evidence, evidence, actor)
            # Whoever makes it for the owner shall know whether all of it is there.
            await parts.add("whole.json", {"confidential": viewer_now() is None})
            await parts.add("parts.json", parts.listed)
        return found

    async def order_erasure(
        self, number: str, actor: Actor, *, reason: str, source: str = ""
    ) -> Destruction:
        """Write down that all of an owner's data is to go; `erase` does it.

        Raises:
            NotAllowed.
            NotFound: nothing is known of them.
            Lacking: no reason.
            EraseRefused: a ticket of a case of theirs is open or held.
        """
        actor.check(Permission.DESTROY)
        hashed, reason = self._hash(number), _said(reason)
        found = await self._find(hashed)
        if not found:
            raise NotFound("nothing is known of this number")
        _refuse(found)
        await self._note(actor, "erased", hashed, reason, source)
        async with self._database.session() as session:
            target = {"number": number}
            row = await add_order(
                session, DestructionKind.OWNER, actor.name, reason=reason, target=target
            )
            return destruction_of(row)

    async def erase(self, order: Destruction) -> Mapping[str, int]:
        """Let all of it go; goes on where it was broken off.

        Raises:
            EraseRefused: a ticket was opened again meanwhile; what is gone stays gone.
        """
        number, done = str(order.target["number"]), {"tickets": 0, "calls": 0, "directory": 0}
        hashed = self._hash(number)
        found = await self._find(hashed)
        _refuse(found)
        for ticket in found.tickets:
            for call in await self._own_calls(ticket, hashed):
                done["calls"] += await self._erase_call(call)
            await self._erase_ticket(ticket, order)
            done["tickets"] += 1
        for call in found.calls:
            done["calls"] += await self._erase_call(call)
        async with self._database.session() as session:
            gone = await session.scalars(
                delete(OwnerRow)
                .where(OwnerRow.number_hash == hashed)
                .returning(OwnerRow.number_hash)
            )
            done["directory"] = len(gone.all())
            changed(session, "owner", "")
        await self._database.wipe_deleted()
        return done

    def _hash(self, number: str) -> bytes:
        hashed = phone_hash(self._keys, number, self._region)
        if hashed is None or not full_number(number, self._region):
            raise NotFound("this is no telephone number that belongs to one owner")
        return hashed

    async def _find(self, hashed: bytes) -> OwnerFound:
        theirs = [or_(TicketRow.caller_hash == hashed, TicketRow.callback_hash == hashed)]
        called = [CallRow.caller_hash == hashed]
        if (viewer := viewer_now()) is not None:  # nobody learns by a number who was anonymous
            viewer.check(Part.NUMBER)
            theirs.append(TicketRow.id.not_in(unheard(viewer)))
            called.append(~caller_kept_back(CallRow.id.expression))
        async with self._database.reading() as session:
            tickets = sorted(await session.scalars(select(TicketRow.id).where(*theirs)))
            query = select(CallRow.id).where(*called).order_by(CallRow.seq)
            calls = tuple(await session.scalars(query))
            # They may have called about a neighbour's ticket, which needs those calls.
            concerned = set(tickets)
            for part in in_parts(calls):
                concerned.update(*(await tickets_of(session, part)).values())
            owner = await session.get(OwnerRow, hashed)
            cases = await cases_of(session, concerned)
            return OwnerFound(
                tickets=tuple(tickets),
                calls=calls,
                in_directory=owner is not None,
                open=_numbers(cases, sorted(concerned), Standing.OPEN),
                held=_numbers(cases, sorted(concerned), Standing.HELD),
            )

    async def _statements(
        self, tickets: Sequence[int], number: str, actor: Actor
    ) -> list[dict[str, Any]]:
        """What this owner said, each version of it."""
        found = []
        for ticket in tickets:
            for each in await self._records.of_ticket(ticket, actor):
                if each.kind is not RecordKind.STATEMENT or each["side"] is not Side.OWNER:
                    continue
                if each["contact"] and not self._same(each["contact"], number):
                    continue
                versions = await self._records.versions(ticket, each.id, actor)
                found.append({"statement": each, "versions": versions})
        return found

    def _same(self, contact: str, number: str) -> bool:
        return normal_number(contact, self._region) == normal_number(number, self._region)

    async def _add_calls(self, parts: Parts, calls: Sequence[str]) -> None:
        told = []
        for each in calls:
            recordings = await self._recordings.for_call(each)
            told.append(
                {
                    "call": await self._calls.get(each),
                    "events": await self._calls.events(each),
                    "recordings": recordings,
                    "transcripts": await self._transcripts.for_call(each),
                }
            )
            await parts.add_sound(self._recordings, [one.id for one in recordings])
        await parts.add("calls.json", told)

    async def _own_calls(self, ticket: int, hashed: bytes) -> list[str]:
        """Of a ticket, those with this owner; also the one in which it was opened, by whatever
        number."""
        async with self._database.reading() as session:
            opened = select(TicketRow.call_id).where(TicketRow.id == ticket).scalar_subquery()
            query = select(CallRow.id).where(
                or_(
                    CallRow.id == opened,
                    (CallRow.ticket_id == ticket) & (CallRow.caller_hash == hashed),
                )
            )
            return list(await session.scalars(query))

    async def _erase_call(self, call: str) -> bool:
        async with self._database.reading() as session:
            row = await session.scalar(select(CallRow).where(CallRow.id == call))
            sound = (
                await session.execute(
                    select(RecordingRow.id, RecordingRow.status).where(RecordingRow.call_id == call)
                )
            ).all()
            standing = await call_standing(session, call)
        if row is None or row.purged_at is not None:
            return False
        if standing is not Standing.OVER:
            raise EraseRefused(
                "a ticket that one of the owner's calls is about goes on again, or is held: they "
                "go when it is over",
                (),
            )
        if row.ended_at is None or any(each.status == RecordingStatus.RECORDING for each in sound):
            raise EraseRefused("the owner is on the telephone now: try again after the call", ())
        for recording, status in sound:
            if status != RecordingStatus.PURGED:
                await self._recordings.destroy(recording)
        async with self._database.session() as session:
            for recording, _ in sound:
                await empty_transcript(session, recording)
            row = await session.get_one(CallRow, row.seq)
            await empty_call(session, row, {"reason": ERASED})
        return True

    async def _erase_ticket(self, ticket: int, order: Destruction) -> None:
        async with self._database.session() as session:
            row = await locked_row(session, ticket, None)
            case = (await cases_of(session, [ticket]))[ticket]
            if case.standing is not Standing.OVER:
                raise EraseRefused(
                    f"ticket {row.number} goes on again: its owner's data goes when it is over",
                    (row.number or "",),
                )
            files = await empty_evidence(session, ticket, order.made_by)
            await empty_ticket(session, row, self._keys)
            changes = {ERASED: (None, order.id)}
            await write_history(session, row, order.made_by, ERASED, changes=changes)
        await self._evidence.destroy(files)

    async def _note(
        self, actor: Actor, action: str, hashed: bytes, reason: str, source: str
    ) -> None:
        # The keyed hash tells two owners apart, and nobody who they are.
        await self._access.add(
            actor.name, action, "owner", hashed.hex(), source=source, reason=reason
        )


def _refuse(found: OwnerFound) -> None:
    if found.held:
        raise EraseRefused(
            f"held for a dispute: {', '.join(found.held)}; lift the hold first", found.held
        )
    if found.open:
        raise EraseRefused(
            f"still open, or of a case that is: {', '.join(found.open)}; close them first",
            found.open,
        )


def _numbers(
    cases: Mapping[int, Case], tickets: Sequence[int], standing: Standing
) -> tuple[str, ...]:
    return tuple(
        member.number
        for each in tickets
        if cases[each].standing is standing
        for member in cases[each].members
        if member.id == each
    )


def _said(reason: str) -> str:
    if not reason.strip():
        raise Lacking((NOTE,), "say why: the access log keeps the reason")
    return reason.strip()
