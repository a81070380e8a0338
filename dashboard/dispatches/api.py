"""Searches for a person, for programs: what was done, taking a ticket, arriving, drills."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter

from call_logs.calls import ANY_NODE, RequestAction
from call_logs.dispatches import Arrived
from dashboard.dispatches.api_models import (
    AcknowledgementOut,
    AttemptOut,
    DispatchOut,
    DrillIn,
    DrillOut,
    DrillStepsOut,
    SearchOut,
    StepOut,
    WaitingOut,
)
from dashboard.dispatches.drill_results import drill_of, drill_results, drillable
from dashboard.dispatches.labels import TAKEN_BACK
from dashboard.dispatches.searches import search_of, searches, take
from dashboard.dispatches.timeline import DispatchView
from dashboard.web.access import note_access
from dashboard.web.banner import untaken
from dashboard.web.errors import BadInput, Conflict
from dashboard.web.inputs import RowId
from dashboard.web.signin import OnCallReader, RosterManager, TicketReader, TicketWorker
from dashboard.web.site import Site, SiteOf
from dashboard.web.texts import N_

router = APIRouter(tags=["searches"])
OF_TICKET = "/tickets/{ticket_id}/dispatches"


@router.get("/urgent")
async def list_untaken(site: SiteOf, login: TicketReader) -> list[WaitingOut]:
    """Urgent tickets that nobody has: those for which it rings now first, then the newest."""
    await note_access(site, login, "listed", "ticket", again=True)
    return [WaitingOut.model_validate(each) for each in await untaken(site)]


@router.get(OF_TICKET)
async def list_dispatches(site: SiteOf, login: TicketReader, ticket_id: RowId) -> list[SearchOut]:
    """The searches of a ticket with rings and timeline, newest first."""
    await site.store.tickets.get(ticket_id)
    await note_access(site, login, "looked", "ticket", ticket_id)
    return [_out(search) for search in await searches(site, ticket_id)]


@router.post(OF_TICKET + "/{dispatch_id}/acknowledgements")
async def acknowledge_dispatch(
    site: SiteOf, login: TicketWorker, ticket_id: RowId, dispatch_id: str
) -> AcknowledgementOut:
    """Say that you have it. The first who says so has it."""
    await _case(site, ticket_id, dispatch_id)
    answer = await take(site, login, dispatch_id)
    dispatch = DispatchOut.model_validate(answer.dispatch)
    return AcknowledgementOut(first=answer.first, dispatch=dispatch)


@router.delete(OF_TICKET + "/{dispatch_id}/acknowledgements")
async def take_back_acknowledgement(
    site: SiteOf, login: TicketWorker, ticket_id: RowId, dispatch_id: str
) -> DispatchOut:
    """You do not have it after all; within ten seconds nothing has been ended yet."""
    await _case(site, ticket_id, dispatch_id)
    came = await site.store.dispatches.take_back(dispatch_id, login.actor)
    if problem := TAKEN_BACK.get(came):
        raise Conflict(problem)
    return DispatchOut.model_validate(await site.store.dispatches.get(dispatch_id))


@router.post(OF_TICKET + "/{dispatch_id}/arrivals")
async def report_arrival(
    site: SiteOf, login: TicketWorker, ticket_id: RowId, dispatch_id: str
) -> SearchOut:
    """Say that somebody is on site; said twice it counts once."""
    search = await _case(site, ticket_id, dispatch_id)
    if search.arrived_at is None:
        await site.store.dispatches.note(dispatch_id, Arrived(), actor=login.actor)
    return _out(await search_of(site, dispatch_id))


@router.get("/drills")
async def list_drills(site: SiteOf, login: OnCallReader) -> list[DrillOut]:
    """The latest drills, newest first, with who answered and how fast."""
    return [DrillOut.model_validate(result) for result in await drill_results(site)]


@router.get("/drills/{dispatch_id}")
async def show_drill(site: SiteOf, login: OnCallReader, dispatch_id: str) -> DrillStepsOut:
    """One drill, with every step of it."""
    result, search = await drill_of(site, dispatch_id)
    drill = DrillOut.model_validate(result)
    return DrillStepsOut(
        dispatch=drill.dispatch,
        rows=drill.rows,
        timeline=[StepOut.of(event) for event in search.events],
    )


@router.post("/drills", status_code=HTTPStatus.ACCEPTED)
async def start_drill(site: SiteOf, login: RosterManager, body: DrillIn) -> dict[str, int]:
    """Ask the running program to ring a policy's people as a drill."""
    if body.policy not in await drillable(site):
        raise BadInput(N_("There is no such policy."), "policy")
    request_id = await site.store.requests.add(
        RequestAction.DRILL, ANY_NODE, {"policy": body.policy}, actor=login.actor
    )
    return {"request_id": request_id}


async def _case(site: Site, ticket_id: int, dispatch_id: str) -> DispatchView:
    """Raises:
    NotFound: the ticket has no such search.
    """
    return await search_of(site, dispatch_id, ticket_id)


def _out(search: DispatchView) -> SearchOut:
    return SearchOut(
        **DispatchOut.model_validate(search.dispatch).model_dump(),
        attempts=[AttemptOut.model_validate(attempt) for attempt in search.attempts],
        timeline=[StepOut.of(event) for event in search.events],
    )
