"""Merging, splitting and linking on a ticket's page; the others are named by their number."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from call_logs.casework import LinkRefused
from call_logs.storage import Lacking, NotFound, StoreError
from call_logs.tickets import TicketClass, edit, valid_number
from dashboard.casework.labels import LINK_REFUSALS
from dashboard.dispatches.orders import OnceKey
from dashboard.tickets.form import NOTE_LIMIT
from dashboard.tickets.page import state_response
from dashboard.web.inputs import RowId
from dashboard.web.outcome import outcome
from dashboard.web.signin import Login, TicketWorker
from dashboard.web.site import Site, SiteOf
from dashboard.web.texts import N_

router = APIRouter(prefix="/tickets/{ticket_id}")

Note = Annotated[str, Form(max_length=NOTE_LIMIT)]
Number = Annotated[str, Form(max_length=40)]
Version = Annotated[RowId, Form()]


@router.post("/merge")
async def merge(
    *,
    request: Request,
    site: SiteOf,
    login: TicketWorker,
    ticket_id: RowId,
    version: Version,
    number: Number = "",
    note: Note = "",
) -> Response:
    async def change() -> None:
        into = await _by_number(site, number)
        await site.store.links.merge(ticket_id, into, login.actor, note, version=version)

    return await _after(request, site, login, change(), N_("The ticket is merged."))


@router.post("/unmerge")
async def unmerge(
    *,
    request: Request,
    site: SiteOf,
    login: TicketWorker,
    ticket_id: RowId,
    version: Version,
    note: Note = "",
) -> Response:
    change = site.store.links.unmerge(ticket_id, login.actor, note, version=version)
    return await _after(
        request, site, login, change, N_("The ticket is one of its own again, where it was.")
    )


@router.post("/split")
async def split(
    *,
    request: Request,
    site: SiteOf,
    login: TicketWorker,
    ticket_id: RowId,
    version: Version,
    ticket_class: Annotated[TicketClass, Form()] = TicketClass.GENERAL,
    category: Annotated[str, Form(max_length=64)] = "",
    text: Annotated[str, Form(max_length=NOTE_LIMIT)] = "",
    key: OnceKey = "",
) -> Response:
    matter = edit(ticket_class=ticket_class, category=category.strip(), text=text.strip())
    change = site.store.links.split(ticket_id, matter, login.actor, version=version, key=key)
    return await _after(
        request, site, login, change, N_("The second matter has a ticket of its own: see below.")
    )


@router.post("/related")
async def relate(
    *,
    request: Request,
    site: SiteOf,
    login: TicketWorker,
    ticket_id: RowId,
    number: Number = "",
    note: Note = "",
) -> Response:
    async def change() -> None:
        other = await _by_number(site, number)
        await site.store.links.relate(ticket_id, other, login.actor, note)

    return await _after(request, site, login, change(), N_("The tickets are linked."))


@router.post("/unrelate")
async def unrelate(
    request: Request,
    site: SiteOf,
    login: TicketWorker,
    ticket_id: RowId,
    other: Annotated[RowId, Form()],
) -> Response:
    change = site.store.links.unrelate(ticket_id, other, login.actor)
    return await _after(request, site, login, change, N_("The link is taken away."))


async def _by_number(site: Site, written: str) -> int:
    number = "".join(each for each in written if each not in " -#")
    if not valid_number(number):
        raise NotFound("that is no ticket number")
    return (await site.store.tickets.by_number(number)).id


async def _after(
    request: Request, site: Site, login: Login, change: Awaitable[object], done: str
) -> Response:
    ticket_id = int(request.path_params["ticket_id"])
    came = await outcome(change, done, {StoreError: _problem})
    return await state_response(request, site, login, ticket_id, came.status, **came.told)


def _problem(error: StoreError) -> str:
    match error:
        case NotFound():
            return N_("There is no ticket with this number. Look for a mistyped digit.")
        case Lacking(fields=("note",)):
            return N_("Write in the note why.")
        case Lacking():
            return N_("Write what the second matter is, or choose its category.")
        case LinkRefused():
            return LINK_REFUSALS[error.refusal]
    raise error
