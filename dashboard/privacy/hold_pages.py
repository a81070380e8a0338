"""A hold on a ticket's page: nothing of its case is destroyed until it is lifted."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from call_logs.storage import Lacking
from dashboard.tickets.form import NOTE_LIMIT
from dashboard.tickets.page import state_response
from dashboard.web.inputs import RowId
from dashboard.web.signin import TicketWorker
from dashboard.web.site import SiteOf
from dashboard.web.texts import N_

router = APIRouter(prefix="/tickets/{ticket_id}")

Reason = Annotated[str, Form(max_length=NOTE_LIMIT)]
NO_REASON = N_("Say why: whoever finds it in three years wants to know.")


@router.post("/hold")
async def put(
    request: Request, site: SiteOf, login: TicketWorker, ticket_id: RowId, reason: Reason = ""
) -> Response:
    try:
        await site.store.holds.put(ticket_id, login.actor, reason)
    except Lacking:
        return await state_response(
            request, site, login, ticket_id, HTTPStatus.UNPROCESSABLE_ENTITY, problem=NO_REASON
        )
    done = N_("Nothing of this case is destroyed until the hold is lifted.")
    return await state_response(request, site, login, ticket_id, done=done)


@router.post("/release")
async def lift(
    request: Request, site: SiteOf, login: TicketWorker, ticket_id: RowId, reason: Reason = ""
) -> Response:
    try:
        await site.store.holds.lift(ticket_id, login.actor, reason)
    except Lacking:
        return await state_response(
            request, site, login, ticket_id, HTTPStatus.UNPROCESSABLE_ENTITY, problem=NO_REASON
        )
    done = N_("The hold is lifted; the keeping times count again.")
    return await state_response(request, site, login, ticket_id, done=done)
