"""Cases that several owners have told, for programs."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import Field

from call_logs.casework import GroupStatus
from dashboard.dispatches.orders import OnceKey
from dashboard.web.access import note_access
from dashboard.web.api_models import In, Out, TicketOut, example
from dashboard.web.inputs import RowId
from dashboard.web.signin import TicketReader, TicketWorker
from dashboard.web.site import SiteOf

router = APIRouter(prefix="/groups", tags=["groups"])

_REFUSED: dict[int | str, dict[str, Any]] = {
    409: {"description": "Somebody else was faster, or it cannot be: `detail` says why."}
}
MOST_TICKETS = 500

Tickets = Annotated[list[RowId], Field(min_length=1, max_length=MOST_TICKETS)]
Note = Annotated[str, Field(max_length=4000)]


class ReasonOut(Out):
    """So many owners of one place within a time about one thing."""

    owners: int
    tickets: int
    building: str
    area: str
    minutes: int
    category: str
    words: list[str]


class ProposalOut(Out):
    """Tickets that may be one case. `group`: the case that they would join."""

    tickets: list[TicketOut]
    reason: ReasonOut
    group: int | None


class GroupOut(Out):
    id: int
    status: GroupStatus
    made_at: datetime
    made_by: str
    reason: ReasonOut | None
    told: str
    told_at: datetime | None
    ended_at: datetime | None
    version: int
    tickets: list[TicketOut]


class JoinIn(In):
    """Tickets that are one case; with `group` they are added to that one."""

    model_config = example(tickets=[12, 13], note="the same pipe")

    tickets: Tickets
    group: RowId | None = None
    note: Note = ""


class RefuseIn(In):
    tickets: Tickets


class TakeOutIn(In):
    ticket: RowId
    note: Note = ""


class TellIn(In):
    """What the owners of all its tickets are told."""

    text: str = Field(min_length=1, max_length=2000)
    version: RowId


class TakeApartIn(In):
    note: str = Field(min_length=1, max_length=4000)
    version: RowId


@router.get("")
async def list_groups(site: SiteOf, login: TicketReader) -> list[GroupOut]:
    """The cases that are joined, newest first."""
    await note_access(site, login, "listed", "ticket", again=True)
    return [GroupOut.model_validate(each) for each in await site.store.groups.joined()]


@router.get("/proposals")
async def list_proposals(site: SiteOf, login: TicketReader) -> list[ProposalOut]:
    """Tickets that may be one case, newest first, and why."""
    await note_access(site, login, "listed", "ticket", again=True)
    return [ProposalOut.model_validate(each) for each in await site.store.groups.proposals()]


@router.post("", status_code=HTTPStatus.CREATED, responses=_REFUSED)
async def join_group(
    site: SiteOf, login: TicketWorker, body: JoinIn, response: Response
) -> GroupOut:
    """Join tickets to one case."""
    group = await site.store.groups.join(body.tickets, login.actor, body.note, group=body.group)
    response.headers["Location"] = f"/api/v1/groups/{group.id}"
    return GroupOut.model_validate(group)


@router.post("/refusals", status_code=HTTPStatus.NO_CONTENT)
async def refuse_group(site: SiteOf, login: TicketWorker, body: RefuseIn) -> None:
    """Tickets that only look like one case: they are not proposed again."""
    await site.store.groups.refuse(body.tickets, login.actor)


@router.get("/{group_id}")
async def get_group(site: SiteOf, login: TicketReader, group_id: RowId) -> GroupOut:
    """One case with its tickets."""
    await note_access(site, login, "listed", "ticket", again=True)
    return GroupOut.model_validate(await site.store.groups.get(group_id))


@router.post("/{group_id}/take-out", responses=_REFUSED)
async def take_out_of_group(
    site: SiteOf, login: TicketWorker, group_id: RowId, body: TakeOutIn
) -> GroupOut:
    """A ticket of it is another case."""
    group = await site.store.groups.take_out(group_id, body.ticket, login.actor, body.note)
    return GroupOut.model_validate(group)


@router.post("/{group_id}/tell", responses=_REFUSED)
async def tell_group(
    site: SiteOf, login: TicketWorker, group_id: RowId, body: TellIn, key: OnceKey = ""
) -> GroupOut:
    """The owners of all its tickets are told this."""
    group = await site.store.groups.tell(
        group_id, body.text, login.actor, version=body.version, key=key
    )
    return GroupOut.model_validate(group)


@router.post("/{group_id}/take-apart", responses=_REFUSED)
async def take_group_apart(
    site: SiteOf, login: TicketWorker, group_id: RowId, body: TakeApartIn
) -> GroupOut:
    """They are no one case: each ticket goes on alone."""
    group = await site.store.groups.take_apart(
        group_id, login.actor, body.note, version=body.version
    )
    return GroupOut.model_validate(group)
