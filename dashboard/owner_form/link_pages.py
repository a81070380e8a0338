"""The links of the owners' form, for those who hang them up: list, new one, off and on, poster."""

from __future__ import annotations

import io
from http import HTTPStatus
from typing import Annotated, Any

from anyio.to_thread import run_sync
from fastapi import APIRouter, Form, Request, Response

from call_logs.owners import FormLink
from call_logs.roster import Address
from dashboard.owner_form.texts import FORM_LANGUAGES, choose, texts
from dashboard.web.inputs import RowId
from dashboard.web.render import go, page
from dashboard.web.signin import Login, RosterManager
from dashboard.web.site import Site, SiteOf
from dashboard.web.texts import N_

router = APIRouter(prefix="/owner-form")

NO_NAME = N_("Give the link a name, such as “Building 3, lift 1”.")
NO_PLACE = N_("Say where the code hangs: at least a building or a public area.")
Short = Annotated[str, Form(max_length=40)]


@router.get("")
async def show_links(request: Request, site: SiteOf, login: RosterManager) -> Response:
    return await _page(request, site, login)


@router.post("")
async def save_link(
    *,
    request: Request,
    site: SiteOf,
    login: RosterManager,
    name: Annotated[str, Form(max_length=100)] = "",
    building: Short = "",
    unit: Short = "",
    floor: Short = "",
    area: Annotated[str, Form(max_length=100)] = "",
    lift: Short = "",
    category: Annotated[str, Form(max_length=64)] = "",
) -> Response:
    """A name that is there already gets the new place, and keeps its address."""
    written = {"building": building, "unit": unit, "floor": floor, "area": area, "lift": lift}
    place = Address.of({key: value.strip() for key, value in written.items()})
    problem = "" if name.strip() else NO_NAME
    problem = problem or ("" if place.building or place.area else NO_PLACE)
    if problem:
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        values = {**written, "name": name, "category": category}
        return await _page(request, site, login, status, problem=problem, values=values)
    await site.store.form_links.save(name.strip(), place, category, login.actor)
    return go("/owner-form")


@router.post("/{link_id}/switch")
async def switch(
    *,
    site: SiteOf,
    login: RosterManager,
    link_id: RowId,
    version: Annotated[RowId, Form()],
    active: Annotated[bool, Form()] = False,
) -> Response:
    await site.store.form_links.switch(link_id, login.actor, active=active, version=version)
    return go("/owner-form")


@router.get("/{link_id}/poster")
async def show_poster(
    request: Request, site: SiteOf, login: RosterManager, link_id: RowId, language: str = ""
) -> Response:
    """A sheet to print and hang up."""
    link = await site.store.form_links.get(link_id, login.actor)
    chosen = choose(language, "", site.settings.language)
    return await page(
        request,
        site,
        login,
        "owner_form/poster.html",
        link=link,
        address=address_of(site, link),
        t=texts(chosen),
        poster_language=chosen,
        form_languages=FORM_LANGUAGES,
        form=site.settings.owner_form,
    )


@router.get("/{link_id}/code.svg")
async def send_code(site: SiteOf, login: RosterManager, link_id: RowId) -> Response:
    """The QR code of the link's address."""
    link = await site.store.form_links.get(link_id, login.actor)
    drawn = await run_sync(_code, address_of(site, link))
    return Response(drawn, media_type="image/svg+xml")


def address_of(site: Site, link: FormLink) -> str:
    """ "" without an address by which people reach the pages."""
    form = site.settings.owner_form
    return f"{form.public_url}/o/{link.token}" if form and form.public_url else ""


def _code(address: str) -> bytes:
    import segno  # of use here alone

    drawn = io.BytesIO()
    # Level M (15 % may be lost) is what ISO/IEC 18004 takes for print that is touched.
    segno.make(address or "-", error="m", micro=False).save(
        drawn, kind="svg", scale=8, border=4, xmldecl=False
    )
    return drawn.getvalue()


async def _page(
    request: Request,
    site: Site,
    login: Login,
    status: HTTPStatus = HTTPStatus.OK,
    **context: Any,
) -> Response:
    links = await site.store.form_links.list(login.actor)
    return await page(
        request,
        site,
        login,
        "owner_form/links.html",
        status,
        **{
            "links": links,
            "addresses": {link.id: address_of(site, link) for link in links},
            "form": site.settings.owner_form,
            "values": {},
            "categories": await site.store.tickets.categories(),
            **context,
        },
    )
