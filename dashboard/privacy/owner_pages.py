"""The data of one owner: given to them, or destroyed, with a reason."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from call_logs.privacy import EraseRefused, OwnerFound
from call_logs.storage import Lacking, NotFound
from dashboard.privacy.sending import sent_once
from dashboard.web.render import page
from dashboard.web.signin import Destroyer, Exporter, Login
from dashboard.web.site import Site, SiteOf
from dashboard.web.texts import N_

router = APIRouter(prefix="/owner-data")

Number = Annotated[str, Form(max_length=40)]
Reason = Annotated[str, Form(max_length=1000)]

UNKNOWN = N_("Nothing is known of this number.")
NO_REASON = N_("Say why: the access log keeps the reason.")


@router.get("")
async def show(request: Request, site: SiteOf, login: Exporter) -> Response:
    return await _page(request, site, login)


@router.post("/find")
async def find(request: Request, site: SiteOf, login: Exporter, number: Number = "") -> Response:
    """What there is of a number; it travels in no address."""
    try:
        found = await site.store.owner_data.find(number, login.actor)
    except NotFound:
        return await _page(request, site, login, number=number, problem=UNKNOWN)
    problem = None if found else UNKNOWN
    return await _page(
        request, site, login, number=number, found=found if found else None, problem=problem
    )


@router.post("/export")
async def export(
    *,
    request: Request,
    site: SiteOf,
    login: Exporter,
    number: Number = "",
    reason: Reason = "",
) -> Response:
    store = site.store
    try:
        async with store.reports.scratch.folder() as folder:
            path = folder / "owner.zip"
            await store.owner_data.export(
                number, login.actor, path, reason=reason, source=login.source
            )
            return sent_once(path, "owner-data.zip")
    except NotFound:
        return await _page(request, site, login, number=number, problem=UNKNOWN)
    except Lacking:
        return await _page(request, site, login, number=number, problem=NO_REASON)


@router.post("/erase")
async def erase(
    *,
    request: Request,
    site: SiteOf,
    login: Destroyer,
    number: Number = "",
    reason: Reason = "",
) -> Response:
    """Ordered here, and carried out by a durable job."""
    try:
        await site.store.owner_data.order_erasure(
            number, login.actor, reason=reason, source=login.source
        )
    except NotFound:
        return await _page(request, site, login, number=number, problem=UNKNOWN)
    except Lacking:
        return await _page(request, site, login, number=number, problem=NO_REASON)
    except EraseRefused as refusal:
        return await _page(request, site, login, number=number, refused=refusal.tickets)
    return await _page(
        request,
        site,
        login,
        done=N_("It is being destroyed; “Keeping and destroying” tells when all of it is gone."),
    )


async def _page(
    request: Request,
    site: Site,
    login: Login,
    *,
    number: str = "",
    found: OwnerFound | None = None,
    problem: str | None = None,
    refused: tuple[str, ...] = (),
    done: str | None = None,
) -> Response:
    wrong = problem is not None or bool(refused)
    return await page(
        request,
        site,
        login,
        "privacy/owner.html",
        HTTPStatus.UNPROCESSABLE_ENTITY if wrong else HTTPStatus.OK,
        number=number,
        found=found,
        problem=problem,
        refused=refused,
        done=done,
    )
