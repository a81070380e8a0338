"""The hours of the next month at which nobody could be reached, kept until the roster changes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from anyio.to_thread import run_sync

from call_logs import Store
from call_logs.roster import CoverageGap, Roster, coverage_gaps
from call_logs.storage import StoreError

__all__ = ["Coverage", "GapGroup"]

log = logging.getLogger(__name__)

RENEW = timedelta(hours=1)  # the month moves on although nobody changes the roster


@dataclass(frozen=True)
class GapGroup:
    """From `start` to `end` nobody could be reached about any of `categories`."""

    start: datetime
    end: datetime
    categories: tuple[str, ...]


class Coverage:
    """Asks `coverage_gaps` on a thread: once a roster, whoever looks."""

    def __init__(self, store: Store, categories: Sequence[str]) -> None:
        self._store = store
        self._categories = tuple(categories)
        self._looking = asyncio.Lock()
        self._revision: int | None = None
        self._looked_at = datetime.min.replace(tzinfo=UTC)
        self._gaps: tuple[GapGroup, ...] = ()

    async def gaps(self) -> tuple[GapGroup, ...]:
        """In the order of time; what ended since the last look is left out.

        Raises:
            StoreBusy: the roster was never read and the database is away.
        """
        roster = await self._store.roster.current()
        async with self._looking:
            now = self._store.clock.now()
            if roster.revision != self._revision or now - self._looked_at > RENEW:
                found = await run_sync(coverage_gaps, roster, self._categories, now)
                self._gaps = grouped(found)
                self._revision, self._looked_at = roster.revision, now
            return tuple(gap for gap in self._gaps if gap.end > now)

    async def gaps_or_none(self) -> tuple[GapGroup, ...] | None:
        """None when they cannot be told now: a banner is no reason for a page to fail."""
        try:
            return await self.gaps()
        except StoreError:
            log.warning("coverage gaps could not be looked for", exc_info=True)
            return None


def grouped(gaps: Sequence[CoverageGap]) -> tuple[GapGroup, ...]:
    """Gaps of the same hours are one group: nobody on shift concerns every category."""
    found: dict[tuple[datetime, datetime], list[str]] = {}
    for gap in gaps:
        found.setdefault((gap.start, gap.end), []).append(gap.category)
    groups = (GapGroup(start, end, tuple(names)) for (start, end), names in found.items())
    return tuple(sorted(groups, key=lambda group: (group.start, group.end)))


def nobody_at_all(roster: Roster) -> bool:
    """There is no roster yet: that is told by other words than a month of gaps."""
    return not any(person.active for person in roster.people)
