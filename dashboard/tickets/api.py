"""Tickets for programs."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response

from call_logs.storage import Deferred
from call_logs.tickets import Deadline
from dashboard.dispatches.orders import OnceKey
from dashboard.tickets.api_models import (
    CallBackIn,
    DueIn,
    HistoryOut,
    MoveIn,
    NewsOut,
    NoteIn,
    PauseIn,
    ResumeIn,
    SurveyOut,
    TicketChangeIn,
    TicketIn,
)
from dashboard.tickets.api_query import AskedFilter
from dashboard.tickets.form import new_form
from dashboard.tickets.opening import NOTHING_TOLD, open_ticket
from dashboard.tickets.unasked import unasked
from dashboard.tickets.whose import narrowed
from dashboard.web.access import note_access
from dashboard.web.api_models import PageOut, TicketOut
from dashboard.web.errors import BadInput
from dashboard.web.inputs import RowId
from dashboard.web.signin import TicketOpener, TicketReader, TicketWorker
from dashboard.web.site import Site, SiteOf

router = APIRouter(prefix="/tickets", tags=["tickets"])


@router.get("")
async def list_tickets(
    *,
    site: SiteOf,
    login: TicketReader,
    wanted: AskedFilter,
    whose: Literal["", "mine", "department", "nobody"] = "",
    before: RowId | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> PageOut[TicketOut]:
    """Tickets, newest first, or by `order`. `text`: all of its words; `caller`: calling or
    call-back number; `assessed`: by a person; `gaps`: the record lacks something; `since`,
    `until`: when they were opened; `assignee`: a person or a department, by reference, id or
    name."""
    wanted = await narrowed(site, login, wanted, whose)
    page = await site.store.tickets.list(replace(wanted, before=before, limit=limit))
    await note_access(site, login, "listed", "ticket", again=True)
    return PageOut.of(page, TicketOut.model_validate)


@router.post("", status_code=201, responses={202: {"description": "Safe; the number follows."}})
async def create_ticket(
    site: SiteOf, login: TicketOpener, body: TicketIn, response: Response, key: OnceKey = ""
) -> TicketOut | None:
    """Open a ticket; under one `Idempotency-Key` one. Text or category must say something."""
    values = {**new_form().values, **body.edit().values}
    if not values["text"] and not values["category"]:
        raise BadInput(NOTHING_TOLD, "text")
    try:
        ticket = await open_ticket(site.store, login.actor, values, seen_to=body.seen_to, key=key)
    except Deferred:
        response.status_code = HTTPStatus.ACCEPTED
        return None
    response.headers["Location"] = f"/api/v1/tickets/{ticket.id}"
    return TicketOut.model_validate(ticket)


@router.get("/alike")
async def list_alike(
    site: SiteOf, login: TicketReader, building: str = "", category: str = ""
) -> list[TicketOut]:
    """Open tickets of a building and category that came within a day: perhaps the same matter."""
    if not building:
        return []
    found = await site.store.tickets.alike(building, category)
    await note_access(site, login, "listed", "ticket", again=True)
    return [TicketOut.model_validate(ticket) for ticket in found]


@router.get("/{ticket_id}")
async def get_ticket(site: SiteOf, login: TicketReader, ticket_id: RowId) -> TicketOut:
    """One ticket."""
    ticket = await site.store.tickets.get(ticket_id)
    await note_access(site, login, "looked", "ticket", ticket_id)
    return TicketOut.model_validate(ticket)


@router.get("/{ticket_id}/unasked")
async def list_unasked(site: SiteOf, login: TicketReader, ticket_id: RowId) -> list[str]:
    """Fields that the form of its category asks for, and nobody has told yet."""
    ticket = await site.store.tickets.get(ticket_id)
    await note_access(site, login, "looked", "ticket", ticket_id, again=True)
    return list(unasked(site.settings, ticket))


@router.get("/{ticket_id}/history")
async def list_ticket_changes(
    site: SiteOf, login: TicketReader, ticket_id: RowId
) -> list[HistoryOut]:
    """What was done, oldest first."""
    await site.store.tickets.get(ticket_id)
    await note_access(site, login, "looked", "ticket", ticket_id, again=True)
    history = await site.store.tickets.history(ticket_id)
    return [HistoryOut.model_validate(change) for change in history]


@router.patch("/{ticket_id}", responses={409: {"description": "Somebody else was faster."}})
async def change_ticket(
    site: SiteOf, login: TicketWorker, ticket_id: RowId, body: TicketChangeIn
) -> TicketOut:
    """Change the given fields."""
    ticket = await site.store.tickets.update(
        ticket_id,
        login.actor,
        body.edit(),
        version=body.version,
        note=body.note,
        seen_to=body.seen_to,
    )
    return TicketOut.model_validate(ticket)


@router.post(
    "/{ticket_id}/moves",
    responses={409: {"description": "No such step from here, or it lacks something."}},
)
async def move_ticket(
    site: SiteOf, login: TicketWorker, ticket_id: RowId, body: MoveIn, key: OnceKey = ""
) -> TicketOut:
    """Take the ticket to another status, with what that needs: a plan its cause and measures,
    its approval the right, the owner's answer its text, a refusal and a reopening a note."""
    ticket = await site.store.tickets.move(
        ticket_id,
        body.status,
        login.actor,
        body.note,
        body.version,
        changes=body.edit(),
        key=key,
    )
    return TicketOut.model_validate(ticket)


