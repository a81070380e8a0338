"""The registers: written, corrected with every old version kept, read beside a ticket."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from call_logs.casework.records import Missing, RecordVersion, WrongField
from call_logs.registers.confided import kept_back, shown, shown_versions
from call_logs.registers.entry import (
    MOVES,
    WRITERS,
    Entry,
    EntryEdit,
    due_on,
    entry_of,
    values_of,
)
from call_logs.registers.repeated import HAPPENED, REPEATED, settle
from call_logs.staff.staff import Staff, StaffKind, ref_of
from call_logs.staff.store import StaffStore
from call_logs.storage.database import Database, now_of
from call_logs.storage.errors import NotAllowed, NotFound, VersionConflict
from call_logs.storage.once import key_of, made_before, note_made
from call_logs.storage.readable import readable
from call_logs.tables.register_fields import REGISTERS, ImprovementState, RegisterKind
from call_logs.tables.registers import RegisterEntryRow, RegisterVersionRow
from call_logs.tables.tickets import TicketRow
from call_logs.tickets.telling import Level, write_down
from call_logs.users.actor import Actor
from call_logs.users.permissions import Permission

__all__ = ["MOST_ENTRIES", "UNBOUNDED", "Fixed", "Registers"]

MOST_ENTRIES = 5000  # of a register: all are read for a list, their words are encrypted
# What goes on for as long as the company does: it is read by what it is about, or page by page.
UNBOUNDED = frozenset({RegisterKind.MAINTENANCE, RegisterKind.TRAINING})

Content = Mapping[str, Any]  # as it is kept
_OF_PEOPLE = (RegisterKind.SKILL, RegisterKind.TRAINING)


class Fixed(WrongField):
    """It was written once and for all."""


class Registers:
    """What reads needs the right to see tickets; who writes into which: `WRITERS`."""

    def __init__(self, database: Database, staff: StaffStore, zone: ZoneInfo) -> None:
        self._database = database
        self._staff = staff
        self._zone = zone

    async def add(
        self, new: EntryEdit, actor: Actor, *, key: str = "", after: int | None = None
    ) -> Entry:
        """An entry of all its fields. Sent again under one `key` it is one. `after`: the entry
        that was to be done again, and has been with this one.

        Raises:
            NotAllowed.
            NotFound: there is no such entry as `after`.
            WrongField: a field cannot be so, or the register is full.
            StoreBusy.
        """
        actor.check(WRITERS[new.kind])
        (entry,) = await self.add_all(new.kind, [new], actor, key=key, after=after)
        return entry

    async def add_all(
        self,
        kind: RegisterKind,
        several: Iterable[EntryEdit],
        actor: Actor,
        *,
        key: str = "",
        after: int | None = None,
    ) -> tuple[Entry, ...]:
        """All or none, in one transaction; raises as `add`."""
        actor.check(WRITERS[kind])
        staff = await self._staff.current()
        contents = [_kept(_given(each, staff)) for each in several]
        key = key_of(key, [contents, after])
        async with self._database.session() as session:
            made = await made_before(session, what := f"register {kind}", key, actor.name)
            if made is not None:
                return tuple(
                    [await _shown(session, await _row(session, kind, each)) for each in made]
                )
            query = select(func.count()).where(RegisterEntryRow.kind == kind.value)
            many = 0 if kind in UNBOUNDED else await session.scalar(query) or 0
            if kind not in UNBOUNDED and many + len(contents) > MOST_ENTRIES:
                raise WrongField("register", f"has {MOST_ENTRIES} entries, and that is the most")
            former = None if after is None else await _row(session, kind, after)
            rows = []
            for content in contents:
                now = now_of(session)
                row = RegisterEntryRow(
                    kind=kind.value,
                    version=0,
                    created_at=now,
                    created_by=actor.name,
                    updated_at=now,
                    updated_by=actor.name,
                    about="",
                    void=False,
                    content={},
                )
                session.add(row)
                await self._write(session, row, content, actor, staff)
                if kind in REPEATED and former is not None and former.about == row.about:
                    row.after = former.id
                rows.append(row)
            await note_made(session, what, key, actor.name, (row.id for row in rows))
            await settle(session, kind, {row.about for row in rows})
            return tuple(map(entry_of, rows))

    async def change(
        self, entry_id: int, changes: EntryEdit, actor: Actor, *, version: int
    ) -> Entry:
        """Some fields, if nobody else changed the entry since `version` was read.

        Raises:
            NotFound, VersionConflict, and as `add`. NotAllowed also: a rule in force that follows
            from a ticket that is kept from `actor`.
        """
        actor.check(WRITERS[changes.kind])
        staff = await self._staff.current()
        async with self._database.session() as session:
            row = await _row(session, changes.kind, entry_id, lock=True)
            if (await _shown(session, row)).withheld:
                raise NotAllowed(
                    Permission.SEE_TICKETS, "it is changed by whoever sees what it follows from"
                )
            if row.version != version:
                raise VersionConflict(
                    "the entry was changed by somebody else: look at it again",
                    expected=version,
                    actual=row.version,
                )
            content = {**row.content, **_kept(_given(changes, staff))}
            if content != row.content:
                about = row.about
                await self._write(session, row, content, actor, staff)
                await settle(session, changes.kind, {about, row.about})
            return entry_of(row)

    async def get(self, kind: RegisterKind, entry_id: int, actor: Actor) -> Entry:
        """Raises:
        NotAllowed, NotFound.
        """
        whose = await self._whose(kind, actor)
        async with self._database.reading() as session:
            row = await _row(session, kind, entry_id)
            if whose is not None and row.holder not in whose:
                raise NotFound("there is no such entry")
            return await _shown(session, row)

    async def list(
        self,
        kind: RegisterKind,
        actor: Actor,
        *,
        void: bool = False,
        about: Collection[str] | None = None,
        limit: int | None = None,
        offset: int = 0,
    ) -> tuple[Entry, ...]:
        """What must be seen to first, then the newest; `void`: with what was entered by mistake.
        `about`: of these people or pieces of equipment alone. Of the trainings whoever does not
        manage the roster sees their own.

        Raises:
            NotAllowed.
        """
        row = RegisterEntryRow
        query = select(row).where(row.kind == kind.value)
        if (whose := await self._whose(kind, actor)) is not None:
            query = query.where(row.holder.in_(sorted(whose)))
        if about is not None:
            query = query.where(row.about.in_(sorted(about)))
        if not void:
            query = query.where(row.void.is_(False))
        query = query.order_by(row.due_on.is_(None), row.due_on, row.id.desc())
        if kind in UNBOUNDED:
            query = query.limit(limit).offset(offset)
        async with self._database.reading() as session:
            entries = await readable(session, query, entry_of)
            hidden = await kept_back(session, (each.from_ticket for each in entries))
        seen = tuple(seen for each in entries if (seen := shown(each, hidden)) is not None)
        if kind in UNBOUNDED:
            return seen
        # Counted without what is kept back: a short page would tell that there is something.
        return seen[offset : None if limit is None else offset + limit]

    async def counts(self, actor: Actor, today: date) -> Mapping[RegisterKind, tuple[int, int]]:
        """How many entries each register has, and how many of them are overdue.

        Raises:
            NotAllowed.
        """
        row = RegisterEntryRow
        query = (
            select(row.kind, func.count(), func.count().filter(row.due_on < today))
            .where(row.void.is_(False))
            .group_by(row.kind)
        )
        if (whose := await self._whose(RegisterKind.TRAINING, actor)) is not None:
            query = query.where(
                (row.kind != RegisterKind.TRAINING.value) | row.holder.in_(sorted(whose))
            )
        async with self._database.reading() as session:
            counted = {kind: (many, late) for kind, many, late in await session.execute(query)}
        seen = await self.list(RegisterKind.IMPROVEMENT, actor)  # some are kept back
        late = [each for each in seen if each.due_on is not None and each.due_on < today]
        counted[RegisterKind.IMPROVEMENT] = (len(seen), len(late))
        return {kind: counted.get(kind, (0, 0)) for kind in RegisterKind}

    async def versions(
        self, kind: RegisterKind, entry_id: int, actor: Actor
    ) -> tuple[RecordVersion, ...]:
        """Everything that an entry ever said, oldest first.

        Raises:
            NotAllowed, NotFound.
        """
        entry = await self.get(kind, entry_id, actor)
        query = (
            select(RegisterVersionRow)
            .where(RegisterVersionRow.entry_id == entry_id)
            .order_by(RegisterVersionRow.version)
        )
        async with self._database.reading() as session:
            found = await readable(
                session,
                query,
                lambda row: RecordVersion(
                    row.version, row.at, row.actor, values_of(kind, row.content)
                ),
            )
        return shown_versions(found) if entry.withheld else tuple(found)

    async def reminded(self, entry_id: int) -> Entry | None:
        """What a reminder is about; None: it is gone, or was entered by mistake."""
        async with self._database.reading() as session:
            row = await session.get(RegisterEntryRow, entry_id)
        entry = None if row is None else entry_of(row)
        return None if entry is None or entry["void"] else entry

    async def _whose(self, kind: RegisterKind, actor: Actor) -> frozenset[str] | None:
        """Whose entries are shown; None: everybody's."""
        actor.check(Permission.SEE_TICKETS)
        if kind is not RegisterKind.TRAINING or actor.may(WRITERS[kind]):
            return None
        return (await self._staff.current()).refs_of_name(actor.name)

    async def _write(
        self,
        session: AsyncSession,
        row: RegisterEntryRow,
        content: Content,
        actor: Actor,
        staff: Staff,
    ) -> None:
        """The entry's next version, and what follows from it."""
        kind, now = RegisterKind(row.kind), now_of(session)
        today = now.astimezone(self._zone).date()
        before, after = values_of(kind, row.content), values_of(kind, content)
        if kind in HAPPENED and row.content.get("on") != content["on"] and after["on"] > today:
            raise WrongField("on", "is a day to come")
        comes_into_force = False
        if kind is RegisterKind.IMPROVEMENT:
            comes_into_force = _improved(before if row.version else None, after, actor)
            if comes_into_force and after["in_force_on"] is None:
                content = {**content, "in_force_on": today.isoformat()}
            if not row.version or after["ticket"] != before["ticket"]:
                row.from_ticket = await _ticket(session, row.from_ticket, after["ticket"])
        row.content = dict(content)
        row.version += 1
        row.updated_at, row.updated_by = now, actor.name
        row.about = after["who"] if kind in _OF_PEOPLE else after.get("equipment", "")
        row.void = after["void"]
        row.holder = after.get("who") or None
        row.due_on = due_on(kind, after)
        row.remind_at = now if row.due_on is not None else None
        await session.flush()
        session.add(
            RegisterVersionRow(
                entry_id=row.id,
                version=row.version,
                at=now,
                actor=actor.name,
                content=row.content,
            )
        )
        if comes_into_force:
            await _tell_departments(session, row, after["categories"], staff, now)


