"""A hold on a ticket's page: nothing of its case is destroyed until it is lifted."""

from __future__ import annotations

from collections.abc import Awaitable
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from call_logs.storage import Lacking
from dashboard.tickets.form import NOTE_LIMIT
from dashboard.tickets.page import state_response
from dashboard.web.inputs import RowId
from dashboard.web.signin import Login, TicketWorker
from dashboard.web.site import Site, SiteOf
from dashboard.web.texts import N_

router = APIRouter(prefix="/tickets/{ticket_id}")

Reason = Annotated[str, Form(max_length=NOTE_LIMIT)]
NO_REASON = N_("Say why: whoever finds it in three years wants to know.")


@router.post("/hold")
async def put(
    request: Request, site: SiteOf, login: TicketWorker, ticket_id: RowId, reason: Reason = ""
) -> Response:
    done = N_("Nothing of this case is destroyed until the hold is lifted.")
    change = site.store.holds.put(ticket_id, login.actor, reason)
    return await _after(request, site, login, change, done)


@router.post("/release")
async def lift(
    request: Request, site: SiteOf, login: TicketWorker, ticket_id: RowId, reason: Reason = ""
) -> Response:
    done = N_("The hold is lifted; the keeping times count again.")
    change = site.store.holds.lift(ticket_id, login.actor, reason)
    return await _after(request, site, login, change, done)


async def _after(
    request: Request, site: Site, login: Login, change: Awaitable[object], done: str
) -> Response:
    ticket_id = int(request.path_params["ticket_id"])
    try:
        await change
    except Lacking:
        return await state_response(
            request, site, login, ticket_id, HTTPStatus.UNPROCESSABLE_ENTITY, problem=NO_REASON
        )
    return await state_response(request, site, login, ticket_id, done=done)
