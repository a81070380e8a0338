"""What people do on a ticket's search: take it, and say that they have arrived."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter, Request, Response

from call_logs.dispatches import Arrived
from dashboard.dispatches.labels import TAKEN_BACK
from dashboard.dispatches.searches import search_of, take
from dashboard.dispatches.timeline import DispatchView
from dashboard.tickets.page import state_response
from dashboard.web.inputs import RowId
from dashboard.web.signin import TicketWorker
from dashboard.web.site import Site, SiteOf
from dashboard.web.texts import N_

router = APIRouter(prefix="/tickets/{ticket_id}/dispatches/{dispatch_id}")


@router.post("/acknowledge")
async def acknowledge(
    request: Request, site: SiteOf, login: TicketWorker, ticket_id: RowId, dispatch_id: str
) -> Response:
    """Take the ticket. As soon as that cannot be taken back any more, nobody is rung and the
    owner is told that help comes."""
    await _own(site, dispatch_id, ticket_id)
    taken = (await take(site, login, dispatch_id)).dispatch
    problem = None
    if taken.acknowledged_by != login.user.name:
        problem = N_("Somebody else was faster and has it already.")
    return await state_response(request, site, login, ticket_id, problem=problem)


@router.post("/undo")
async def undo(
    request: Request, site: SiteOf, login: TicketWorker, ticket_id: RowId, dispatch_id: str
) -> Response:
    """Whoever took it does not have it: they pressed by mistake."""
    await _own(site, dispatch_id, ticket_id)
    came = await site.store.dispatches.take_back(dispatch_id, login.actor)
    problem = TAKEN_BACK.get(came)
    done = None if problem else N_("Taken back: nothing was ended, people are rung on.")
    status = HTTPStatus.CONFLICT if problem else HTTPStatus.OK
    return await state_response(request, site, login, ticket_id, status, problem=problem, done=done)


@router.post("/arrived")
async def arrived(
    request: Request, site: SiteOf, login: TicketWorker, ticket_id: RowId, dispatch_id: str
) -> Response:
    """Somebody is on site. Said twice it counts once."""
    search = await _own(site, dispatch_id, ticket_id)
    if search.arrived_at is None:
        await site.store.dispatches.note(dispatch_id, Arrived(), actor=login.actor)
    return await state_response(request, site, login, ticket_id)


async def _own(site: Site, dispatch_id: str, ticket_id: int) -> DispatchView:
    """Raises:
    NotFound: the ticket has no such search.
    """
    return await search_of(site, dispatch_id, ticket_id)