@router.post("/{ticket_id}/notes", status_code=201)
async def add_note(
    site: SiteOf, login: TicketWorker, ticket_id: RowId, body: NoteIn, key: OnceKey = ""
) -> list[HistoryOut]:
    """Add a note; gives the history with it."""
    await site.store.tickets.note(ticket_id, login.actor, body.note, key=key)
    history = await site.store.tickets.history(ticket_id)
    return [HistoryOut.model_validate(change) for change in history]


@router.get("/{ticket_id}/surveys")
async def list_surveys(site: SiteOf, login: TicketReader, ticket_id: RowId) -> list[SurveyOut]:
    """How the owner was asked how content they are, the latest telling of a result first."""
    await site.store.tickets.get(ticket_id)
    surveys = await site.store.surveys.of_ticket(ticket_id)
    return [SurveyOut.model_validate(survey) for survey in surveys]


@router.get("/{ticket_id}/news")
async def list_news(site: SiteOf, login: TicketReader, ticket_id: RowId) -> list[NewsOut]:
    """What the owner was told unasked, or will be, and call backs; the latest first."""
    await site.store.tickets.get(ticket_id)
    return [
        NewsOut.model_validate(each) for each in await site.store.owner_news.of_ticket(ticket_id)
    ]


@router.post(
    "/{ticket_id}/call-backs",
    status_code=201,
    responses={409: {"description": "The time is over, or too far away."}},
)
async def agree_on_call_back(
    site: SiteOf, login: TicketWorker, ticket_id: RowId, body: CallBackIn
) -> list[NewsOut]:
    """The owner is called back at that time and connected with a person; an earlier time holds
    no more."""
    await site.store.owner_news.agree(ticket_id, body.at, login.actor, body.note)
    return [
        NewsOut.model_validate(each) for each in await site.store.owner_news.of_ticket(ticket_id)
    ]


async def _news_of(site: Site, ticket_id: int) -> list[NewsOut]:
    news = await site.store.owner_news.of_ticket(ticket_id)
    return [NewsOut.model_validate(each) for each in news]


_MOVED: dict[int | str, dict[str, Any]] = {
    409: {"description": "Somebody else was faster, or the ticket is not so far."}
}


@router.put("/{ticket_id}/deadlines/{deadline}", responses=_MOVED)
async def change_deadline(
    site: SiteOf, login: TicketWorker, ticket_id: RowId, deadline: Deadline, body: DueIn
) -> TicketOut:
    """Put a deadline that is not met yet to another time, from now on."""
    ticket = await site.store.deadlines.change(
        ticket_id, deadline, body.due_at, login.actor, body.note, version=body.version
    )
    return TicketOut.model_validate(ticket)


@router.post("/{ticket_id}/pause", responses=_MOVED)
async def pause_ticket(
    site: SiteOf, login: TicketWorker, ticket_id: RowId, body: PauseIn
) -> TicketOut:
    """The ticket waits, and is not overdue meanwhile; its next step ends that too."""
    ticket = await site.store.deadlines.pause(
        ticket_id, body.waits_for, login.actor, body.note, version=body.version
    )
    return TicketOut.model_validate(ticket)


@router.post("/{ticket_id}/resume", responses=_MOVED)
async def resume_ticket(
    site: SiteOf, login: TicketWorker, ticket_id: RowId, body: ResumeIn
) -> TicketOut:
    """It goes on: what was not due yet is due later by as long as it waited."""
    ticket = await site.store.deadlines.resume(
        ticket_id, login.actor, body.note, version=body.version
    )
    return TicketOut.model_validate(ticket)
