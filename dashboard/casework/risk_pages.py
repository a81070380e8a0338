"""The page of risks: what was found, what is done about it, who lifts it."""

from __future__ import annotations

from collections.abc import Awaitable
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from call_logs.casework import Risk, RiskEdit, RiskLevel, RiskRefused
from call_logs.storage import Lacking
from dashboard.tickets.form import NOTE_LIMIT
from dashboard.web.access import note_access
from dashboard.web.inputs import RowId
from dashboard.web.outcome import Refusals, outcome
from dashboard.web.render import page
from dashboard.web.signin import Approver, Login, TicketReader, TicketWorker
from dashboard.web.site import Site, SiteOf
from dashboard.web.texts import N_

router = APIRouter(prefix="/risks")

REFUSALS: Refusals = {
    RiskRefused: N_("The risk was lifted meanwhile."),
    Lacking: N_("Write in the note why."),
}

Written = Annotated[str, Form(max_length=NOTE_LIMIT)]
Version = Annotated[RowId, Form()]


@router.get("")
async def show_risks(
    request: Request, site: SiteOf, login: TicketReader, lifted: bool = False
) -> Response:
    return await _page(request, site, login, lifted=lifted)


@router.post("/{risk_id}")
async def save(
    *,
    request: Request,
    site: SiteOf,
    login: TicketWorker,
    risk_id: RowId,
    version: Version,
    level: Annotated[RiskLevel, Form()],
    forecast: Written = "",
    measures: Written = "",
    owner: Annotated[str, Form(max_length=100)] = "",
) -> Response:
    edit = RiskEdit(level, forecast.strip(), measures.strip(), owner.strip())
    change = site.store.risks.update(risk_id, login.actor, edit, version=version)
    return await _after(request, site, login, change, N_("Saved."))


@router.post("/{risk_id}/lift")
async def lift(
    *,
    request: Request,
    site: SiteOf,
    login: Approver,
    risk_id: RowId,
    version: Version,
    note: Written = "",
) -> Response:
    change = site.store.risks.lift(risk_id, login.actor, note, version=version)
    return await _after(request, site, login, change, N_("The risk is lifted."))


async def _after(
    request: Request, site: Site, login: Login, change: Awaitable[Risk], done: str
) -> Response:
    came = await outcome(change, done, REFUSALS)
    return await _page(request, site, login, came.status, lifted=False, **came.told)


async def _page(
    request: Request,
    site: Site,
    login: Login,
    status: HTTPStatus = HTTPStatus.OK,
    *,
    lifted: bool,
    **told: str | None,
) -> Response:
    risks = await site.store.risks.shown(login.actor, lifted=lifted)
    await note_access(site, login, "listed", "ticket", again=True)
    people = [user for user in await site.store.users.list() if user.active]
    return await page(
        request,
        site,
        login,
        "casework/risks.html",
        status,
        risks=risks,
        lifted=lifted,
        people=people,
        **told,
    )
