"""Cases that several owners have told: what is proposed, what is joined, one text for all."""

from __future__ import annotations

from collections.abc import Awaitable
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from call_logs.casework import Group, GroupRefused
from call_logs.storage import Lacking
from call_logs.tickets import FIELDS
from dashboard.casework.labels import GROUP_REFUSALS
from dashboard.tickets.form import NOTE_LIMIT
from dashboard.web import labels
from dashboard.web.access import note_access
from dashboard.web.inputs import RowId
from dashboard.web.outcome import Refusals, outcome
from dashboard.web.render import go, page
from dashboard.web.signin import Login, TicketReader, TicketWorker
from dashboard.web.site import Site, SiteOf
from dashboard.web.texts import N_

router = APIRouter(prefix="/groups")

REFUSALS: Refusals = {
    GroupRefused: lambda error: GROUP_REFUSALS[error.refusal],
    Lacking: lambda error: labels.LACKING[error.fields[0]],
}

Note = Annotated[str, Form(max_length=NOTE_LIMIT)]
Ids = Annotated[list[RowId], Form(max_length=500)]


@router.get("")
async def show_groups(request: Request, site: SiteOf, login: TicketReader) -> Response:
    return await _list(request, site, login)


@router.post("/join")
async def join(
    *,
    request: Request,
    site: SiteOf,
    login: TicketWorker,
    tickets: Ids = [],  # noqa: B006  (a form without a tick; never changed)
    group: Annotated[str, Form(max_length=20)] = "",
    note: Note = "",
) -> Response:
    """Join those that are ticked."""
    wanted = int(group) if group.isascii() and group.isdigit() else None
    try:
        joined = await site.store.groups.join(tickets, login.actor, note, group=wanted)
    except GroupRefused as error:
        problem = GROUP_REFUSALS[error.refusal]
        return await _list(request, site, login, HTTPStatus.CONFLICT, problem=problem)
    return go(f"/groups/{joined.id}")


@router.post("/refuse")
async def refuse(
    request: Request,
    site: SiteOf,
    login: TicketWorker,
    tickets: Ids = [],  # noqa: B006  (a form without a tick; never changed)
) -> Response:
    await site.store.groups.refuse(tickets, login.actor)
    return await _list(request, site, login, done=N_("They are not proposed again."))


@router.get("/{group_id}")
async def show_group(
    request: Request, site: SiteOf, login: TicketReader, group_id: RowId
) -> Response:
    return await _one(request, site, login, group_id)


@router.post("/{group_id}/tell")
async def tell(
    *,
    request: Request,
    site: SiteOf,
    login: TicketWorker,
    group_id: RowId,
    version: Annotated[RowId, Form()],
    text: Annotated[str, Form(max_length=FIELDS["result"].type.limit)] = "",
) -> Response:
    change = site.store.groups.tell(group_id, text, login.actor, version=version)
    done = N_("The text stands in all tickets that are not closed.")
    return await _after(request, site, login, change, done)


@router.post("/{group_id}/take-out")
async def take_out(
    *,
    request: Request,
    site: SiteOf,
    login: TicketWorker,
    group_id: RowId,
    ticket: Annotated[RowId, Form()],
    note: Note = "",
) -> Response:
    change = site.store.groups.take_out(group_id, ticket, login.actor, note)
    return await _after(request, site, login, change, N_("The ticket goes on alone."))


@router.post("/{group_id}/take-apart")
async def take_apart(
    *,
    request: Request,
    site: SiteOf,
    login: TicketWorker,
    group_id: RowId,
    version: Annotated[RowId, Form()],
    note: Note = "",
) -> Response:
    change = site.store.groups.take_apart(group_id, login.actor, note, version=version)
    done = N_("The case is taken apart; each ticket goes on alone.")
    return await _after(request, site, login, change, done)


async def _after(
    request: Request,
    site: Site,
    login: Login,
    change: Awaitable[Group],
    done: str,
) -> Response:
    group_id = int(request.path_params["group_id"])
    came = await outcome(change, done, REFUSALS)
    return await _one(request, site, login, group_id, came.status, **came.told)


async def _list(
    request: Request,
    site: Site,
    login: Login,
    status: HTTPStatus = HTTPStatus.OK,
    **told: str | None,
) -> Response:
    await note_access(site, login, "listed", "ticket", again=True)
    return await page(
        request,
        site,
        login,
        "casework/groups.html",
        status,
        proposals=await site.store.groups.proposals(),
        groups=await site.store.groups.joined(),
        rules=site.store.groups.rules,
        **told,
    )


async def _one(
    request: Request,
    site: Site,
    login: Login,
    group_id: int,
    status: HTTPStatus = HTTPStatus.OK,
    **told: str | None,
) -> Response:
    group = await site.store.groups.get(group_id)
    await note_access(site, login, "listed", "ticket", again=True)
    return await page(request, site, login, "casework/group.html", status, group=group, **told)
