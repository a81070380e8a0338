"""Who works on a ticket together: `store.team`. Every change stands in the ticket's history."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from call_logs.casework.team import (
    MOST_MEMBERS,
    Proposed,
    TeamMember,
    TeamPart,
    TeamRefused,
    proposed_team,
)
from call_logs.staff.store import StaffStore
from call_logs.storage.database import Database, now_of
from call_logs.storage.errors import NotFound
from call_logs.storage.readable import readable
from call_logs.tables.team import TeamMemberRow
from call_logs.tables.tickets import TicketRow
from call_logs.tickets.rows import check_not_about, locked_row, ticket_of, write_history
from call_logs.users.actor import Actor
from call_logs.users.permissions import Permission

__all__ = ["DUTY_LIMIT", "TeamStore"]

DUTY_LIMIT = 500


class TeamStore:
    """All changes need the right to work on tickets, and raise NotAllowed, NotFound,
    NobodyFound, VersionConflict, StoreBusy; nothing is changed then."""

    def __init__(self, database: Database, staff: StaffStore) -> None:
        self._database = database
        self._staff = staff

    async def of(self, ticket_id: int) -> tuple[TeamMember, ...]:
        """In the order in which they came."""
        async with self._database.reading() as session:
            return await _team(session, ticket_id)

    async def proposed(self, ticket_id: int) -> tuple[Proposed, ...]:
        """Who could be asked for the parts that nobody has, by the class of the ticket.

        Raises:
            NotFound: there is no such ticket.
        """
        staff, now = await self._staff.current(), self._database.clock.now()
        async with self._database.reading() as session:
            row = await session.get(TicketRow, ticket_id)
            if row is None:
                raise NotFound(f"there is no ticket with id {ticket_id}")
            team = await _team(session, ticket_id)
        if row.closed_at is not None or row.merged_into is not None:
            return ()
        parts, members = {each.part for each in team}, {each.member for each in team}
        return tuple(
            each
            for each in proposed_team(ticket_of(row), staff, now)
            if each.part not in parts
            and each.member not in members
            and (row.about_hash is None or row.about not in staff.same(each.member))
        )

    async def put(
        self,
        ticket_id: int,
        member: str,
        part: TeamPart,
        actor: Actor,
        *,
        duty: str = "",
        version: int | None = None,
    ) -> None:
        """Take somebody of the directory into the team, or give a member another part or duty."""
        actor.check(Permission.WORK_TICKETS)
        ref = (await self._staff.current()).find(member).ref
        await self._put(ticket_id, [Proposed(ref, part)], actor, duty=duty.strip(), version=version)

    async def take_proposed(
        self, ticket_id: int, actor: Actor, *, version: int | None = None
    ) -> None:
        """Take everybody who is proposed into it."""
        actor.check(Permission.WORK_TICKETS)
        await self._put(ticket_id, await self.proposed(ticket_id), actor, version=version)

    async def _put(
        self,
        ticket_id: int,
        wanted: tuple[Proposed, ...] | list[Proposed],
        actor: Actor,
        *,
        duty: str = "",
        version: int | None,
    ) -> None:
        actor.check(Permission.WORK_TICKETS)
        if len(duty) > DUTY_LIMIT:
            raise TeamRefused(f"duty: at most {DUTY_LIMIT} characters", "duty")
        staff = await self._staff.current()
        async with self._database.session() as session:
            row = await locked_row(session, ticket_id, version)
            for each in wanted:
                check_not_about(row, staff.same(each.member))
                was = await _member_row(session, ticket_id, each.member)
                before = None if was is None else was.part
                if was is not None and (was.part, was.duty) == (each.part.value, duty):
                    continue
                if was is None:
                    await _check_room(session, ticket_id)
                    was = TeamMemberRow(
                        ticket_id=ticket_id,
                        member=each.member,
                        added_at=now_of(session),
                        added_by=actor.name,
                    )
                    session.add(was)
                was.part, was.duty = each.part.value, duty
                await write_history(
                    session,
                    row,
                    actor.name,
                    "team",
                    changes={"team_member": (None, each.member), "team_part": (before, was.part)},
                    note=duty,
                )

    async def remove(
        self, ticket_id: int, member: str, actor: Actor, *, version: int | None = None
    ) -> None:
        """Take somebody out of the team.

        Raises:
            NotFound: who is named is not in it.
        """
        actor.check(Permission.WORK_TICKETS)
        async with self._database.session() as session:
            row = await locked_row(session, ticket_id, version)
            was = await _member_row(session, ticket_id, member)
            if was is None:
                raise NotFound(f"{member} is not in the team of ticket {row.number}")
            await session.delete(was)
            changes = {"team_member": (member, None), "team_part": (was.part, None)}
            await write_history(session, row, actor.name, "team", changes=changes)


async def _team(session: AsyncSession, ticket_id: int) -> tuple[TeamMember, ...]:
    query = (
        select(TeamMemberRow).where(TeamMemberRow.ticket_id == ticket_id).order_by(TeamMemberRow.id)
    )
    return tuple(await readable(session, query, _member))


async def _member_row(session: AsyncSession, ticket_id: int, member: str) -> TeamMemberRow | None:
    row: TeamMemberRow | None = await session.scalar(
        select(TeamMemberRow).where(
            TeamMemberRow.ticket_id == ticket_id, TeamMemberRow.member == member
        )
    )
    return row


async def _check_room(session: AsyncSession, ticket_id: int) -> None:
    count = await session.scalar(
        select(func.count()).select_from(TeamMemberRow).where(TeamMemberRow.ticket_id == ticket_id)
    )
    if (count or 0) >= MOST_MEMBERS:
        raise TeamRefused(f"a team has at most {MOST_MEMBERS} members", "member")


def _member(row: TeamMemberRow) -> TeamMember:
    return TeamMember(row.member, TeamPart(row.part), row.duty, row.added_at, row.added_by)
