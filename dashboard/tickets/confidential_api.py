"""Who may see a ticket, for whoever signs in as a person; no program has this right."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import Field

from call_logs.circles import Confidence
from dashboard.web.api_models import In, TicketOut
from dashboard.web.inputs import RowId
from dashboard.web.signin import Confider
from dashboard.web.site import SiteOf

router = APIRouter(prefix="/tickets/{ticket_id}", tags=["tickets"])


class ConfidenceIn(In):
    """The whole of it: what is left out is taken away."""

    sensitive: bool = Field(description="Seen by its circle alone.")
    circle: list[str] = Field([], description="People and departments of the directory.")
    handler: str = Field("", description="Who handles it, and is of the circle.")
    about: str = Field("", description="Whom of the directory it complains about.")
    reason: str = Field(max_length=500)
    version: RowId | None = None


@router.put("/confidential")
async def confide_ticket(
    site: SiteOf, login: Confider, ticket_id: RowId, body: ConfidenceIn
) -> TicketOut | None:
    """Say who may see the ticket from now on. The answer is null when that is not you."""
    wanted = Confidence(body.sensitive, tuple(body.circle), body.handler, body.about)
    seen = await site.store.confidential.put(
        ticket_id, wanted, login.actor, body.reason, version=body.version
    )
    return None if seen is None else TicketOut.model_validate(seen)
