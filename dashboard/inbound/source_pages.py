"""Systems that may send messages, for administrators."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from call_logs.storage import InvalidValue
from dashboard.web.inputs import RowId
from dashboard.web.render import go, page
from dashboard.web.signin import Login, UserManager
from dashboard.web.site import Site, SiteOf
from dashboard.web.texts import N_

router = APIRouter(prefix="/inbound")

WRONG = N_(
    "A system needs a name that no other had (small letters, digits, - and _); fifty may send."
)


@router.get("")
async def show_sources(request: Request, site: SiteOf, login: UserManager) -> Response:
    return await _page(request, site, login)


@router.post("")
async def make_source(
    request: Request,
    site: SiteOf,
    login: UserManager,
    name: Annotated[str, Form(max_length=100)] = "",
) -> Response:
    """The answer alone shows the secret: nobody can ask for it again."""
    name = name.strip().casefold()
    try:
        made, secret = await site.store.inbound_sources.add(name, login.actor)
    except InvalidValue:
        return await _page(request, site, login, problem=WRONG)
    return await _page(request, site, login, name=made.name, secret=secret)


@router.post("/{source_id}/rotate")
async def rotate_source(
    request: Request, site: SiteOf, login: UserManager, source_id: RowId
) -> Response:
    secret = await site.store.inbound_sources.rotate(source_id, login.actor)
    found = await site.store.inbound_sources.all(login.actor)
    name = next((each.name for each in found if each.id == source_id), "")
    return await _page(request, site, login, name=name, secret=secret)


@router.post("/{source_id}/revoke")
async def revoke_source(site: SiteOf, login: UserManager, source_id: RowId) -> Response:
    await site.store.inbound_sources.revoke(source_id, login.actor)
    return go("/inbound")


async def _page(
    request: Request,
    site: Site,
    login: Login,
    *,
    problem: str | None = None,
    name: str = "",
    secret: str = "",
) -> Response:
    response = await page(
        request,
        site,
        login,
        "inbound/sources.html",
        HTTPStatus.UNPROCESSABLE_ENTITY if problem else HTTPStatus.OK,
        sources=await site.store.inbound_sources.all(login.actor),
        problem=problem,
        name=name,
        secret=secret,
    )
    response.headers["Cache-Control"] = "no-store"
    return response
