"""Marks of a ticket that keep it from most of the company: `store.confidential`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from call_logs.casework.group_store import leave_case
from call_logs.circles.eyes import Eyes
from call_logs.staff.staff import Member, Staff, StaffKind
from call_logs.staff.store import StaffStore
from call_logs.staff.viewers import PrivacyRules
from call_logs.storage.database import Database, now_of
from call_logs.storage.errors import NobodyFound, ValueRefused
from call_logs.storage.keys import Keys
from call_logs.tables.reminders import ReminderRow
from call_logs.tables.team import TeamMemberRow
from call_logs.tables.tickets import CIRCLE_LIMIT, TicketRow
from call_logs.tickets.rows import locked_row, ticket_of, write_history
from call_logs.tickets.ticket import Ticket
from call_logs.users.actor import Actor
from call_logs.users.permissions import Permission
from call_logs.users.user import Role
from call_logs.viewing.hashes import about_hash
from call_logs.viewing.viewer import PROGRAM, kept_circle, looking, members_of

__all__ = ["CircleRefused", "Confidence", "Confidential"]


class CircleRefused(ValueRefused):
    """Who shall see a ticket cannot be so; the message names the field and the rule."""


@dataclass(frozen=True)
class Confidence:
    """Who knows of a ticket from now on. `circle`: as people write them, names or references;
    `handler`: who handles it, and is of the circle; "" leaves it with whoever has it."""

    sensitive: bool
    circle: tuple[str, ...] = ()
    handler: str = ""
    about: str = ""  # whom of the directory it complains about; "": nobody


class Confidential:
    def __init__(
        self, database: Database, keys: Keys, staff: StaffStore, rules: PrivacyRules
    ) -> None:
        self.eyes = Eyes(database, keys, staff, rules)
        self._database = database
        self._keys = keys
        self._staff = staff

    async def put(
        self,
        ticket_id: int,
        wanted: Confidence,
        actor: Actor,
        reason: str,
        *,
        version: int | None = None,
    ) -> Ticket | None:
        """Say who may see a ticket, always with a reason, which its history keeps. None: the
        actor is not of those who may any more.

        Raises:
            NotAllowed, NotFound, VersionConflict, StoreBusy.
            NobodyFound: the directory has nobody of such a name.
            CircleRefused: no reason, nobody who could see it, or whom it is about is in it.
        """
        actor.check(Permission.CONFIDE)
        if not reason.strip():
            raise CircleRefused("reason: say why; the history keeps it", "reason")
        staff = await self._staff.current()
        handler = _found(staff, wanted.handler, "handler").ref if wanted.handler else ""
        circle = {_found(staff, each, "circle").ref for each in wanted.circle}
        if handler:
            circle.add(handler)
        about = _person(staff, wanted.about) if wanted.about else ""
        kept = kept_circle(circle)
        if len(kept) > CIRCLE_LIMIT:
            raise CircleRefused("circle: too many; name departments", "circle")
        async with self._database.session() as session:
            row = await locked_row(session, ticket_id, version)
            with looking(PROGRAM):
                assignee = handler or row.assignee
                kept_from = staff.same(about) if about else frozenset()
                if about and not kept_from.isdisjoint(circle):
                    raise CircleRefused("circle: whom it is about does not handle it", "circle")
                if wanted.sensitive and not _can_sign_in(staff, circle):
                    raise CircleRefused(
                        "circle: nobody in it can sign in, so that nobody could see the ticket: "
                        "name a person with a user, or a department that has one",
                        "circle",
                    )
                if wanted.sensitive or about:  # a case shows its tickets to all
                    await leave_case(session, row, actor, "")
                changes = self._write(
                    row,
                    since=(row.sensitive_at or now_of(session)) if wanted.sensitive else None,
                    circle=kept,
                    about=about,
                    assignee="" if assignee in kept_from else assignee,
                )
                if about:
                    changes |= await self._keep_from(session, row, kept_from)
                for merged in await _merged(session, row):
                    merged.sensitive_at, merged.circle = row.sensitive_at, row.circle
                    merged.about, merged.about_hash = row.about, row.about_hash
                await write_history(
                    session, row, actor.name, "confided", changes=changes, note=reason.strip()
                )
        async with self._database.reading() as session:  # as the actor sees it from now on
            seen = await session.get(TicketRow, ticket_id)
            return None if seen is None else ticket_of(seen)

    def _write(
        self, row: TicketRow, *, since: datetime | None, circle: str, about: str, assignee: str
    ) -> dict[str, tuple[Any, Any]]:
        """Gives what the history says."""
        before = _marks(row)
        row.sensitive_at, row.circle, row.assignee = since, circle, assignee
        row.about = about or None
        row.about_hash = about_hash(self._keys, about) if about else None
        after = _marks(row)
        return {name: (was, after[name]) for name, was in before.items() if was != after[name]}

    async def _keep_from(
        self, session: AsyncSession, row: TicketRow, refs: frozenset[str]
    ) -> dict[str, tuple[Any, Any]]:
        """Whom it is about has no part in it, and is told nothing that was to be told yet."""
        left = await session.scalars(
            delete(TeamMemberRow)
            .where(TeamMemberRow.ticket_id == row.id, TeamMemberRow.member.in_(sorted(refs)))
            .returning(TeamMemberRow.member)
        )
        gone = sorted(left)
        await session.execute(
            delete(ReminderRow).where(
                ReminderRow.ticket_id == row.id,
                ReminderRow.party.in_(sorted(refs)),
                ReminderRow.ended_at.is_(None),
            )
        )
        return {"team": (gone, [])} if gone else {}


def _marks(row: TicketRow) -> dict[str, Any]:
    return {
        "sensitive": row.sensitive_at is not None,
        "circle": list(members_of(row.circle or "")),
        "about": row.about or "",
        "assignee": row.assignee,
    }


def _person(staff: Staff, written: str) -> str:
    """Raises:
    NobodyFound, CircleRefused.
    """
    found = _found(staff, written, "about")
    if found.kind is StaffKind.DEPARTMENT:
        raise CircleRefused(
            "about: a person; a department has a head, who may answer for it", "about"
        )
    return found.ref


def _found(staff: Staff, written: str, field: str) -> Member:
    """Raises:
    NobodyFound: it names this field.
    """
    try:
        return staff.find(written)
    except NobodyFound as error:
        rule = str(error).removeprefix(f"{error.field}: ")
        raise NobodyFound(f"{field}: {rule}", field) from error


def _can_sign_in(staff: Staff, circle: Iterable[str]) -> bool:
    refs = frozenset(circle)
    for user in staff.users:
        if user.role is Role.FIRM:  # who sees tasks, and no ticket
            continue
        own = staff.own(user)
        departments = {f"department:{each.id}" for ref in own for each in staff.departments_of(ref)}
        if user.active and not refs.isdisjoint(own | departments):
            return True
    return False


async def _merged(session: AsyncSession, row: TicketRow) -> list[TicketRow]:
    """The tickets that are the same matter, which one would read it in."""
    query = select(TicketRow).where(TicketRow.merged_into == row.id)
    return list(await session.scalars(query))
