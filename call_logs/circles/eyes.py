"""May this one see this ticket: `store.eyes`, for whoever has no query of the store's to ask.

Reads need not ask: what a viewer's task reads is narrowed already (`call_logs.viewing.guard`). Who
sends a message, plays a file or answers an address does.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from sqlalchemy import or_, select

from call_logs.staff.store import StaffStore
from call_logs.staff.viewers import Directory, PrivacyRules
from call_logs.storage.database import Database
from call_logs.storage.keys import Keys
from call_logs.tables.calls import CallRow
from call_logs.tables.recordings import RecordingRow
from call_logs.tables.tickets import TicketRow
from call_logs.users.actor import Actor
from call_logs.users.user import User
from call_logs.viewing.viewer import PROGRAM, Viewer, looking, viewer_now

__all__ = ["Eyes", "Sight"]


class Sight(StrEnum):
    """What a viewer has of a ticket."""

    NONE = "none"  # there is no such ticket
    KEPT_BACK = "kept_back"  # there is one, and the viewer is not to know
    OPEN = "open"
    SENSITIVE = "sensitive"  # the viewer is of those who know; why they look is written down


class Eyes:
    def __init__(
        self, database: Database, keys: Keys, staff: StaffStore, rules: PrivacyRules
    ) -> None:
        self._database = database
        self._keys = keys
        self._staff = staff
        self.rules = rules

    async def of_user(self, actor: Actor, user: User) -> Viewer:
        """A user of the pages, who acts as `actor`."""
        return (await self._directory()).of_user(actor, user)

    async def of_ref(self, ref: str) -> Viewer:
        """Whoever a reference of the directory means."""
        return (await self._directory()).of_ref(ref)

    async def _directory(self) -> Directory:
        return Directory(await self._staff.current(), self._keys, self.rules)

    async def may_see(self, ref: str, ticket_id: int) -> bool:
        """Whether somebody of the directory may see a ticket: before they are told of it."""
        with looking(await self.of_ref(ref)):
            return await self.sight(ticket_id) in (Sight.OPEN, Sight.SENSITIVE)

    async def sight(self, ticket_id: int) -> Sight:
        """What whoever looks now has of a ticket."""
        async with self._database.reading() as session:
            query = select(TicketRow.sensitive_at).where(TicketRow.id == ticket_id)
            row = (await session.execute(query)).one_or_none()
            if row is not None:
                return Sight.OPEN if row.sensitive_at is None else Sight.SENSITIVE
            if viewer_now() is PROGRAM:
                return Sight.NONE
        with looking(PROGRAM):
            found = await self.sight(ticket_id)
        return Sight.NONE if found is Sight.NONE else Sight.KEPT_BACK

    async def seen(self, ticket_ids: Iterable[int]) -> frozenset[int]:
        """Those of the tickets that whoever looks now may see."""
        async with self._database.reading() as session:
            query = select(TicketRow.id).where(TicketRow.id.in_(sorted(set(ticket_ids))))
            return frozenset(await session.scalars(query))

    async def ticket_of_call(self, call_id: str) -> int | None:
        """The ticket that a call belongs to, also one that whoever looks may not see."""
        about = select(CallRow.ticket_id).where(CallRow.id == call_id).scalar_subquery()
        query = select(TicketRow.id).where(or_(TicketRow.call_id == call_id, TicketRow.id == about))
        with looking(PROGRAM):
            async with self._database.reading() as session:
                ticket_id: int | None = await session.scalar(query.limit(1))
                return ticket_id

    async def call_of_recording(self, recording_id: str) -> str | None:
        query = select(RecordingRow.call_id).where(RecordingRow.id == recording_id)
        with looking(PROGRAM):
            async with self._database.reading() as session:
                call_id: str | None = await session.scalar(query)
                return call_id
