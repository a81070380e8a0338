"""The team of a ticket, for programs."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field

from call_logs.casework import DUTY_LIMIT, TeamPart
from call_logs.staff import ASSIGNEE_LIMIT
from dashboard.web.api_models import In, Out
from dashboard.web.inputs import RowId
from dashboard.web.signin import TicketReader, TicketWorker
from dashboard.web.site import Site, SiteOf

router = APIRouter(prefix="/tickets/{ticket_id}/team", tags=["tickets"])

_REFUSED: dict[int | str, dict[str, Any]] = {409: {"description": "Somebody else was faster."}}


class TeamMemberOut(Out):
    """`duty`: as somebody has written it; empty: what the part usually sees to."""

    member: str
    part: TeamPart
    duty: str
    added_at: datetime
    added_by: str


class ProposedOut(Out):
    member: str
    part: TeamPart


class TeamOut(Out):
    """Who is in it, and who could take the parts that its class needs and nobody has."""

    members: list[TeamMemberOut]
    proposed: list[ProposedOut]


class TeamMemberIn(In):
    """`member`: a reference, an id, a login name, or a name that only one bears."""

    member: str = Field(min_length=1, max_length=ASSIGNEE_LIMIT)
    part: TeamPart
    duty: str = Field("", max_length=DUTY_LIMIT)
    version: RowId


@router.get("")
async def get_team(site: SiteOf, login: TicketReader, ticket_id: RowId) -> TeamOut:
    """Who works on a ticket together."""
    return await _team(site, ticket_id)


@router.put("", responses=_REFUSED)
async def put_team_member(
    site: SiteOf, login: TicketWorker, ticket_id: RowId, body: TeamMemberIn
) -> TeamOut:
    """Take somebody into it, or give a member another part or duty."""
    await site.store.team.put(
        ticket_id, body.member, body.part, login.actor, duty=body.duty, version=body.version
    )
    return await _team(site, ticket_id)


@router.delete("", responses=_REFUSED)
async def remove_team_member(
    site: SiteOf,
    login: TicketWorker,
    ticket_id: RowId,
    member: Annotated[str, Query(max_length=ASSIGNEE_LIMIT)],
    version: RowId | None = None,
) -> TeamOut:
    """Take somebody out of it; `member` is a reference."""
    await site.store.team.remove(ticket_id, member, login.actor, version=version)
    return await _team(site, ticket_id)


async def _team(site: Site, ticket_id: RowId) -> TeamOut:
    proposed = await site.store.team.proposed(ticket_id)
    members = await site.store.team.of(ticket_id)
    return TeamOut(
        members=[TeamMemberOut.model_validate(each) for each in members],
        proposed=[ProposedOut.model_validate(each) for each in proposed],
    )
