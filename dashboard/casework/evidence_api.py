"""Evidence for programs."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request, Response

from call_logs.casework import EvidenceKind
from dashboard.casework.sending import evidence_response
from dashboard.web.access import note_access
from dashboard.web.api_models import In, Out
from dashboard.web.inputs import RowId
from dashboard.web.signin import TicketReader, TicketWorker
from dashboard.web.site import SiteOf

router = APIRouter(prefix="/tickets/{ticket_id}/evidence", tags=["casework"])

FILE_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


class EvidenceOut(Out):
    id: str
    ticket_id: int
    kind: EvidenceKind
    name: str
    note: str
    size_bytes: int
    sha256: str
    added_at: datetime
    added_by: str
    removed_at: datetime | None
    removed_by: str
    record_id: int | None


class RemoveIn(In):
    note: str


@router.get("")
async def list_evidence(site: SiteOf, login: TicketReader, ticket_id: RowId) -> list[EvidenceOut]:
    """What was added to the ticket, oldest first; `removed_at`: the file was destroyed."""
    await site.store.tickets.get(ticket_id)
    await note_access(site, login, "looked", "ticket", ticket_id, again=True)
    found = await site.store.evidence.of_ticket(ticket_id, login.actor)
    return [EvidenceOut.model_validate(each) for each in found]


@router.post(
    "",
    status_code=201,
    openapi_extra=FILE_BODY,
    responses={422: {"description": "The file is not taken; `reason` says why."}},
)
async def add_evidence(
    *,
    request: Request,
    site: SiteOf,
    login: TicketWorker,
    ticket_id: RowId,
    name: Annotated[str, Query(max_length=500)] = "",
    note: Annotated[str, Query(max_length=1000)] = "",
    record_id: RowId | None = None,
) -> EvidenceOut:
    """Add a file: the body is its content, whose first bytes say what kind it is. The same
    content again is the evidence that is there."""
    found = await site.store.evidence.add(
        ticket_id, login.actor, request.stream(), name=name, note=note, record_id=record_id
    )
    return EvidenceOut.model_validate(found)


@router.get("/{evidence_id}", response_class=Response)
async def get_evidence(
    *,
    site: SiteOf,
    login: TicketReader,
    ticket_id: RowId,
    evidence_id: str,
    range: Annotated[str | None, Header()] = None,
) -> Response:
    """The file: the whole, or the part that the `Range` header asks for."""
    evidence, reader = await site.store.evidence.open(ticket_id, evidence_id, login.actor)
    await note_access(site, login, "looked", "evidence", evidence_id, again=True)
    return evidence_response(evidence, reader, range)


@router.post("/{evidence_id}/remove")
async def remove_evidence(
    site: SiteOf, login: TicketWorker, ticket_id: RowId, evidence_id: str, body: RemoveIn
) -> EvidenceOut:
    """Destroy the file, with a reason; that it was there stays in the history."""
    found = await site.store.evidence.remove(ticket_id, evidence_id, login.actor, body.note)
    return EvidenceOut.model_validate(found)
