"""Deadlines on a ticket's page: put one to another time, let the ticket wait, go on."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from call_logs.storage import IllegalMove, Lacking, StoreError
from call_logs.tickets import Deadline, Ticket, WaitsFor
from dashboard.tickets.form import NOTE_LIMIT
from dashboard.tickets.page import state_response
from dashboard.web.inputs import RowId, written_moment
from dashboard.web.outcome import Refusals, outcome
from dashboard.web.signin import Login, TicketWorker
from dashboard.web.site import Site, SiteOf
from dashboard.web.texts import N_

router = APIRouter(prefix="/tickets/{ticket_id}")


def _beyond(error: StoreError) -> str:
    if type(error) is not StoreError:
        raise error
    return N_("A deadline is put to a time from now on, within two years.")


REFUSALS: Refusals = {
    Lacking: N_("Write in the note why: a deadline is moved with a reason only."),
    IllegalMove: N_("That cannot be done with the ticket as it is now. See its deadlines below."),
    StoreError: _beyond,
}

Note = Annotated[str, Form(max_length=NOTE_LIMIT)]
Version = Annotated[RowId, Form()]
WHEN = N_("Write day and time of the new deadline.")


@router.post("/due")
async def change_due(
    *,
    request: Request,
    site: SiteOf,
    login: TicketWorker,
    ticket_id: RowId,
    deadline: Annotated[Deadline, Form()],
    version: Version,
    at: Annotated[str, Form(max_length=40)] = "",
    note: Note = "",
) -> Response:
    """`at`: day and time by the site's clock."""
    wanted = written_moment(at, site.settings.zone, WHEN)
    change = site.store.deadlines.change(
        ticket_id, deadline, wanted, login.actor, note, version=version
    )
    return await _after(request, site, login, change, N_("The deadline is changed."))


@router.post("/pause")
async def pause(
    *,
    request: Request,
    site: SiteOf,
    login: TicketWorker,
    ticket_id: RowId,
    waits_for: Annotated[WaitsFor, Form()],
    version: Version,
    note: Note = "",
) -> Response:
    change = site.store.deadlines.pause(ticket_id, waits_for, login.actor, note, version=version)
    return await _after(request, site, login, change, N_("The ticket waits."))


@router.post("/resume")
async def resume(
    *,
    request: Request,
    site: SiteOf,
    login: TicketWorker,
    ticket_id: RowId,
    version: Version,
    note: Note = "",
) -> Response:
    change = site.store.deadlines.resume(ticket_id, login.actor, note, version=version)
    return await _after(request, site, login, change, N_("The ticket goes on."))


async def _after(
    request: Request, site: Site, login: Login, change: Awaitable[Ticket], done: str
) -> Response:
    ticket_id = int(request.path_params["ticket_id"])
    came = await outcome(change, done, REFUSALS)
    return await state_response(request, site, login, ticket_id, came.status, **came.told)
