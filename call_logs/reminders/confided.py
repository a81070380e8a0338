"""Who of those who would be reminded of a ticket may know of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.orm import InstrumentedAttribute

from call_logs.circles.eyes import Eyes
from call_logs.reminders.parties import refs_of
from call_logs.reminders.reminder import SITE
from call_logs.staff.staff import Staff
from call_logs.tables.tickets import TicketRow
from call_logs.viewing.kept_back import Marks, is_about, is_kept_back
from call_logs.viewing.viewer import members_of

__all__ = ["MARKS", "Confided"]

# What of a ticket's row decides; plain, so that a text that cannot be opened hides nothing.
MARKS: tuple[InstrumentedAttribute[object], ...] = (
    TicketRow.sensitive_at,
    TicketRow.circle,
    TicketRow.about_hash,
    TicketRow.assignee,
)


class Confided:
    def __init__(self, eyes: Eyes) -> None:
        self._eyes = eyes

    async def told(
        self, row: Marks, parties: tuple[str, ...], staff: Staff, now: datetime
    ) -> tuple[str, ...]:
        """Of a confidential ticket only those are told who may see it; when that leaves nobody,
        whoever of its circle can be told. The site's own addresses are read by many."""
        if row.sensitive_at is None and row.about_hash is None:
            return parties
        known = await self._knowing(row, (each for each in parties if each != SITE))
        if known or row.sensitive_at is None:
            return known or await self._knowing(row, refs_of(staff.managers(now)))
        inside = [staff.acting(each, now) for each in members_of(row.circle)]
        people = [each for each in inside if each is not None and each.notices]
        return await self._knowing(row, refs_of(people))

    async def is_about(self, row: Marks, ref: str) -> bool:
        """Whether the ticket complains about whoever a reference means."""
        return row.about_hash is not None and is_about(row, await self._eyes.of_ref(ref))

    async def _knowing(self, row: Marks, refs: Iterable[str]) -> tuple[str, ...]:
        return tuple([ref for ref in refs if not is_kept_back(row, await self._eyes.of_ref(ref))])
