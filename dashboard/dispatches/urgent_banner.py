"""The banner of urgent tickets that nobody has taken; it stands on every page."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from dashboard.web.render import banner_of, fragment
from dashboard.web.signin import TicketWorker
from dashboard.web.site import SiteOf

router = APIRouter()


@router.get("/nav/urgent")
async def show_urgent(request: Request, site: SiteOf, login: TicketWorker) -> Response:
    return fragment(
        request, site, login, "dispatches/urgent_banner.html", **await banner_of(site, login)
    )
