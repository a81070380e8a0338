"""Orders about a ticket, for programs: ring, the next level, hand over, and what came of them."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Self

from fastapi import APIRouter
from pydantic import BaseModel, Field, model_validator

from call_logs.calls import RequestAction, RequestOutcome
from dashboard.dispatches.orders import Asked, OnceKey, asked_of, send_order
from dashboard.web.access import note_access
from dashboard.web.inputs import RowId
from dashboard.web.signin import TicketReader, TicketWorker
from dashboard.web.site import SiteOf

router = APIRouter(tags=["searches"], prefix="/tickets/{ticket_id}/orders")


class RingIn(BaseModel):
    """Whom to ring: a `policy` (a category, `*` or `duty`) or a `person` of the roster.
    `again`: although somebody has it."""

    policy: str = Field("", max_length=64)
    person: str = Field("", max_length=64)
    again: bool = False

    @model_validator(mode="after")
    def one_of_them(self) -> Self:
        if bool(self.policy) == bool(self.person):
            raise ValueError("give either `policy` or `person`")
        return self


class NextLevelIn(BaseModel):
    """`after`: the level that is being rung, counted from 0, as you know it."""

    after: int = Field(ge=0)


class HandOverIn(BaseModel):
    person: str = Field(min_length=1, max_length=64)


class SentOut(BaseModel):
    """`request_id` is 0 when the same was asked before under the same `Idempotency-Key`."""

    request_id: int


class OrderOut(BaseModel):
    """`unheard`: the telephone program has not taken it, so nobody rings."""

    request_id: int
    action: RequestAction
    actor: str
    person: str
    at: datetime
    taken_at: datetime | None
    outcome: RequestOutcome | None
    unheard: bool

    @classmethod
    def of(cls, asked: Asked) -> Self:
        request = asked.request
        return cls(
            request_id=request.id,
            action=request.action,
            actor=request.actor,
            person=str(request.data.get("person", "")),
            at=request.created_at,
            taken_at=request.taken_at,
            outcome=request.outcome,
            unheard=asked.unheard,
        )


@router.get("")
async def list_orders(site: SiteOf, login: TicketReader, ticket_id: RowId) -> list[OrderOut]:
    """The latest orders of a ticket, newest first."""
    await site.store.tickets.get(ticket_id)
    await note_access(site, login, "looked", "ticket", ticket_id, again=True)
    return [OrderOut.of(each) for each in await asked_of(site, ticket_id, {})]


@router.post("/ring", status_code=HTTPStatus.ACCEPTED)
async def order_ring(
    site: SiteOf, login: TicketWorker, ticket_id: RowId, body: RingIn, key: OnceKey = ""
) -> SentOut:
    """Ask the running program to ring people now."""
    whom = {"person": body.person} if body.person else {"policy": body.policy}
    data = {**whom, **({"again": True} if body.again else {})}
    ticket = await site.store.tickets.get(ticket_id)
    sent = await send_order(site, login, ticket, RequestAction.RING, data=data, key=key)
    return SentOut(request_id=sent)


@router.post("/next-level", status_code=HTTPStatus.ACCEPTED)
async def order_next_level(
    site: SiteOf, login: TicketWorker, ticket_id: RowId, body: NextLevelIn, key: OnceKey = ""
) -> SentOut:
    """Ask for the next level to be rung beside the one that is rung."""
    ticket = await site.store.tickets.get(ticket_id)
    data = {"after": body.after}
    sent = await send_order(site, login, ticket, RequestAction.NEXT_LEVEL, data=data, key=key)
    return SentOut(request_id=sent)


@router.post("/hand-over", status_code=HTTPStatus.ACCEPTED)
async def order_hand_over(
    site: SiteOf, login: TicketWorker, ticket_id: RowId, body: HandOverIn, key: OnceKey = ""
) -> SentOut:
    """Ask for one person to be rung, who has the case once they accept."""
    ticket = await site.store.tickets.get(ticket_id)
    data = {"person": body.person}
    sent = await send_order(site, login, ticket, RequestAction.HAND_OVER, data=data, key=key)
    return SentOut(request_id=sent)
