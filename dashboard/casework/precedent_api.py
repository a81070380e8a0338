"""How like cases were treated, for programs."""

from __future__ import annotations

from datetime import timedelta

from fastapi import APIRouter

from call_logs.casework import Unusual
from call_logs.tickets import TicketClass
from dashboard.web.access import note_access
from dashboard.web.api_models import Out
from dashboard.web.inputs import RowId
from dashboard.web.signin import TicketReader
from dashboard.web.site import SiteOf

router = APIRouter(prefix="/tickets/{ticket_id}", tags=["casework"])


class PrecedentOut(Out):
    """A case of the same kind that is done."""

    ticket_id: int
    number: str
    ticket_class: TicketClass
    cause_kind: str
    plan: str
    cost: int | None
    took: timedelta
    satisfaction: int | None


class ComparisonOut(Out):
    """`cost`, `took`: the middle of the `cases`; null: too few to say. Costs in hundredths."""

    cases: int
    same_cause: bool
    shown: list[PrecedentOut]
    cost: int | None
    took: timedelta | None
    own_cost: int | None
    planned: timedelta | None
    unusual: list[Unusual]


@router.get("/precedents")
async def show_precedents(site: SiteOf, login: TicketReader, ticket_id: RowId) -> ComparisonOut:
    """How cases of the same category, and where enough are there of the same kind of cause, were
    treated; and in what this one's plan is far from them."""
    ticket = await site.store.tickets.get(ticket_id)
    await note_access(site, login, "looked", "ticket", ticket_id, again=True)
    return ComparisonOut.model_validate(await site.store.precedents.of(ticket, login.actor))
