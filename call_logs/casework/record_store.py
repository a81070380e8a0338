"""Records of a case: written once, corrected with every version kept, told in the history."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from call_logs.casework.records import CaseRecord, RecordEdit, RecordVersion, WrongField
from call_logs.staff.staff import StaffKind
from call_logs.staff.store import StaffStore
from call_logs.storage.database import Database, now_of
from call_logs.storage.errors import NotFound, VersionConflict
from call_logs.storage.once import key_of
from call_logs.storage.readable import readable
from call_logs.tables.case_records import CaseRecordRow, CaseVersionRow
from call_logs.tables.record_fields import HELD, RECORDS, RecordKind, Side
from call_logs.tables.tickets import TicketRow
from call_logs.tickets.costs import check_cost
from call_logs.tickets.rows import check_not_about, fields_kept_back, locked_row, write_history
from call_logs.tickets.telling import Level, write_down
from call_logs.users.actor import Actor
from call_logs.users.permissions import Permission

__all__ = ["MOST_RECORDS", "CaseRecords", "record_of"]

MOST_RECORDS = 500  # of one ticket

Content = Mapping[str, Any]  # as it is kept


class CaseRecords:
    """What reads needs the right to see tickets, what writes the right to work on them."""

    def __init__(self, database: Database, approve_above: int | None, staff: StaffStore) -> None:
        self._database = database
        self._staff = staff
        self.approve_above = approve_above

    async def add(
        self, ticket_id: int, new: RecordEdit, actor: Actor, *, key: str = ""
    ) -> CaseRecord:
        """A record of all its fields; under one `key` one.

        Raises:
            NotAllowed: the right lacks, or the costs want an approval that the actor cannot give.
            WrongField: a ticket has no more than `MOST_RECORDS`.
            NotFound, StoreBusy.
        """
        actor.check(Permission.WORK_TICKETS)
        given, means = await self._given(new)
        content = _kept(given)
        async with self._database.session() as session:
            ticket = await locked_row(session, ticket_id, None)
            added_key = _digest(ticket_id, actor, key_of(key, new))
            there = select(CaseRecordRow).where(CaseRecordRow.added_key == added_key)
            if (row := await session.scalar(there)) is not None:
                return record_of(row, actor, await _nameless(session, ticket_id))
            known = await _rows(session, ticket_id)
            if len(known) >= MOST_RECORDS:
                raise WrongField("ticket", f"has {MOST_RECORDS} records, and that is the most")
            check_not_about(ticket, means)
            now = now_of(session)
            row = CaseRecordRow(
                ticket_id=ticket_id,
                kind=new.kind.value,
                version=0,
                created_at=now,
                created_by=actor.name,
                updated_at=now,
                updated_by=actor.name,
                added_key=added_key,
                content={},
            )
            session.add(row)
            await self._write(session, ticket, row, content, actor)
            return record_of(row, actor, await _nameless(session, ticket_id))

    async def change(
        self, ticket_id: int, record_id: int, changes: RecordEdit, actor: Actor, *, version: int
    ) -> CaseRecord:
        """Some fields, if nobody else changed the record since `version` was read.

        Raises:
            VersionConflict, and as `add`.
        """
        actor.check(Permission.WORK_TICKETS)
        changes, means = await self._given(changes)
        async with self._database.session() as session:
            ticket = await locked_row(session, ticket_id, None)
            row = await _row(session, ticket_id, record_id, changes.kind)
            if row.version != version:
                raise VersionConflict(
                    "the record was changed by somebody else: look at it again",
                    expected=version,
                    actual=row.version,
                )
            hidden = (
                _hidden(changes.kind)
                if not actor.may(Permission.SEE_SIDES) or await _nameless(session, ticket_id)
                else frozenset()
            )
            new = {name: each for name, each in _kept(changes).items() if name not in hidden}
            content = {**row.content, **new}
            if content.get("who") != row.content.get("who"):
                check_not_about(ticket, means)
            if content != row.content:
                await self._write(session, ticket, row, content, actor)
            return record_of(row, actor, await _nameless(session, ticket_id))

    async def get(self, ticket_id: int, record_id: int, actor: Actor) -> CaseRecord:
        """Raises:
        NotAllowed, NotFound.
        """
        actor.check(Permission.SEE_TICKETS)
        async with self._database.reading() as session:
            row = await _row(session, ticket_id, record_id)
            return record_of(row, actor, await _nameless(session, ticket_id))

    async def of_ticket(self, ticket_id: int, actor: Actor) -> tuple[CaseRecord, ...]:
        """All records of a ticket, in the order in which they were written.

        Raises:
            NotAllowed.
        """
        actor.check(Permission.SEE_TICKETS)
        query = (
            select(CaseRecordRow)
            .where(CaseRecordRow.ticket_id == ticket_id)
            .order_by(CaseRecordRow.id)
        )
        async with self._database.reading() as session:
            nameless = await _nameless(session, ticket_id)
            return tuple(
                await readable(session, query, lambda row: record_of(row, actor, nameless))
            )

    async def of_side(self, ticket_id: int, side: Side, actor: Actor) -> tuple[CaseRecord, ...]:
        """What one side has said, and nothing of any other: to read back or to print for it.

        Raises:
            NotAllowed.
        """
        records = await self.of_ticket(ticket_id, actor)
        return tuple(
            each
            for each in records
            if each.kind is RecordKind.STATEMENT and each["side"] is side and not each["void"]
        )

    async def versions(
        self, ticket_id: int, record_id: int, actor: Actor
    ) -> tuple[RecordVersion, ...]:
        """Everything that a record ever said, oldest first.

        Raises:
            NotAllowed, NotFound.
        """
        actor.check(Permission.SEE_TICKETS)
        async with self._database.reading() as session:
            row = await _row(session, ticket_id, record_id)
            kind = RecordKind(row.kind)
            nameless = await _nameless(session, ticket_id)
            query = (
                select(CaseVersionRow)
                .where(CaseVersionRow.record_id == record_id)
                .order_by(CaseVersionRow.version)
            )
            found = await readable(
                session,
                query,
                lambda one: RecordVersion(
                    one.version, one.at, one.actor, _values(kind, one.content, actor, nameless)
                ),
            )
        return tuple(found)

    async def _given(self, edit: RecordEdit) -> tuple[RecordEdit, frozenset[str]]:
        """What is held is given to somebody of the directory, written as a reference; a firm
        that is in none stays as it was written. With every reference to whoever gets it."""
        who = edit.values.get("who")
        if edit.kind not in HELD or not who:
            return edit, frozenset()
        staff = await self._staff.current()
        ref = staff.meant(who)
        return RecordEdit(edit.kind, {**edit.values, "who": ref}), staff.same(ref)

    async def _write(
        self,
        session: AsyncSession,
        ticket: TicketRow,
        row: CaseRecordRow,
        content: Content,
        actor: Actor,
    ) -> None:
        """The record's next version, its line of history, and what it costs."""
        kind, before = RecordKind(row.kind), row.content
        row.content = dict(content)
        row.version += 1
        row.updated_at, row.updated_by = now_of(session), actor.name
        if kind is RecordKind.QUESTION:
            _answered(row)
            content = row.content
        values = _values(kind, content, None)
        row.due_at, row.done_at = values.get("due"), values.get("done_at")
        if kind in HELD:
            await _give(session, row, values)
        await session.flush()
        await session.execute(
            insert(CaseVersionRow).values(
                record_id=row.id,
                version=row.version,
                at=row.updated_at,
                actor=actor.name,
                content=row.content,
            )
        )
        if kind is RecordKind.TASK:
            cost = sum(map(_cost, await _rows(session, ticket.id)))
            check_cost(ticket, cost, self.approve_above, actor)
            ticket.planned_cost = cost
        changes = _told(kind, row.version, before, row.content)
        await write_history(session, ticket, actor.name, kind.value, changes=changes)


