"""Known faults, for programs."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter
from pydantic import Field

from call_logs.owners import NewFault
from dashboard.dispatches.orders import OnceKey
from dashboard.web.api_models import In, Out
from dashboard.web.inputs import Moment, RowId
from dashboard.web.signin import Announcer, TicketReader
from dashboard.web.site import SiteOf

router = APIRouter(prefix="/faults", tags=["known faults"])


class FaultIn(In):
    """What callers of these buildings hear. Without buildings it is the whole site; without an
    end it is told until somebody ends it."""

    category: str = Field(min_length=1, max_length=64)
    buildings: list[str] = Field(default_factory=list, max_length=200)
    until: Moment | None = None
    words: str = Field("", max_length=200, description="Spoken behind it, by the runtime voice.")


class FaultOut(Out):
    """A known fault. `added`: callers who are affected too, each with a ticket."""

    id: int
    category: str
    buildings: list[str]
    until: datetime | None
    words: str
    announced_by: str
    announced_at: datetime
    ended_by: str
    ended_at: datetime | None
    added: int


@router.get("")
async def list_faults(site: SiteOf, login: TicketReader, now: bool = False) -> list[FaultOut]:
    """The latest fifty, or with `now` those that callers hear of in this moment."""
    faults = site.store.faults
    found = await faults.told_now() if now else await faults.list()
    return [FaultOut.model_validate(fault) for fault in found]


@router.post("", status_code=201)
async def announce_fault(
    site: SiteOf, login: Announcer, body: FaultIn, key: OnceKey = ""
) -> FaultOut:
    """Callers hear of it from now on."""
    new = NewFault(body.category, tuple(body.buildings), body.until, body.words)
    return FaultOut.model_validate(await site.store.faults.announce(new, login.actor, key=key))


@router.post("/{fault_id}/end")
async def end_fault(site: SiteOf, login: Announcer, fault_id: RowId) -> FaultOut:
    """Callers hear of it no more."""
    return FaultOut.model_validate(await site.store.faults.end(fault_id, login.actor))


@router.get("/{fault_id}/tickets")
async def list_fault_tickets(site: SiteOf, login: TicketReader, fault_id: RowId) -> list[int]:
    """Ids of the tickets of callers who are affected too."""
    return list(await site.store.faults.tickets(fault_id))
