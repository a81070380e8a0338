"""Calls that were, and calls that go on now."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from call_logs import CallFilter, RequestAction
from dashboard.access import note_access
from dashboard.inputs import RowId
from dashboard.pages.render import fragment, is_fragment, page
from dashboard.permissions import Permission
from dashboard.signin import CallController, CallReader
from dashboard.site import SiteOf
from dashboard.speech import speeches

router = APIRouter()


@router.get("/calls")
async def show_calls(
    request: Request,
    site: SiteOf,
    login: CallReader,
    caller: Annotated[str, Query(max_length=40)] = "",
    before: RowId | None = None,
) -> Response:
    """All calls, newest first."""
    calls = await site.store.calls.list(
        CallFilter(caller=caller.strip() or None, before=before, limit=site.settings.page_size)
    )
    context: dict[str, Any] = {"calls": calls, "caller": caller, "before": before}
    if is_fragment(request):
        return fragment(request, site, login, "calls/list.html", **context)
    return await page(request, site, login, "calls/index.html", **context)


@router.get("/calls/{call_id}")
async def show_call(request: Request, site: SiteOf, login: CallReader, call_id: str) -> Response:
    """One call: what happened in it, second by second, and its recording."""
    call = await site.store.calls.get(call_id)
    await note_access(site, login, "looked", "call", call_id, again=is_fragment(request))
    ticket = await site.store.tickets.for_call(call_id)
    listens = login.may(Permission.LISTEN)
    context: dict[str, Any] = {
        "call": call,
        "ticket": ticket,
        "events": await site.store.calls.events(call_id),
        "speeches": await speeches(site, call_id) if listens else (),
        "phrases": ticket.phrases if ticket else (),
    }
    if is_fragment(request):
        return fragment(request, site, login, "calls/call_state.html", **context)
    return await page(request, site, login, "calls/call.html", **context)


@router.get("/live")
async def show_live(request: Request, site: SiteOf, login: CallReader) -> Response:
    """Who is on the line, how long, where in the menu, and what is heard."""
    await note_access(site, login, "looked", "live", again=is_fragment(request))
    calls = sorted(await site.store.live.list(), key=lambda call: call.since)
    tickets = {}
    for call in calls:
        if ticket := await site.store.tickets.for_call(call.call_id):
            tickets[call.call_id] = ticket
    context: dict[str, Any] = {"calls": calls, "tickets": tickets}
    if is_fragment(request):
        return fragment(request, site, login, "live/board.html", **context)
    return await page(request, site, login, "live/index.html", **context)


@router.post("/live/{call_id}/hangup")
async def hang_up(site: SiteOf, login: CallController, call_id: str) -> Response:
    """Ask the node that holds the call to end it; the page sees it end by the feed."""
    await site.store.requests.add(RequestAction.HANGUP, call_id, actor=login.user.name)
    return Response(status_code=HTTPStatus.NO_CONTENT)


@router.get("/nav/live")
async def live_count(request: Request, site: SiteOf, login: CallReader) -> Response:
    """The number beside "Live" in the navigation."""
    count = len(await site.store.live.list())
    return fragment(request, site, login, "live/count.html", live_count=count)
