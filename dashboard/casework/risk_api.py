"""Risks for programs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi import APIRouter
from pydantic import Field

from call_logs.casework import RiskEdit, RiskKind, RiskLevel
from dashboard.web.access import note_access
from dashboard.web.api_models import In, Out, TicketOut
from dashboard.web.inputs import RowId
from dashboard.web.signin import Approver, TicketReader, TicketWorker
from dashboard.web.site import SiteOf

router = APIRouter(prefix="/risks", tags=["risks"])

_REFUSED: dict[int | str, dict[str, Any]] = {
    409: {"description": "Somebody else was faster, or the risk is lifted."}
}


class StepOut(Out):
    at: datetime
    actor: str
    action: str
    note: str


class RiskOut(Out):
    """`ticket`: the one that raised it last; `tickets`: the ids that were counted."""

    id: int
    kind: RiskKind
    level: RiskLevel
    ticket: TicketOut
    found_at: datetime
    count: int
    words: list[str]
    tickets: list[int]
    forecast: str
    measures: str
    owner: str
    log: list[StepOut]
    lifted_at: datetime | None
    lifted_by: str
    version: int


class RiskIn(In):
    """What is left out stays as it is."""

    level: RiskLevel | None = None
    forecast: str | None = Field(None, max_length=4000)
    measures: str | None = Field(None, max_length=4000)
    owner: str | None = Field(None, max_length=100)
    version: RowId


class LiftIn(In):
    note: str = Field(min_length=1, max_length=4000)
    version: RowId


@router.get("")
async def list_risks(site: SiteOf, login: TicketReader, lifted: bool = False) -> list[RiskOut]:
    """The open ones, the highest first; or those that were `lifted`, the newest first."""
    found = await site.store.risks.shown(login.actor, lifted=lifted)
    await note_access(site, login, "listed", "ticket", again=True)
    return [RiskOut.model_validate(each) for each in found]


@router.get("/{risk_id}")
async def get_risk(site: SiteOf, login: TicketReader, risk_id: RowId) -> RiskOut:
    """One risk, with what was done about it."""
    risk = await site.store.risks.get(risk_id, login.actor)
    await note_access(site, login, "looked", "ticket", risk.ticket.id, again=True)
    return RiskOut.model_validate(risk)


@router.patch("/{risk_id}", responses=_REFUSED)
async def change_risk(site: SiteOf, login: TicketWorker, risk_id: RowId, body: RiskIn) -> RiskOut:
    """Write down the forecast, the measures, who looks after it, or another level."""
    edit = RiskEdit(body.level, body.forecast, body.measures, body.owner)
    risk = await site.store.risks.update(risk_id, login.actor, edit, version=body.version)
    return RiskOut.model_validate(risk)


@router.post("/{risk_id}/lift", responses=_REFUSED)
async def lift_risk(site: SiteOf, login: Approver, risk_id: RowId, body: LiftIn) -> RiskOut:
    """It is under control; a manager says why."""
    risk = await site.store.risks.lift(risk_id, login.actor, body.note, version=body.version)
    return RiskOut.model_validate(risk)
