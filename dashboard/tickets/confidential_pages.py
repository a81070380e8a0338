"""Who may see a ticket: its circle, and why somebody of it looks."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from call_logs.circles import CircleRefused, Confidence, Sight
from call_logs.staff import ASSIGNEE_LIMIT
from call_logs.storage import NobodyFound, NotFound, VersionConflict
from dashboard.tickets.page import state_response
from dashboard.web.errors import safe_path
from dashboard.web.inputs import RowId
from dashboard.web.render import go, page
from dashboard.web.sight import REASON_LIMIT, tell_reason
from dashboard.web.signin import Confider, ReasonGiver
from dashboard.web.site import SiteOf
from dashboard.web.texts import N_

router = APIRouter(prefix="/tickets/{ticket_id}")

Ref = Annotated[str, Form(max_length=ASSIGNEE_LIMIT)]
Reason = Annotated[str, Form(max_length=REASON_LIMIT)]


@router.get("/why")
async def ask_why(
    request: Request, site: SiteOf, login: ReasonGiver, ticket_id: RowId, next: str = ""
) -> Response:
    """Before a sensitive ticket is shown. Of any other there is nothing to ask."""
    if await site.store.eyes.sight(ticket_id) is not Sight.SENSITIVE:
        raise NotFound(f"ticket {ticket_id} asks for no reason")
    target = safe_path(next) if next else f"/tickets/{ticket_id}"
    return await page(request, site, login, "tickets/why.html", ticket_id=ticket_id, next=target)


@router.post("/why")
async def take_reason(
    site: SiteOf,
    login: ReasonGiver,
    ticket_id: RowId,
    reason: Reason = "",
    next: Annotated[str, Form()] = "",
) -> Response:
    target = safe_path(next) if next else f"/tickets/{ticket_id}"
    if not reason.strip():
        return go(f"/tickets/{ticket_id}/why")
    await tell_reason(
        site, login.user.name, login.source, ticket_id, reason.strip(), by_cookie=not login.bearer
    )
    return go(target)


@router.post("/confidential")
async def confide(
    *,
    request: Request,
    site: SiteOf,
    login: Confider,
    ticket_id: RowId,
    version: Annotated[RowId, Form()],
    sensitive: Annotated[str, Form()] = "",
    circle: Annotated[list[str], Form()] = [],  # noqa: B006  (a form without a tick; never changed)
    handler: Ref = "",
    about: Ref = "",
    reason: Reason = "",
) -> Response:
    """Say who may see the ticket from now on; whoever is not of them is led away from it."""
    wanted = Confidence(sensitive == "on", tuple(circle), handler, about)
    problem = None
    try:
        seen = await site.store.confidential.put(
            ticket_id, wanted, login.actor, reason, version=version
        )
    except VersionConflict:
        problem = N_("Somebody else changed this meanwhile. Look at the new state and try again.")
    except NobodyFound:
        problem = N_("That is nobody of the directory any more. Choose somebody else.")
    except CircleRefused:
        problem = N_("The circle cannot be so: it needs a reason, and somebody who can sign in.")
    else:
        if seen is None:
            return Response(headers={"HX-Redirect": "/tickets"})
        if wanted.sensitive:  # whoever has just said why need not say it again
            await tell_reason(
                site, login.user.name, login.source, ticket_id, reason.strip(), by_cookie=True
            )
    return await state_response(
        request,
        site,
        login,
        ticket_id,
        HTTPStatus.CONFLICT if problem else HTTPStatus.OK,
        problem=problem,
        done=None if problem else N_("Saved: who may see this ticket."),
    )
