"""The first assessment for programs: what a person makes of a ticket, and what it lacks."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter
from pydantic import Field

from call_logs.casework import MajorReason, major_reasons
from call_logs.tickets import Affected, Gap, Ticket, TicketClass, read_edit
from dashboard.web.access import note_access
from dashboard.web.api_models import In, Out, example
from dashboard.web.inputs import RowId
from dashboard.web.signin import TicketReader, TicketWorker
from dashboard.web.site import Site, SiteOf

router = APIRouter(prefix="/tickets/{ticket_id}/assessment", tags=["tickets"])


class AssessmentOut(Out):
    """`assessed_at` is null while nobody has confirmed what the ticket was taken for, which is to
    be done by `due_at`. `major_reasons`: why it is proposed as major."""

    ticket_class: TicketClass
    category: str
    affected: Affected
    major: bool
    major_reasons: list[MajorReason]
    gaps: list[Gap]
    due_at: datetime
    assessed_at: datetime | None
    assessed_by: str
    version: int


class AssessmentIn(In):
    """What is left out is confirmed as it is."""

    model_config = example(version=3, affected="building", note="all of building 3 is dark")

    ticket_class: TicketClass | None = None
    category: str | None = Field(None, max_length=64)
    affected: Affected | None = None
    major: bool | None = None
    version: RowId
    note: str = Field("", max_length=4000)
    seen_to: bool = Field(
        False, description="With class urgent: somebody is on it already, so nobody is rung."
    )


async def _out(site: Site, ticket: Ticket) -> AssessmentOut:
    risks = await site.store.risks.for_ticket(ticket.id)
    return AssessmentOut(
        ticket_class=ticket.ticket_class,
        category=ticket.category,
        affected=ticket.affected,
        major=ticket.major,
        major_reasons=list(major_reasons(ticket, risks)),
        gaps=list(ticket.gaps),
        due_at=ticket.assess_due_at,
        assessed_at=ticket.assessed_at,
        assessed_by=ticket.assessed_by,
        version=ticket.version,
    )


@router.get("")
async def get_assessment(site: SiteOf, login: TicketReader, ticket_id: RowId) -> AssessmentOut:
    """What the ticket is taken for, by whom that was confirmed, and what its record lacks."""
    ticket = await site.store.tickets.get(ticket_id)
    await note_access(site, login, "looked", "ticket", ticket_id, again=True)
    return await _out(site, ticket)


@router.put("", responses={409: {"description": "Somebody else was faster."}})
async def put_assessment(
    site: SiteOf, login: TicketWorker, ticket_id: RowId, body: AssessmentIn
) -> AssessmentOut:
    """Confirm what the ticket was taken for, or say what it is."""
    given = body.model_dump(
        include={"ticket_class", "category", "affected", "major"}, exclude_none=True
    )
    ticket = await site.store.tickets.update(
        ticket_id,
        login.actor,
        read_edit(given),
        version=body.version,
        note=body.note,
        seen_to=body.seen_to,
        assesses=True,
    )
    return await _out(site, ticket)
