"""The register of equipment for programs; files come in by `POST /roster/files`."""

from __future__ import annotations

from datetime import date

from fastapi import APIRouter

from call_logs.casework import Equipment
from dashboard.web.access import note_access
from dashboard.web.api_models import Out, TicketOut
from dashboard.web.inputs import RowId
from dashboard.web.signin import TicketReader
from dashboard.web.site import SiteOf

router = APIRouter(tags=["casework"])


class EquipmentOut(Out):
    id: int
    name: str
    categories: list[str]
    place: dict[str, str]
    supplier: str
    contact: str
    last_maintenance: date | None
    note: str


def _out(piece: Equipment) -> EquipmentOut:
    return EquipmentOut(**{**vars(piece), "place": piece.place.as_document()})


@router.get("/equipment")
async def list_equipment(site: SiteOf, login: TicketReader) -> list[EquipmentOut]:
    """The whole register, by name."""
    return [_out(each) for each in await site.store.equipment.all(login.actor)]


@router.get("/equipment/{equipment_id}/tickets")
async def list_equipment_tickets(
    site: SiteOf, login: TicketReader, equipment_id: RowId
) -> list[TicketOut]:
    """The tickets that may be about a piece, newest first."""
    piece = await site.store.equipment.get(equipment_id, login.actor)
    found = await site.store.equipment.tickets(piece, login.actor)
    await note_access(site, login, "listed", "ticket", again=True)
    return [TicketOut.model_validate(each) for each in found]


@router.get("/tickets/{ticket_id}/equipment")
async def list_ticket_equipment(
    site: SiteOf, login: TicketReader, ticket_id: RowId
) -> list[EquipmentOut]:
    """The pieces of the ticket's place and category."""
    ticket = await site.store.tickets.get(ticket_id)
    return [_out(each) for each in await site.store.equipment.of_ticket(ticket, login.actor)]
