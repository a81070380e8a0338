"""The register of equipment, and what was reported of each piece."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from call_logs.registers import RegisterKind
from dashboard.web.access import note_access
from dashboard.web.inputs import RowId
from dashboard.web.render import page
from dashboard.web.signin import TicketReader
from dashboard.web.site import SiteOf

router = APIRouter(prefix="/equipment")


@router.get("")
async def show_register(request: Request, site: SiteOf, login: TicketReader) -> Response:
    return await page(
        request,
        site,
        login,
        "casework/register.html",
        pieces=await site.store.equipment.all(login.actor),
    )


@router.get("/{equipment_id}")
async def show_piece(
    request: Request, site: SiteOf, login: TicketReader, equipment_id: RowId
) -> Response:
    piece = await site.store.equipment.get(equipment_id, login.actor)
    found = await site.store.equipment.tickets(piece, login.actor)
    await note_access(site, login, "listed", "ticket", again=True)
    done = await site.store.registers.list(
        RegisterKind.MAINTENANCE, login.actor, about=[piece.name]
    )
    return await page(
        request,
        site,
        login,
        "casework/equipment.html",
        piece=piece,
        tickets=found,
        maintenance=sorted(done, key=lambda each: each["on"], reverse=True),
    )
