"""A call back that a person agrees on with an owner, on the ticket's page."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from call_logs.storage import IllegalMove
from dashboard.tickets.form import NOTE_LIMIT
from dashboard.tickets.page import state_response
from dashboard.web.inputs import RowId, written_moment
from dashboard.web.outcome import Refusals, outcome
from dashboard.web.signin import TicketWorker
from dashboard.web.site import SiteOf
from dashboard.web.texts import N_

router = APIRouter(prefix="/tickets/{ticket_id}")

WHEN = N_("Write day and time of the call back.")


@router.post("/call-back")
async def agree(
    *,
    request: Request,
    site: SiteOf,
    login: TicketWorker,
    ticket_id: RowId,
    at: Annotated[str, Form(max_length=40)] = "",
    note: Annotated[str, Form(max_length=NOTE_LIMIT)] = "",
) -> Response:
    """`at`: day and time by the site's clock."""
    wanted = written_moment(at, site.settings.zone, WHEN)
    agreed = site.store.owner_news.agree(ticket_id, wanted, login.actor, note)
    past: Refusals = {
        IllegalMove: N_("A call back is agreed on for a time from now on, within two months.")
    }
    came = await outcome(agreed, N_("The owner will be called back at that time."), past)
    return await state_response(request, site, login, ticket_id, came.status, **came.told)
