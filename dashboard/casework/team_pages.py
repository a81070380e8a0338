"""The team of a ticket, on its page: take in who is proposed, somebody else, or take out."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from call_logs.casework import DUTY_LIMIT, TeamPart, TeamRefused
from call_logs.staff import ASSIGNEE_LIMIT
from call_logs.storage import NobodyFound
from dashboard.tickets.page import state_response
from dashboard.web.inputs import RowId
from dashboard.web.outcome import Refusals, outcome
from dashboard.web.signin import Login, TicketWorker
from dashboard.web.site import Site, SiteOf
from dashboard.web.texts import N_

router = APIRouter(prefix="/tickets/{ticket_id}/team")

REFUSALS: Refusals = {
    NobodyFound: N_("That is nobody of the directory any more. Choose somebody else."),
    TeamRefused: N_("The team is full. Take somebody out first."),
}

Version = Annotated[RowId, Form()]
Member = Annotated[str, Form(max_length=ASSIGNEE_LIMIT)]


@router.post("/proposed")
async def take_proposed(
    request: Request, site: SiteOf, login: TicketWorker, ticket_id: RowId, version: Version
) -> Response:
    change = site.store.team.take_proposed(ticket_id, login.actor, version=version)
    return await _after(request, site, login, change, N_("The team is put together."))


@router.post("")
async def put(
    *,
    request: Request,
    site: SiteOf,
    login: TicketWorker,
    ticket_id: RowId,
    version: Version,
    part: Annotated[TeamPart, Form()],
    member: Member,
    duty: Annotated[str, Form(max_length=DUTY_LIMIT)] = "",
) -> Response:
    change = site.store.team.put(ticket_id, member, part, login.actor, duty=duty, version=version)
    return await _after(request, site, login, change, N_("The team is changed."))


@router.post("/remove")
async def remove(
    *,
    request: Request,
    site: SiteOf,
    login: TicketWorker,
    ticket_id: RowId,
    version: Version,
    member: Member,
) -> Response:
    change = site.store.team.remove(ticket_id, member, login.actor, version=version)
    return await _after(request, site, login, change, N_("The team is changed."))


async def _after(
    request: Request, site: Site, login: Login, change: Awaitable[None], done: str
) -> Response:
    ticket_id = int(request.path_params["ticket_id"])
    came = await outcome(change, done, REFUSALS)
    return await state_response(request, site, login, ticket_id, came.status, **came.told)
