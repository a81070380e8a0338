"""Records of a case for programs."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import Field

from call_logs.casework import RecordKind, Side, read_record
from dashboard.casework.written_models import ChangeIn, VersionOut, WrittenOut
from dashboard.dispatches.orders import OnceKey
from dashboard.web.access import note_access
from dashboard.web.api_models import In
from dashboard.web.inputs import RowId
from dashboard.web.signin import TicketReader, TicketWorker
from dashboard.web.site import SiteOf

router = APIRouter(prefix="/tickets/{ticket_id}/records", tags=["casework"])

_FIELDS = Field(description="The fields of this kind of record; docs/casework.md lists them.")


class RecordOut(WrittenOut):
    ticket_id: int
    kind: RecordKind


class RecordIn(In):
    kind: RecordKind
    fields: dict[str, Any] = _FIELDS


@router.get("")
async def list_records(
    site: SiteOf, login: TicketReader, ticket_id: RowId, side: Side | None = None
) -> list[RecordOut]:
    """Visits, statements, tasks, hand-overs, oldest first; of one `side` its statements alone."""
    await site.store.tickets.get(ticket_id)
    await note_access(site, login, "looked", "ticket", ticket_id, again=True)
    records = site.store.records
    found = (
        await records.of_ticket(ticket_id, login.actor)
        if side is None
        else await records.of_side(ticket_id, side, login.actor)
    )
    return [RecordOut.model_validate(each) for each in found]


@router.post("", status_code=201)
async def add_record(
    site: SiteOf, login: TicketWorker, ticket_id: RowId, body: RecordIn, key: OnceKey = ""
) -> RecordOut:
    """Add a record; under one `Idempotency-Key` one. Costs are in hundredths."""
    new = read_record(body.kind, body.fields, whole=True)
    found = await site.store.records.add(ticket_id, new, login.actor, key=key)
    return RecordOut.model_validate(found)


@router.patch("/{record_id}", responses={409: {"description": "Somebody else was faster."}})
async def change_record(
    site: SiteOf, login: TicketWorker, ticket_id: RowId, record_id: RowId, body: ChangeIn
) -> RecordOut:
    """Change the given fields; what stood there stays among the versions."""
    record = await site.store.records.get(ticket_id, record_id, login.actor)
    changes = read_record(record.kind, body.fields, whole=False)
    found = await site.store.records.change(
        ticket_id, record_id, changes, login.actor, version=body.version
    )
    return RecordOut.model_validate(found)


@router.get("/{record_id}/versions")
async def list_record_versions(
    site: SiteOf, login: TicketReader, ticket_id: RowId, record_id: RowId
) -> list[VersionOut]:
    """Everything that the record ever said, oldest first."""
    found = await site.store.records.versions(ticket_id, record_id, login.actor)
    await note_access(site, login, "looked", "ticket", ticket_id, again=True)
    return [VersionOut.model_validate(each) for each in found]
