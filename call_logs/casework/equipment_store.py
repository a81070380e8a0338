"""The register of equipment: what stands where, who maintains it, what was reported of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import delete, func, select

from call_logs.casework.equipment import Equipment, NewEquipment
from call_logs.roster.addresses import Address
from call_logs.storage.database import Database, changed, now_of
from call_logs.storage.errors import NotFound
from call_logs.storage.readable import readable
from call_logs.tables.equipment import EquipmentRow
from call_logs.tables.roster import RosterChangeRow
from call_logs.tickets.search import searched_place
from call_logs.tickets.store import Tickets
from call_logs.tickets.ticket import Ticket, TicketFilter
from call_logs.users.actor import Actor
from call_logs.users.permissions import Permission

__all__ = ["EquipmentStore", "equipment_of"]

# "hotlequi": one saves at a time. A lock on a row would not do: a new one is nobody's yet.
_ADVISORY_LOCK = 0x686F746C_65717569
MOST_TICKETS = 100  # of one piece and category, the newest


class EquipmentStore:
    """Whoever may see tickets may see whom to call about a broken lift."""

    def __init__(self, database: Database, tickets: Tickets) -> None:
        self._database = database
        self._tickets = tickets

    async def save_all(
        self, pieces: Sequence[NewEquipment], actor: Actor, *, replace: bool = False
    ) -> int:
        """Save pieces by their names; with `replace` those that are not among them go. In one
        transaction; gives how many there are now.

        Raises:
            NotAllowed, StoreBusy.
        """
        actor.check(Permission.MANAGE_ROSTER)
        async with self._database.session() as session:
            if not self._database.is_sqlite:  # which has one writer anyway
                await session.execute(select(func.pg_advisory_xact_lock(_ADVISORY_LOCK)))
            rows = {row.name: row for row in await session.scalars(select(EquipmentRow))}
            for piece in pieces:
                row = rows.get(piece.name)
                if row is None:
                    row = rows[piece.name] = EquipmentRow(name=piece.name)
                    session.add(row)
                row.categories = f" {' '.join(piece.categories)} "
                row.place = piece.place.as_document()
                row.supplier, row.contact, row.note = piece.supplier, piece.contact, piece.note
                if piece.last_maintenance != _last_maintenance(row):  # what it knew is nothing new
                    row.last_maintenance = piece.last_maintenance
                row.updated_at = now_of(session)
            names = {piece.name for piece in pieces}
            gone = [name for name in rows if replace and name not in names]
            if gone:
                await session.execute(delete(EquipmentRow).where(EquipmentRow.name.in_(gone)))
            session.add(
                RosterChangeRow(
                    at=now_of(session),
                    actor=actor.name,
                    action="replaced" if replace else "saved",
                    kind="equipment",
                    entry_id="",
                    before=None,
                    after={"count": len(pieces)},
                )
            )
            changed(session, "roster", "")
            return len(rows) - len(gone)

    async def all(self, actor: Actor) -> tuple[Equipment, ...]:
        """By name.

        Raises:
            NotAllowed.
        """
        actor.check(Permission.SEE_TICKETS)
        async with self._database.reading() as session:
            query = select(EquipmentRow).order_by(EquipmentRow.name)
            return tuple(await readable(session, query, equipment_of))

    async def get(self, equipment_id: int, actor: Actor) -> Equipment:
        """Raises:
        NotAllowed, NotFound.
        """
        actor.check(Permission.SEE_TICKETS)
        async with self._database.reading() as session:
            row = await session.get(EquipmentRow, equipment_id)
        if row is None:
            raise NotFound("there is no such equipment")
        return equipment_of(row)

    async def of_ticket(self, ticket: Ticket, actor: Actor) -> tuple[Equipment, ...]:
        """The pieces that the ticket may be about.

        Raises:
            NotAllowed.
        """
        actor.check(Permission.SEE_TICKETS)
        if not ticket.category:
            return ()
        query = (
            select(EquipmentRow)
            .where(EquipmentRow.categories.contains(f" {ticket.category} ", autoescape=True))
            .order_by(EquipmentRow.name)
        )
        async with self._database.reading() as session:
            found = await readable(session, query, equipment_of)
        return tuple(piece for piece in found if piece.concerns(ticket))

    async def tickets(self, piece: Equipment, actor: Actor) -> tuple[Ticket, ...]:
        """The tickets that may be about it, newest first.

        Raises:
            NotAllowed.
        """
        actor.check(Permission.SEE_TICKETS)
        building = piece.place.building
        words = searched_place("building", building) if building else piece.place.area
        found: list[Ticket] = []
        for category in piece.categories:
            wanted = TicketFilter(text=words, category=category, limit=MOST_TICKETS)
            found += (await self._tickets.list(wanted)).items
        return tuple(
            sorted(filter(piece.concerns, found), key=lambda ticket: ticket.id, reverse=True)
        )


def equipment_of(row: EquipmentRow) -> Equipment:
    return Equipment(
        id=row.id,
        name=row.name,
        categories=tuple(row.categories.split()),
        place=Address.of(row.place),
        supplier=row.supplier,
        contact=row.contact,
        last_maintenance=_last_maintenance(row),
        note=row.note,
    )


def _last_maintenance(row: EquipmentRow) -> date | None:
    """The later of what the sheet and the register of maintenance say."""
    known = [day for day in (row.last_maintenance, row.maintained_on) if day is not None]
    return max(known, default=None)
