"""The first assessment on a ticket's page: what a person makes of it."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from call_logs.storage import Lacking, NotAllowed
from call_logs.tickets import Affected, TicketClass, edit
from dashboard.tickets.form import NOTE_LIMIT
from dashboard.tickets.page import LOWERED_BY_APPROVERS, LOWERED_WITH_NOTE, state_response
from dashboard.web.inputs import RowId
from dashboard.web.signin import TicketWorker
from dashboard.web.site import SiteOf
from dashboard.web.texts import N_

router = APIRouter(prefix="/tickets/{ticket_id}")


@router.post("/assessment")
async def assess(
    *,
    request: Request,
    site: SiteOf,
    login: TicketWorker,
    ticket_id: RowId,
    version: Annotated[RowId, Form()],
    ticket_class: Annotated[TicketClass, Form()],
    category: Annotated[str, Form(max_length=64)] = "",
    affected: Annotated[Affected, Form()] = Affected.UNKNOWN,
    major: Annotated[bool, Form()] = False,
    seen_to: Annotated[bool, Form()] = False,
    note: Annotated[str, Form(max_length=NOTE_LIMIT)] = "",
) -> Response:
    changes = edit(
        ticket_class=ticket_class, category=category.strip(), affected=affected, major=major
    )
    try:
        await site.store.tickets.update(
            ticket_id,
            login.actor,
            changes,
            version=version,
            note=note.strip(),
            seen_to=seen_to,
            assesses=True,
        )
    except (NotAllowed, Lacking) as error:
        problem = LOWERED_BY_APPROVERS if isinstance(error, NotAllowed) else LOWERED_WITH_NOTE
        return await state_response(
            request, site, login, ticket_id, HTTPStatus.CONFLICT, problem=problem
        )
    return await state_response(
        request, site, login, ticket_id, done=N_("The assessment is saved.")
    )
