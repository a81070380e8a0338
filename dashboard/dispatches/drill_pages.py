"""Drills: test calls through the whole chain, with who answered and how fast."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from call_logs.calls import ANY_NODE, RequestAction
from dashboard.dispatches.drill_results import drill_of, drill_results, drillable
from dashboard.web.errors import BadInput
from dashboard.web.render import fragment, go, is_fragment, page
from dashboard.web.signin import OnCallReader, RosterManager
from dashboard.web.site import SiteOf
from dashboard.web.texts import N_

router = APIRouter(prefix="/drills")


@router.get("")
async def show_drills(
    request: Request, site: SiteOf, login: OnCallReader, done: str = ""
) -> Response:
    results = await drill_results(site)
    if is_fragment(request):
        return fragment(request, site, login, "dispatches/drill_list.html", results=results)
    return await page(
        request,
        site,
        login,
        "dispatches/drills.html",
        results=results,
        policies=await drillable(site),
        done=done,
    )


@router.get("/{dispatch_id}")
async def show_drill(
    request: Request, site: SiteOf, login: OnCallReader, dispatch_id: str
) -> Response:
    """Who was rung, who answered, and every step."""
    result, search = await drill_of(site, dispatch_id)
    if is_fragment(request):
        return fragment(
            request, site, login, "dispatches/drill_row.html", result=result, search=search
        )
    return await page(request, site, login, "dispatches/drill.html", result=result, search=search)


@router.post("")
async def start_drill(
    site: SiteOf, login: RosterManager, policy: Annotated[str, Form(max_length=64)]
) -> Response:
    """Ask the running program to ring a policy's people, marked as a drill to everybody."""
    if policy not in await drillable(site):
        raise BadInput(N_("There is no such policy."))
    await site.store.requests.add(
        RequestAction.DRILL, ANY_NODE, {"policy": policy}, actor=login.actor
    )
    return go("/drills?done=asked")
