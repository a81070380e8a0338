"""Known faults: what callers of a place hear before the menu; announced and ended by hand."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from call_logs.owners import NewFault
from dashboard.dispatches.orders import OnceKey
from dashboard.web.errors import BadInput
from dashboard.web.inputs import RowId, written_moment
from dashboard.web.render import fragment, go, is_fragment, page
from dashboard.web.signin import Announcer, TicketReader
from dashboard.web.site import Site, SiteOf
from dashboard.web.texts import N_

router = APIRouter(prefix="/faults")

_BETWEEN = re.compile(r"[,，、;；\s]+")
WHEN = N_("Write day and time by which the fault is mended, later than now and within 30 days.")


@router.get("")
async def show_faults(
    request: Request, site: SiteOf, login: TicketReader, done: str = ""
) -> Response:
    faults = await site.store.faults.list()
    if is_fragment(request):
        return fragment(request, site, login, "tickets/fault_list.html", faults=faults)
    return await page(
        request,
        site,
        login,
        "tickets/faults.html",
        faults=faults,
        categories=await site.store.tickets.categories(),
        done=done,
    )


@router.post("")
async def announce(
    *,
    site: SiteOf,
    login: Announcer,
    category: Annotated[str, Form(max_length=64)] = "",
    buildings: Annotated[str, Form(max_length=4000)] = "",
    until: Annotated[str, Form(max_length=40)] = "",
    words: Annotated[str, Form(max_length=200)] = "",
    whole: Annotated[bool, Form()] = False,
    key: OnceKey = "",
) -> Response:
    """`until`: day and time by the site's clock; empty: until it is ended by hand."""
    named = tuple(filter(None, _BETWEEN.split(buildings)))
    if not category:
        raise BadInput(N_("Choose what is out of order."))
    if bool(named) is whole:
        raise BadInput(N_("Name the buildings, or choose the whole site: one of the two."))
    new = NewFault(category, named, _until(site, until), words)
    await site.store.faults.announce(new, login.actor, key=key)
    return go("/faults?done=announced")


@router.post("/{fault_id}/end")
async def end(site: SiteOf, login: Announcer, fault_id: RowId) -> Response:
    await site.store.faults.end(fault_id, login.actor)
    return go("/faults?done=ended")


def _until(site: Site, text: str) -> datetime | None:
    if not text:
        return None
    wanted = written_moment(text, site.settings.zone, WHEN)
    if wanted <= site.store.clock.now():
        raise BadInput(WHEN)
    return wanted