def _improved(before: Mapping[str, Any] | None, after: Mapping[str, Any], actor: Actor) -> bool:
    """Whether it comes into force with this.

    Raises:
        WrongField: it cannot go there from where it is; a rule in force says something.
        NotAllowed: who may not approve proposes alone, and leaves a rule in force as it is.
    """
    was = ImprovementState.PROPOSED if before is None else before["state"]
    now = after["state"]
    if now is not was:
        if now not in MOVES[was]:
            raise WrongField("state", f"cannot become {now} while it is {was}")
        actor.check(Permission.APPROVE)
    elif before is not None and was is ImprovementState.IN_FORCE and before != after:
        actor.check(Permission.APPROVE)
    if now is ImprovementState.IN_FORCE and not after["rule"]:
        raise Missing("rule")
    return now is ImprovementState.IN_FORCE and (
        now is not was or (before is not None and before["rule"] != after["rule"])
    )


async def _tell_departments(
    session: AsyncSession,
    row: RegisterEntryRow,
    categories: Iterable[str],
    staff: Staff,
    now: datetime,
) -> None:
    """Those of its categories, or all, are told of a rule; again when its text changes."""
    wanted = set(categories)
    for department in staff.roster.departments:
        if not wanted or wanted.intersection(department.categories):
            await write_down(
                session,
                ticket_id=None,
                level=Level.ENTRY_NEW,
                moment=now,
                party=ref_of(StaffKind.DEPARTMENT, department.id),
                deadline=str(row.id),
            )


