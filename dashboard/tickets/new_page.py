"""A ticket that an employee opens: for whoever stands at the window, writes, or was met."""

from __future__ import annotations

import secrets
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response

from call_logs.storage import Deferred
from call_logs.tickets import BY_PEOPLE, Ticket
from dashboard.tickets.form import TicketForm, new_form, read_new
from dashboard.tickets.opening import NOTHING_TOLD, open_ticket
from dashboard.web.access import note_access
from dashboard.web.render import fragment, go, page
from dashboard.web.signin import Login, TicketWorker
from dashboard.web.site import Site, SiteOf
from dashboard.web.texts import N_

router = APIRouter(prefix="/tickets")

SAFE = N_(
    "The database is away. The ticket is safe and follows by itself; its number is not known yet."
)


@router.get("/new")
async def show_form(request: Request, site: SiteOf, login: TicketWorker) -> Response:
    return await _page(request, site, login, new_form(), key=secrets.token_hex(16))


@router.get("/alike")
async def show_alike(
    request: Request, site: SiteOf, login: TicketWorker, building: str = "", category: str = ""
) -> Response:
    """Open tickets that may be the same matter."""
    found: tuple[Ticket, ...] = ()
    if building.strip() and category:
        found = await site.store.tickets.alike(building.strip(), category)
        await note_access(site, login, "listed", "ticket", again=True)
    return fragment(request, site, login, "tickets/alike.html", alike=found)


@router.post("/new")
async def save(
    request: Request,
    site: SiteOf,
    login: TicketWorker,
    key: Annotated[str, Form(max_length=64)] = "",
) -> Response:
    """Open the ticket, and show what to read back. Sent twice it is one."""
    form = await read_new(request)
    if not form.values["text"] and not form.values["category"]:
        return await _page(request, site, login, form, key=key, problem=NOTHING_TOLD)
    try:
        ticket = await open_ticket(
            site.store, login.actor, form.values, seen_to=form.seen_to, key=key
        )
    except Deferred:
        status = HTTPStatus.ACCEPTED
        return await _page(request, site, login, new_form(), status, key="", problem=SAFE)
    return go(f"/tickets/{ticket.id}?read_back=true")


async def _page(
    request: Request,
    site: Site,
    login: Login,
    form: TicketForm,
    status: HTTPStatus = HTTPStatus.OK,
    **context: Any,
) -> Response:
    if context.get("problem") == NOTHING_TOLD:
        status = HTTPStatus.UNPROCESSABLE_ENTITY
    return await page(
        request,
        site,
        login,
        "tickets/new.html",
        status,
        form=form,
        staff=await site.store.staff.current(),
        categories=await site.store.tickets.categories(),
        fields=BY_PEOPLE,
        **context,
    )
