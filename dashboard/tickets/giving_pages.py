"""Giving a ticket to somebody with one press, as the page proposes."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from call_logs.staff import ASSIGNEE_LIMIT
from call_logs.storage import NobodyFound
from call_logs.tickets import edit
from dashboard.tickets.page import state_response
from dashboard.web.inputs import RowId
from dashboard.web.outcome import Refusals, outcome
from dashboard.web.signin import TicketWorker
from dashboard.web.site import SiteOf
from dashboard.web.texts import N_

router = APIRouter(prefix="/tickets/{ticket_id}")


@router.post("/give")
async def give(
    *,
    request: Request,
    site: SiteOf,
    login: TicketWorker,
    ticket_id: RowId,
    version: Annotated[RowId, Form()],
    to: Annotated[str, Form(max_length=ASSIGNEE_LIMIT)],
) -> Response:
    """`to`: a person or a department of the directory; it is told."""
    given = site.store.tickets.update(ticket_id, login.actor, edit(assignee=to), version=version)
    gone: Refusals = {
        NobodyFound: N_("That is nobody of the directory any more. Choose somebody else.")
    }
    came = await outcome(given, N_("It is given, and who has it now is told."), gone)
    return await state_response(request, site, login, ticket_id, came.status, **came.told)