def _answered(row: CaseRecordRow) -> None:
    """A question is open as long as nobody has answered it, whatever else was written."""
    content = dict(row.content)
    if not content.get("answer"):
        content |= {"done_at": None, "done_by": ""}
    elif content.get("done_at") is None:
        content |= {
            "done_at": row.updated_at.isoformat(),
            "done_by": content.get("done_by") or row.updated_by,
        }
    row.content = content


async def _give(session: AsyncSession, row: CaseRecordRow, values: Mapping[str, Any]) -> None:
    """Whoever has it now is told, in the transaction that makes it so."""
    staff_kind, colon, _ = values["who"].partition(":")
    known = bool(colon) and staff_kind in frozenset(StaffKind)
    before, row.holder = row.holder, None
    row.remind_at = None
    if not known or values["void"]:
        return
    row.holder = values["who"]
    if row.done_at is not None:
        return
    row.remind_at = row.updated_at
    if row.holder != before:
        await write_down(
            session,
            ticket_id=row.ticket_id,
            level=Level.TASK,
            moment=row.updated_at,
            party=row.holder,
        )


def _told(
    kind: RecordKind, version: int, before: Content, after: Content
) -> dict[str, tuple[Any, Any]]:
    """What the history says. Of a statement only that there is one: the history is read by
    whoever may not know the other side's name and words."""
    if kind is RecordKind.STATEMENT:
        return {"statement": (version - 1 or None, version)}
    if (old := before.get("notes")) and str(after.get("notes", "")).startswith(f"{old}\n"):
        before = {**before, "notes": None}  # of what was added, the addition alone
        after = {**after, "notes": after["notes"].removeprefix(f"{old}\n")}
    return {
        f"{kind}.{name}": (before.get(name), value)
        for name, value in after.items()
        if before.get(name) != value and (before or value not in ("", None, False, {}))
    }