async def _ticket(session: AsyncSession, was: int | None, number: str) -> int | None:
    """What it follows from stays: who may see that ticket may see all that the entry ever said."""
    if was is not None:
        raise Fixed("ticket", "stays as it is: what follows from another ticket is another entry")
    if not number:
        return None
    found = await session.scalar(select(TicketRow.id).where(TicketRow.number == number))
    if found is None:
        raise WrongField("ticket", "is no ticket's number")
    return found


def _given(edit: EntryEdit, staff: Staff) -> EntryEdit:
    """Whoever it names is written as a reference; who is in no directory stays as written."""
    who = edit.values.get("who")
    if not who:
        return edit
    return replace(edit, values={**edit.values, "who": staff.meant(who)})


def _kept(edit: EntryEdit) -> dict[str, Any]:
    fields = REGISTERS[edit.kind]
    return {
        name: None if value is None else fields[name].type.kept(value)
        for name, value in edit.values.items()
    }


async def _shown(session: AsyncSession, row: RegisterEntryRow) -> Entry:
    """Raises:
    NotFound: it follows from a ticket that is not for whoever looks.
    """
    entry = shown(entry_of(row), await kept_back(session, [row.from_ticket]))
    if entry is None:
        raise NotFound("there is no such entry")
    return entry


async def _row(
    session: AsyncSession, kind: RegisterKind, entry_id: int, *, lock: bool = False
) -> RegisterEntryRow:
    row = await session.get(RegisterEntryRow, entry_id, with_for_update=lock or None)
    if row is None or row.kind != kind:
        raise NotFound("there is no such entry")
    return row
