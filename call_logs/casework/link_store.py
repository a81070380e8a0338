"""Merging, splitting and linking tickets. No ticket ever goes away: a merged one stays as it
was, is worked on in the other one, and comes back when a person undoes that."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import delete, or_, select
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from call_logs.casework.links import LinkKind, LinkRefused, Refusal, TicketLinks
from call_logs.storage.database import Database, now_of
from call_logs.storage.errors import Lacking, NotFound
from call_logs.storage.once import key_of
from call_logs.storage.readable import readable
from call_logs.tables.dispatches import DispatchRow
from call_logs.tables.links import TicketLinkRow
from call_logs.tables.ticket_kinds import TicketClass
from call_logs.tables.tickets import TicketRow
from call_logs.tickets.due import set_next_due
from call_logs.tickets.edit import TicketEdit, check_edit
from call_logs.tickets.life import TicketStatus
from call_logs.tickets.lowering import is_lower
from call_logs.tickets.rows import (
    is_confidential,
    locked_row,
    ticket_of,
    whole_of,
    write_history,
)
from call_logs.tickets.store import Tickets
from call_logs.tickets.ticket import NewTicket, Ticket
from call_logs.users.actor import Actor
from call_logs.users.permissions import Permission

# What a second matter has from the first, unless it is told otherwise.
_COMMON = (
    "anonymous",
    "source",
    "name",
    "callback",
    "building",
    "unit",
    "floor",
    "room",
    "area",
    "language",
)
_MATTER = ("text", "category")


class TicketLinkStore:
    """All changes need the right to work on tickets, stand in the history of both tickets, and
    raise NotAllowed, NotFound, LinkRefused, VersionConflict, StoreBusy; nothing is changed then."""

    def __init__(self, database: Database, tickets: Tickets) -> None:
        self._database = database
        self._tickets = tickets

    async def of(self, ticket_id: int) -> TicketLinks:
        """What a ticket has to do with others. What cannot be read is left out."""
        async with self._database.reading() as session:
            row = await session.get(TicketRow, ticket_id)
            if row is None:
                raise NotFound(f"there is no ticket with id {ticket_id}")
            links = (
                await session.execute(
                    select(TicketLinkRow.kind, TicketLinkRow.ticket_id, TicketLinkRow.other_id)
                    .where(
                        or_(
                            TicketLinkRow.ticket_id == ticket_id,
                            TicketLinkRow.other_id == ticket_id,
                        )
                    )
                    .order_by(TicketLinkRow.id)
                )
            ).all()
            ids = {each for _, *pair in links for each in pair} | {row.merged_into} - {None}
            found = await _tickets(session, TicketRow.id.in_(ids - {ticket_id}))
            took_in = await _tickets(session, TicketRow.merged_into == ticket_id)
        known = {ticket.id: ticket for ticket in found}

        def others(kind: LinkKind, *, first: bool | None) -> tuple[Ticket, ...]:
            return tuple(
                known[other]
                for each, one, two in links
                for other, is_first in ((two, True), (one, False))
                if each == kind and other in known and first in (None, is_first)
            )

        return TicketLinks(
            merged_into=None if row.merged_into is None else known.get(row.merged_into),
            took_in=took_in,
            split_from=others(LinkKind.SPLIT, first=True),
            split_off=others(LinkKind.SPLIT, first=False),
            related=others(LinkKind.RELATED, first=None),
        )

    async def case_of(self, ticket: Ticket) -> Ticket:
        """The ticket in which its matter is worked on: itself, unless it was merged."""
        async with self._database.reading() as session:
            row = None
            into = ticket.merged_into
            while into is not None:  # ends: only a ticket that is worked on takes others in
                row = await session.get(TicketRow, into)
                into = None if row is None else row.merged_into
            return ticket if row is None else ticket_of(row)

    async def merge(
        self,
        ticket_id: int,
        into: int,
        actor: Actor,
        note: str = "",
        *,
        version: int | None = None,
    ) -> Ticket:
        """The ticket is the same matter as `into`, where it is worked on from now on. Asked
        again, nothing more is done."""
        async with self._pair(ticket_id, into, actor, version) as (session, row, other):
            if row.merged_into == into:
                return ticket_of(row)
            await _check_merge(session, row, other)
            row.merged_into = into
            set_next_due(row)
            await _tell_both(
                session, row, other, actor=actor, actions=("merged", "took_in"), note=note
            )
            return ticket_of(row)

    async def unmerge(
        self, ticket_id: int, actor: Actor, note: str, *, version: int | None = None
    ) -> Ticket:
        """It was another matter after all: it goes on where it was, with its own deadlines."""
        actor.check(Permission.WORK_TICKETS)
        if not note.strip():
            raise Lacking(("note",), "a merge is undone with a reason only: write a note")
        async with self._database.session() as session:
            into = await session.scalar(
                select(TicketRow.merged_into).where(TicketRow.id == ticket_id)
            )
            if into is None:
                await locked_row(session, ticket_id, version)
                raise LinkRefused(Refusal.NOT_MERGED)
            row, other = await _locked(session, ticket_id, into, version)
            if row.merged_into != into:
                raise LinkRefused(Refusal.MEANWHILE)
            row.merged_into = None
            set_next_due(row)
            await _tell_both(
                session, row, other, actor=actor, actions=("unmerged", "gave_back"), note=note
            )
            return ticket_of(row)

    async def split(
        self,
        ticket_id: int,
        matter: TicketEdit,
        actor: Actor,
        *,
        version: int | None = None,
        key: str = "",
    ) -> Ticket:
        """The second matter of a ticket becomes a ticket of its own: with what `matter` says,
        and name, numbers and place of the first. Under one `key` it is one."""
        check_edit(actor, matter)
        if not any(matter.values.get(name) for name in _MATTER):
            raise Lacking(_MATTER[:1], "a second matter needs a text or a category")
        async with self._database.session() as session:
            row = await locked_row(session, ticket_id, None)
            first = whole_of(row)
            facts = {name: getattr(first, name) for name in _COMMON} | dict(matter.values)
            new = await self._tickets.open_within(
                session,
                NewTicket(
                    **facts,
                    caller=first.caller,
                    actor=actor,
                    key=key and f"split {ticket_id} {key_of(key, matter)}",
                ),
            )
            if not await _add_link(session, LinkKind.SPLIT, new.id, ticket_id, actor):
                return new  # asked again
            await locked_row(session, ticket_id, version)
            child = await locked_row(session, new.id, None)
            # Who may see the first sees the second, and nobody else.
            child.sensitive_at, child.circle = row.sensitive_at, row.circle
            child.about, child.about_hash = row.about, row.about_hash
            await _tell_both(session, child, row, actor=actor, actions=("split_from", "split_off"))
            return ticket_of(child)

    async def relate(self, ticket_id: int, other_id: int, actor: Actor, note: str = "") -> None:
        """They have to do with each other. Asked again, nothing more is done."""
        async with self._pair(ticket_id, other_id, actor, None) as (session, row, other):
            low, high = sorted((ticket_id, other_id))
            if await _add_link(session, LinkKind.RELATED, low, high, actor):
                await _tell_both(
                    session, row, other, actor=actor, actions=("linked", "linked"), note=note
                )

    async def relate_within(
        self, session: AsyncSession, ticket_id: int, other_id: int, actor: Actor
    ) -> None:
        """As `relate`, in a transaction of this package."""
        actor.check(Permission.WORK_TICKETS)
        low, high = sorted((ticket_id, other_id))
        row, other = await _locked(session, ticket_id, other_id, None)
        if await _add_link(session, LinkKind.RELATED, low, high, actor):
            await _tell_both(session, row, other, actor=actor, actions=("linked", "linked"))

    async def unrelate(self, ticket_id: int, other_id: int, actor: Actor) -> None:
        """They have not. Asked again, nothing more is done."""
        async with self._pair(ticket_id, other_id, actor, None) as (session, row, other):
            low, high = sorted((ticket_id, other_id))
            gone = await session.scalar(
                delete(TicketLinkRow)
                .where(
                    TicketLinkRow.kind == LinkKind.RELATED.value,
                    TicketLinkRow.ticket_id == low,
                    TicketLinkRow.other_id == high,
                )
                .returning(TicketLinkRow.id)
            )
            if gone is not None:
                await _tell_both(session, row, other, actor=actor, actions=("unlinked", "unlinked"))

    @asynccontextmanager
    async def _pair(
        self, ticket_id: int, other_id: int, actor: Actor, version: int | None
    ) -> AsyncIterator[tuple[AsyncSession, TicketRow, TicketRow]]:
        actor.check(Permission.WORK_TICKETS)
        if ticket_id == other_id:
            raise LinkRefused(Refusal.ITSELF)
        async with self._database.session() as session:
            row, other = await _locked(session, ticket_id, other_id, version)
            yield session, row, other


async def _check_merge(session: AsyncSession, row: TicketRow, other: TicketRow) -> None:
    """Nobody who waits for help disappears in a ticket for which nobody hurries."""
    if row.merged_into is not None:
        raise LinkRefused(Refusal.MERGED)
    if other.merged_into is not None:
        raise LinkRefused(Refusal.INTO_MERGED)
    for each in (row, other):
        if is_confidential(each) or bool(each.anonymous) != bool(row.anonymous):
            raise LinkRefused(Refusal.CONFIDENTIAL)
        if each.closed_at is not None:
            raise LinkRefused(Refusal.CLOSED)
    if is_lower(other.ticket_class, row.ticket_class):
        raise LinkRefused(Refusal.LOWER_CLASS)
    urgent = row.ticket_class == TicketClass.URGENT
    if urgent and row.acknowledged_at is None and row.status != TicketStatus.RESOLVED:
        raise LinkRefused(Refusal.UNTAKEN)
    searched = select(DispatchRow.id).where(DispatchRow.open_key == row.id)
    if await session.scalar(searched) is not None:
        raise LinkRefused(Refusal.SEARCHED)


async def _locked(
    session: AsyncSession, ticket_id: int, other_id: int, version: int | None
) -> tuple[TicketRow, TicketRow]:
    """Both rows; in the order of their ids, so that two who want the same wait for each other
    and not in a circle."""
    rows = {
        each: await locked_row(session, each, version if each == ticket_id else None)
        for each in sorted((ticket_id, other_id))
    }
    return rows[ticket_id], rows[other_id]


async def _tell_both(
    session: AsyncSession,
    row: TicketRow,
    other: TicketRow,
    *,
    actor: Actor,
    actions: tuple[str, str],
    note: str = "",
) -> None:
    """A line in the history of each, which names the other by its number."""
    for one, two, action in ((row, other, actions[0]), (other, row, actions[1])):
        changes: dict[str, tuple[Any, Any]] = {"other_ticket": (None, two.number)}
        await write_history(
            session,
            one,
            actor.name,
            action,
            changes=changes,
            note=note.strip(),
            at=now_of(session),
        )


async def _add_link(
    session: AsyncSession, kind: LinkKind, ticket_id: int, other_id: int, actor: Actor
) -> bool:
    """False: there was such a link already."""
    sqlite = session.get_bind().dialect.name == "sqlite"
    insert = insert_sqlite if sqlite else insert_postgresql
    added = await session.scalar(
        insert(TicketLinkRow)
        .values(
            kind=kind.value,
            ticket_id=ticket_id,
            other_id=other_id,
            at=now_of(session),
            actor=actor.name,
        )
        .on_conflict_do_nothing()
        .returning(TicketLinkRow.id)
    )
    return added is not None


async def _tickets(session: AsyncSession, condition: Any) -> tuple[Ticket, ...]:
    query = select(TicketRow).where(condition).order_by(TicketRow.id)
    return tuple(await readable(session, query, ticket_of))