def _digest(ticket_id: int, actor: Actor, key: str) -> str:
    """What makes an addition the same one."""
    text = f"{ticket_id}\n{actor.name}\n{key or secrets.token_hex(16)}"
    return hashlib.sha256(text.encode()).hexdigest()


def _cost(row: CaseRecordRow) -> int:
    if row.kind != RecordKind.TASK or row.content.get("void"):
        return 0
    return row.content.get("cost") or 0


def _kept(edit: RecordEdit) -> Content:
    fields = RECORDS[edit.kind]
    return {
        name: None if value is None else fields[name].type.kept(value)
        for name, value in edit.values.items()
    }


def _hidden(kind: RecordKind) -> frozenset[str]:
    return frozenset(name for name, each in RECORDS[kind].items() if each.names)


async def _nameless(session: AsyncSession, ticket_id: int) -> bool:
    """Whether the owner's name is kept from whoever looks: it may stand in a statement, too."""
    ticket = await session.get(TicketRow, ticket_id)
    return ticket is not None and "name" in fields_kept_back(ticket)


def _values(
    kind: RecordKind, content: Content, actor: Actor | None, nameless: bool = False
) -> Mapping[str, Any]:
    """`actor`: who reads it; None: the store itself."""
    blind = nameless or (actor is not None and not actor.may(Permission.SEE_SIDES))
    return MappingProxyType(
        {
            name: each.default if blind and each.names else each.read(content.get(name))
            for name, each in RECORDS[kind].items()
        }
    )


async def _rows(session: AsyncSession, ticket_id: int) -> list[CaseRecordRow]:
    query = (
        select(CaseRecordRow).where(CaseRecordRow.ticket_id == ticket_id).order_by(CaseRecordRow.id)
    )
    return list(await session.scalars(query))


async def _row(
    session: AsyncSession, ticket_id: int, record_id: int, kind: RecordKind | None = None
) -> CaseRecordRow:
    row = await session.get(CaseRecordRow, record_id)
    if row is None or row.ticket_id != ticket_id or (kind is not None and row.kind != kind):
        raise NotFound("the ticket has no such record")
    return row


def record_of(row: CaseRecordRow, actor: Actor, nameless: bool = False) -> CaseRecord:
    kind = RecordKind(row.kind)
    return CaseRecord(
        id=row.id,
        ticket_id=row.ticket_id,
        kind=kind,
        version=row.version,
        created_at=row.created_at,
        created_by=row.created_by,
        updated_at=row.updated_at,
        updated_by=row.updated_by,
        values=_values(kind, row.content, actor, nameless),
    )
