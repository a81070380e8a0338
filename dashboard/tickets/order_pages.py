"""Orders on a ticket's page: ring now, ring the next level, hand over, take one back."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from call_logs.calls import RequestAction
from dashboard.dispatches.orders import OnceKey, asked_of, send_order
from dashboard.tickets.page import state_response
from dashboard.web.errors import BadInput
from dashboard.web.inputs import RowId
from dashboard.web.signin import TicketWorker
from dashboard.web.site import SiteOf
from dashboard.web.texts import N_

router = APIRouter(prefix="/tickets/{ticket_id}/orders")

POLICY, PERSON = "policy", "person"


@router.post("/ring")
async def ring(
    *,
    request: Request,
    site: SiteOf,
    login: TicketWorker,
    ticket_id: RowId,
    whom: Annotated[str, Form(max_length=128)],
    again: Annotated[bool, Form()] = False,
    key: OnceKey = "",
) -> Response:
    """Ring people now; `whom` is `policy:CATEGORY` or `person:ID`. `again`: although, as the
    page shows, somebody has it."""
    kind, _, name = whom.partition(":")
    if kind not in (POLICY, PERSON) or not name:
        raise BadInput(N_("Choose whom to ring."))
    data = {kind: name, **({"again": True} if again else {})}
    ticket = await site.store.tickets.get(ticket_id)
    await send_order(site, login, ticket, RequestAction.RING, data=data, key=key)
    return await state_response(request, site, login, ticket_id)


@router.post("/next-level")
async def next_level(
    *,
    request: Request,
    site: SiteOf,
    login: TicketWorker,
    ticket_id: RowId,
    after: Annotated[int, Form()],
    key: OnceKey = "",
) -> Response:
    """Ring the level behind `after`, the one that the page shows, without waiting for it."""
    ticket = await site.store.tickets.get(ticket_id)
    await send_order(site, login, ticket, RequestAction.NEXT_LEVEL, data={"after": after}, key=key)
    return await state_response(request, site, login, ticket_id)


@router.post("/hand-over")
async def hand_over(
    *,
    request: Request,
    site: SiteOf,
    login: TicketWorker,
    ticket_id: RowId,
    person: Annotated[str, Form(max_length=64)],
    key: OnceKey = "",
) -> Response:
    """Ring one person, who has it once they accept."""
    ticket = await site.store.tickets.get(ticket_id)
    await send_order(site, login, ticket, RequestAction.HAND_OVER, data={"person": person}, key=key)
    return await state_response(request, site, login, ticket_id)


@router.post("/{request_id}/withdraw")
async def withdraw(
    request: Request, site: SiteOf, login: TicketWorker, ticket_id: RowId, request_id: RowId
) -> Response:
    """Ask no more for what nobody has taken yet; of this ticket only."""
    if any(each.request.id == request_id for each in await asked_of(site, ticket_id, {})):
        await site.store.requests.withdraw(request_id, login.actor)
    return await state_response(request, site, login, ticket_id)
