"""Calls that were, and calls that go on now."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from call_logs.calls import ANY_NODE, CallFilter, RequestAction
from call_logs.roster import DUTY
from call_logs.tickets import NewTicket, TicketKind
from call_logs.users import Permission
from dashboard.calls.speech import speeches
from dashboard.web.access import note_access
from dashboard.web.inputs import RowId
from dashboard.web.render import fragment, go, is_fragment, page
from dashboard.web.signin import CallController, CallReader
from dashboard.web.site import SiteOf

router = APIRouter()


@router.get("/calls")
async def show_calls(
    *,
    request: Request,
    site: SiteOf,
    login: CallReader,
    caller: Annotated[str, Query(max_length=40)] = "",
    before: RowId | None = None,
    missed: bool = False,
) -> Response:
    """All calls, newest first; `missed`: those that somebody has still to see to."""
    calls = await site.store.calls.list(
        CallFilter(
            caller=caller.strip() or None,
            missed=missed,
            before=before,
            limit=site.settings.page_size,
        )
    )
    context: dict[str, Any] = {"calls": calls, "caller": caller, "before": before, "missed": missed}
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


@router.post("/calls/{call_id}/handled")
async def see_to(site: SiteOf, login: CallController, call_id: str) -> Response:
    """A person has seen to a missed call."""
    await site.store.calls.handle(call_id, login.actor)
    return go(f"/calls/{call_id}")


@router.post("/calls/{call_id}/ring-back")
async def ring_back(site: SiteOf, login: CallController, call_id: str) -> Response:
    """A missed call becomes a ticket, and whoever is on duty is rung and put through to the
    caller, as for any ticket that is rung for."""
    call = await site.store.calls.get(call_id)
    if call.waits and call.number:
        ticket = await site.store.tickets.open(
            NewTicket(
                TicketKind.OTHER,
                call_id=call.id,
                caller=call.number,
                language=call.language,
                actor=login.actor,
            )
        )
        await site.store.calls.handle(call_id, login.actor)
        await site.store.requests.add(
            RequestAction.RING,
            ANY_NODE,
            {"policy": DUTY},
            actor=login.actor,
            ticket_id=ticket.id,
            key=f"ring-back {call_id}",
        )
        return go(f"/tickets/{ticket.id}")
    return go(f"/calls/{call_id}")


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
        return fragment(request, site, login, "calls/live_board.html", **context)
    return await page(request, site, login, "calls/live.html", **context)


@router.post("/live/{call_id}/hangup")
async def hang_up(site: SiteOf, login: CallController, call_id: str) -> Response:
    """Ask the node that holds the call to end it; the page sees it end by the feed."""
    await site.store.requests.add(RequestAction.HANGUP, call_id, actor=login.actor)
    return Response(status_code=HTTPStatus.NO_CONTENT)


@router.get("/nav/live")
async def live_count(request: Request, site: SiteOf, login: CallReader) -> Response:
    """The number beside "Live" in the navigation."""
    count = len(await site.store.live.list())
    return fragment(request, site, login, "calls/live_count.html", live_count=count)
