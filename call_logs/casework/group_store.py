"""Joining the tickets of one case, taking them apart again, and telling all its owners."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from call_logs.casework.alike import GroupRules
from call_logs.casework.group_finding import find_clusters
from call_logs.casework.groups import (
    Explanation,
    Group,
    GroupRefusal,
    GroupRefused,
    GroupStatus,
    Proposal,
)
from call_logs.storage.database import Database, changed, now_of
from call_logs.storage.errors import Lacking, NotFound, VersionConflict
from call_logs.storage.loops import one_by_one
from call_logs.storage.once import first_time, key_of
from call_logs.storage.readable import readable
from call_logs.storage.sealed_rows import SealedRows
from call_logs.tables.groups import GroupMemberRow, TicketGroupRow
from call_logs.tables.tickets import TicketRow
from call_logs.tickets.edit import edit
from call_logs.tickets.priority import set_precedence
from call_logs.tickets.rows import is_confidential, locked_row, ticket_of, write_history
from call_logs.tickets.store import Tickets
from call_logs.tickets.ticket import Ticket
from call_logs.users.actor import HOTLINE, Actor
from call_logs.users.permissions import Permission

MOST_GROUPS = 200  # that a list shows


class TicketGroups:
    """All changes need the right to work on tickets, stand in the history of each ticket, and
    raise NotAllowed, NotFound, GroupRefused, VersionConflict, StoreBusy; then nothing was
    changed. No ticket goes away: it keeps its own number, state, deadlines and owner."""

    def __init__(self, database: Database, tickets: Tickets, rules: GroupRules) -> None:
        self._database = database
        self._tickets = tickets
        self.rules = rules

    async def proposals(self) -> tuple[Proposal, ...]:
        """What may be one case and is not joined, the newest first. Tickets that a person took
        out of a case, or said to be none, are not proposed again."""
        found = await find_clusters(self._database, self.rules)
        ids = [each.id for cluster in found for each in cluster.members]
        sealed = SealedRows(self._database, TicketRow)
        query = sealed.select().where(TicketRow.id.in_(ids), TicketRow.group_id.is_(None))
        async with self._database.reading() as session:
            rows = (await session.execute(query)).all()
        by_id = {each.id: each for each in await sealed.open(rows, ticket_of)}
        proposed = [
            Proposal(
                tuple(by_id[each.id] for each in cluster.members if each.id in by_id),
                Explanation.of(cluster),
                cluster.group,
            )
            for cluster in found
        ]
        return tuple(sorted(proposed, key=lambda each: -max(each.ids, default=0)))

    async def join_alike(self) -> int:
        """Join what the rules join without being asked; how many cases grew or began."""
        if not self.rules.join_at:
            return 0
        sure = [each for each in await self.proposals() if each.reason.owners >= self.rules.join_at]
        await one_by_one("cases of several owners", sure, self._join_unasked)
        return len(sure)

    async def _join_unasked(self, found: Proposal) -> None:
        note = str(found.reason)
        await self.join(found.ids, HOTLINE, note, group=found.group, reason=found.reason)

    async def join(
        self,
        ticket_ids: Iterable[int],
        actor: Actor,
        note: str = "",
        *,
        group: int | None = None,
        reason: Explanation | None = None,
    ) -> Group:
        """Make the tickets one case, or add them to `group`. Asked again, nothing more is done."""
        actor.check(Permission.WORK_TICKETS)
        ids = sorted(set(ticket_ids))
        async with self._database.session() as session:
            rows = [await locked_row(session, each, None) for each in ids]
            case = None if group is None else await _locked_group(session, group)
            if case is None and rows and len({row.group_id for row in rows}) == 1:
                # The same ones, joined a moment ago by somebody else or by the same request.
                case = await session.get(TicketGroupRow, rows[0].group_id or 0)
            new = [row for row in rows if case is None or row.group_id != case.id]
            _check_join(case, rows, new)
            if case is None:
                case = _new_group(session, GroupStatus.JOINED, actor, reason)
                await session.flush()
            elif new:
                case.version += 1
            for row in new:
                await self._add(session, case, row, actor, note)
            changed(session, "group", case.id)
            return await _group_of(session, case)

    async def take_out(self, group_id: int, ticket_id: int, actor: Actor, note: str = "") -> Group:
        """The ticket is another case. A case of which one ticket is left is none any more."""
        actor.check(Permission.WORK_TICKETS)
        async with self._database.session() as session:
            row = await locked_row(session, ticket_id, None)
            case = await _locked_group(session, group_id)
            if row.group_id != group_id:
                raise GroupRefused(GroupRefusal.NOT_IN_IT)
            await _leave(session, case, row, actor, note)
            return await _group_of(session, case)

    async def take_apart(
        self, group_id: int, actor: Actor, note: str, *, version: int | None = None
    ) -> Group:
        """They are no one case: each ticket goes on alone, where it is."""
        actor.check(Permission.WORK_TICKETS)
        if not note.strip():
            raise Lacking(("note",), "a case is taken apart with a reason only: write a note")
        async with self._database.session() as session:
            query = select(TicketRow.id).where(TicketRow.group_id == group_id)
            ids = sorted(await session.scalars(query))
            rows = [await locked_row(session, each, None) for each in ids]
            case = await _locked_group(session, group_id, version)
            await _end(
                session, case, [row for row in rows if row.group_id == group_id], actor, note
            )
            case.version += 1
            changed(session, "group", case.id)
            return await _group_of(session, case)

    async def refuse(self, ticket_ids: Iterable[int], actor: Actor) -> None:
        """They only look like one case: they are not proposed again."""
        actor.check(Permission.WORK_TICKETS)
        async with self._database.session() as session:
            rows = [await locked_row(session, each, None) for each in sorted(set(ticket_ids))]
            case = _new_group(session, GroupStatus.REFUSED, actor, None)
            case.ended_at = now = now_of(session)
            await session.flush()
            session.add_all(
                GroupMemberRow(
                    group_id=case.id,
                    ticket_id=row.id,
                    joined_at=now,
                    left_at=now,
                    was_marked=row.group,
                )
                for row in rows
                if row.group_id is None
            )
            changed(session, "group", case.id)

    async def tell(
        self,
        group_id: int,
        text: str,
        actor: Actor,
        *,
        version: int | None = None,
        key: str = "",
    ) -> Group:
        """The owners of all its tickets are told this. A closed ticket has been told its result
        and keeps that; for a merged one the ticket that it went into tells. Under one `key`
        once."""
        actor.check(Permission.WORK_TICKETS)
        said = edit(result=text.strip())
        if not text.strip():
            raise Lacking(("result",), "write what the owners are told")
        key = key_of(key, text)
        async with self._database.session() as session:
            if not await first_time(session, f"tell group {group_id}", key, actor.name):
                return await _group_of(session, await _locked_group(session, group_id))
            ids = await _worked_on(session, group_id)
            rows = [await locked_row(session, each, None) for each in ids]
            case = await _locked_group(session, group_id, version)
            for row in rows:
                if row.closed_at is not None:
                    continue
                changes = await self._tickets.apply_within(session, row, said, actor)
                if changes:
                    await write_history(session, row, actor.name, "updated", changes=changes)
            case.told, case.told_at = text.strip(), now_of(session)
            case.version += 1
            changed(session, "group", case.id)
            return await _group_of(session, case)

    async def get(self, group_id: int) -> Group:
        """Raises:
        NotFound: there is no such case.
        """
        async with self._database.reading() as session:
            row = await session.get(TicketGroupRow, group_id)
            if row is None:
                raise NotFound(f"there is no case with id {group_id}")
            return await _group_of(session, row)

    async def joined(self) -> tuple[Group, ...]:
        """The cases that are joined, the newest first."""
        sealed = SealedRows(self._database, TicketRow)
        async with self._database.reading() as session:
            query = (
                select(TicketGroupRow)
                .where(TicketGroupRow.status == GroupStatus.JOINED.value)
                .order_by(TicketGroupRow.id.desc())
                .limit(MOST_GROUPS)
            )
            cases = await readable(session, query, lambda row: row)
            of_them = TicketRow.group_id.in_([case.id for case in cases])
            rows = await session.execute(sealed.select().where(of_them).order_by(TicketRow.id))
            tickets = rows.all()
        by_case: dict[int | None, list[Ticket]] = {}
        for ticket in await sealed.open(tickets, ticket_of):
            by_case.setdefault(ticket.group_id, []).append(ticket)
        return tuple(_group(case, by_case.get(case.id, ())) for case in cases)

    async def _add(
        self, session: AsyncSession, case: TicketGroupRow, row: TicketRow, actor: Actor, note: str
    ) -> None:
        now = now_of(session)
        member = await session.get(GroupMemberRow, (case.id, row.id))
        if member is None:  # else it comes back
            member = GroupMemberRow(group_id=case.id, ticket_id=row.id, was_marked=row.group)
            session.add(member)
        member.joined_at, member.left_at = now, None
        row.group_id = case.id
        changes = await self._tickets.apply_within(session, row, edit(group=True), actor)
        await write_history(session, row, actor.name, "joined", changes=changes, note=note.strip())


def _check_join(
    case: TicketGroupRow | None, rows: Sequence[TicketRow], new: Sequence[TicketRow]
) -> None:
    if case is None and len(rows) < 2:
        raise GroupRefused(GroupRefusal.TOO_FEW)
    for row in new:
        if is_confidential(row):
            raise GroupRefused(GroupRefusal.CONFIDENTIAL)
        if row.group_id is not None:
            raise GroupRefused(GroupRefusal.ELSEWHERE)
        if row.closed_at is not None:
            raise GroupRefused(GroupRefusal.CLOSED)
        if row.merged_into is not None:
            raise GroupRefused(GroupRefusal.MERGED)


def _new_group(
    session: AsyncSession, status: GroupStatus, actor: Actor, reason: Explanation | None
) -> TicketGroupRow:
    row = TicketGroupRow(
        status=status.value,
        made_at=now_of(session),
        made_by=actor.name,
        reason={} if reason is None else reason.kept(),
        told="",
        told_at=None,
        ended_at=None,
        version=1,
    )
    session.add(row)
    return row


async def leave_case(session: AsyncSession, row: TicketRow, actor: Actor, note: str) -> None:
    """A locked ticket is of no case any more, in a transaction of this package."""
    if row.group_id is not None:
        case = await _locked_group(session, row.group_id)
        await _leave(session, case, row, actor, note)


async def _leave(
    session: AsyncSession, case: TicketGroupRow, row: TicketRow, actor: Actor, note: str
) -> None:
    await _remove(session, case, row, actor, note)
    await session.flush()
    rest = list(await session.scalars(select(TicketRow).where(TicketRow.group_id == case.id)))
    if len(rest) < 2:
        await _end(session, case, rest, actor, note)
    case.version += 1
    changed(session, "group", case.id)


async def _remove(
    session: AsyncSession, case: TicketGroupRow, row: TicketRow, actor: Actor, note: str
) -> None:
    member = await session.get(GroupMemberRow, (case.id, row.id))
    changes: dict[str, tuple[Any, Any]] = {}
    if member is not None:
        member.left_at = now_of(session)
        if row.group and not member.was_marked:
            row.group = False
            set_precedence(row)
            changes["group"] = (True, False)
    row.group_id = None
    await write_history(session, row, actor.name, "left", changes=changes, note=note.strip())


async def _end(
    session: AsyncSession, case: TicketGroupRow, rows: Sequence[TicketRow], actor: Actor, note: str
) -> None:
    for row in rows:
        await _remove(session, case, row, actor, note)
    case.status, case.ended_at = GroupStatus.ENDED.value, now_of(session)


async def _locked_group(
    session: AsyncSession, group_id: int, version: int | None = None
) -> TicketGroupRow:
    """Always after its tickets, so that nobody waits in a circle."""
    row = await session.get(TicketGroupRow, group_id, with_for_update=True)
    if row is None:
        raise NotFound(f"there is no case with id {group_id}")
    if row.status != GroupStatus.JOINED:
        raise GroupRefused(GroupRefusal.OVER)
    if version is not None and version != row.version:
        raise VersionConflict(
            "the case was changed by somebody else: look at it again",
            expected=version,
            actual=row.version,
        )
    return row


async def _worked_on(session: AsyncSession, group_id: int) -> list[int]:
    """The tickets in which those of a group are worked on."""
    query = select(TicketRow.id, TicketRow.merged_into).where(TicketRow.group_id == group_id)
    waiting = list((await session.execute(query)).all())
    found: set[int] = set()
    while waiting:
        ticket, into = waiting.pop()
        if into is None:
            found.add(ticket)
        else:
            further = select(TicketRow.id, TicketRow.merged_into).where(TicketRow.id == into)
            waiting += (await session.execute(further)).all()
    return sorted(found)


async def _group_of(session: AsyncSession, row: TicketGroupRow) -> Group:
    await session.flush()
    query = select(TicketRow).where(TicketRow.group_id == row.id).order_by(TicketRow.id)
    return _group(row, await readable(session, query, ticket_of))


def _group(row: TicketGroupRow, tickets: Sequence[Ticket]) -> Group:
    return Group(
        id=row.id,
        status=GroupStatus(row.status),
        made_at=row.made_at,
        made_by=row.made_by,
        reason=Explanation.read(row.reason),
        told=row.told,
        told_at=row.told_at,
        ended_at=row.ended_at,
        version=row.version,
        tickets=tuple(tickets),
    )
