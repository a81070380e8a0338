"""The REST API: the same data and rights as the pages, for programs."""

from fastapi import APIRouter

from dashboard.calls import api as calls
from dashboard.calls import recording_api as recordings
from dashboard.casework import (
    equipment_api,
    evidence_api,
    firm_api,
    group_api,
    link_api,
    precedent_api,
    record_api,
    risk_api,
    task_api,
    team_api,
)
from dashboard.dispatches import api as dispatches
from dashboard.dispatches import order_api as orders
from dashboard.inbound import api as inbound
from dashboard.knowledge import api as knowledge
from dashboard.oncall import api as oncall
from dashboard.people import api as sessions
from dashboard.people import directory_api as people
from dashboard.people import token_api
from dashboard.quality import api as quality
from dashboard.registers import api as registers
from dashboard.reports import api as reports
from dashboard.tickets import api as tickets
from dashboard.tickets import assessment_api, confidential_api, fault_api, target_api
from dashboard.web.api_models import ErrorOut

DESCRIPTION = """
Tickets, searches for people, the on-call roster, calls, recordings and transcripts of the
hotline.

Sign in with `POST /api/v1/sessions`; send the token of its answer as
`Authorization: Bearer TOKEN`. A program that stays has a token of its own with the rights
it needs, made on the page "Tokens of programs". A browser that is signed in may use its
session cookie instead, with the header `X-CSRF-Token` on everything but GET.

Times are ISO 8601 in UTC. Lists are newest first; `next_cursor` goes into `before` for the
rows that follow. Changing a ticket or a transcript takes the `version` that was read, and is
refused with 409 when somebody else was faster. A note, a move or an order that is sent again
with the same header `Idempotency-Key` is done once. Every error is
`{"error": {"code": ..., "message": ...}}`; a value that is not taken is 422 with
`fields`: each a `field`, the `rule` it breaks, and a `message`.
"""

router = APIRouter(
    prefix="/api/v1",
    responses={
        400: {"model": ErrorOut, "description": "The request could not be read."},
        401: {"model": ErrorOut, "description": "Nobody is signed in."},
        403: {"model": ErrorOut, "description": "The role does not allow it."},
        404: {"model": ErrorOut, "description": "There is nothing here, or no longer."},
        409: {"model": ErrorOut, "description": "Somebody else was faster, or it cannot be now."},
        422: {"model": ErrorOut, "description": "A value is not taken; `fields` says which."},
        503: {"model": ErrorOut, "description": "The database is busy: try again."},
    },
)
for part in (
    sessions,
    token_api,
    tickets,
    assessment_api,
    confidential_api,
    link_api,
    equipment_api,
    evidence_api,
    group_api,
    fault_api,
    target_api,
    risk_api,
    record_api,
    task_api,
    precedent_api,
    firm_api,
    team_api,
    knowledge,
    registers,
    quality,
    people,
    reports,
    dispatches,
    orders,
    oncall,
    calls,
    recordings,
    inbound,
):
    router.include_router(part.router)

__all__ = ["DESCRIPTION", "router"]
