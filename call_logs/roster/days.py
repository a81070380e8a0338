"""The roster's holidays and make-up days alone, for whoever counts days within a transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from call_logs.roster.documents import EntryKind
from call_logs.roster.readers import build_roster
from call_logs.roster.rows import entries_query, entry_from
from call_logs.roster.shifts import SpecialDay
from call_logs.storage.readable import readable

__all__ = ["special_days"]


async def special_days(
    session: AsyncSession, zone: ZoneInfo, region: str
) -> Mapping[date, SpecialDay]:
    """Each day that is not what its weekday says; entries that cannot be read are passed over,
    as they are wherever the roster is read."""
    entries = await readable(session, entries_query(EntryKind.HOLIDAY), entry_from)
    return build_roster(entries, zone, region)[0].days
