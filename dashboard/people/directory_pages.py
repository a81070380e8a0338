"""Departments and people: who heads what, who is away, and what each of them has."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from dashboard.people.directory import directory_of
from dashboard.web.render import page
from dashboard.web.signin import TicketReader
from dashboard.web.site import SiteOf

router = APIRouter(prefix="/people")


@router.get("")
async def show_directory(request: Request, site: SiteOf, login: TicketReader) -> Response:
    """Names and tickets; numbers and addresses stand on the roster alone."""
    return await page(
        request, site, login, "people/index.html", directory=await directory_of(site.store)
    )
