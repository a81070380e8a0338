"""Tickets that have to do with each other, for programs."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Response
from pydantic import Field

from call_logs.casework import TicketLinks
from call_logs.tickets import BY_PEOPLE
from dashboard.dispatches.orders import OnceKey
from dashboard.tickets.api_models import Edited
from dashboard.web.access import note_access
from dashboard.web.api_models import In, Out, TicketOut, editable_ticket_fields
from dashboard.web.inputs import RowId
from dashboard.web.signin import Login, TicketReader, TicketWorker
from dashboard.web.site import Site, SiteOf

router = APIRouter(prefix="/tickets/{ticket_id}", tags=["tickets"])

_REFUSED: dict[int | str, dict[str, Any]] = {
    409: {"description": "Somebody else was faster, or it cannot be: `detail` says why."}
}


class LinksOut(Out):
    """Tickets that have to do with one; those that it took in are the same matter."""

    merged_into: TicketOut | None
    took_in: list[TicketOut]
    split_from: list[TicketOut]
    split_off: list[TicketOut]
    related: list[TicketOut]


class MergeIn(In):
    """The ticket in which this one is worked on from now on."""

    into: RowId
    version: RowId
    note: str = Field("", max_length=4000)


class UnmergeIn(In):
    version: RowId
    note: str = Field(min_length=1, max_length=4000)


@editable_ticket_fields(BY_PEOPLE)
class SplitIn(Edited):
    """What the second matter is. Name, numbers and place are those of the first, unless given."""

    version: RowId


class RelateIn(In):
    other: RowId
    note: str = Field("", max_length=4000)


@router.get("/links")
async def list_ticket_links(site: SiteOf, login: TicketReader, ticket_id: RowId) -> LinksOut:
    """The tickets that have to do with this one."""
    return await _links(site, login, ticket_id)


@router.post("/merge", responses=_REFUSED)
async def merge_ticket(
    site: SiteOf, login: TicketWorker, ticket_id: RowId, body: MergeIn
) -> LinksOut:
    """It is the same matter as another ticket, and is worked on there; its number stays good."""
    await site.store.links.merge(ticket_id, body.into, login.actor, body.note, version=body.version)
    return await _links(site, login, ticket_id)


@router.post("/unmerge", responses=_REFUSED)
async def unmerge_ticket(
    site: SiteOf, login: TicketWorker, ticket_id: RowId, body: UnmergeIn
) -> TicketOut:
    """It was another matter after all, and goes on where it was."""
    ticket = await site.store.links.unmerge(ticket_id, login.actor, body.note, version=body.version)
    return TicketOut.model_validate(ticket)


@router.post("/split", status_code=HTTPStatus.CREATED, responses=_REFUSED)
async def split_ticket(
    *,
    site: SiteOf,
    login: TicketWorker,
    ticket_id: RowId,
    body: SplitIn,
    response: Response,
    key: OnceKey = "",
) -> TicketOut:
    """A second matter becomes a ticket of its own; under one `Idempotency-Key` one."""
    ticket = await site.store.links.split(
        ticket_id, body.edit(), login.actor, version=body.version, key=key
    )
    response.headers["Location"] = f"/api/v1/tickets/{ticket.id}"
    return TicketOut.model_validate(ticket)


@router.post("/related", responses=_REFUSED)
async def relate_tickets(
    site: SiteOf, login: TicketWorker, ticket_id: RowId, body: RelateIn
) -> LinksOut:
    """Link two tickets that have to do with each other."""
    await site.store.links.relate(ticket_id, body.other, login.actor, body.note)
    return await _links(site, login, ticket_id)


@router.delete("/related/{other_id}", responses=_REFUSED)
async def unrelate_tickets(
    site: SiteOf, login: TicketWorker, ticket_id: RowId, other_id: RowId
) -> LinksOut:
    """Take such a link away; the history keeps it."""
    await site.store.links.unrelate(ticket_id, other_id, login.actor)
    return await _links(site, login, ticket_id)


async def _links(site: Site, login: Login, ticket_id: int) -> LinksOut:
    links: TicketLinks = await site.store.links.of(ticket_id)
    await note_access(site, login, "looked", "ticket", ticket_id, again=True)
    return LinksOut.model_validate(links)
