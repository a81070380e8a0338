"""Test calls of alarm lines: that they came, and which did not.

A lift telephone calls by itself, daily or every third day (EN 81-28), so that somebody
notices when it cannot. A test call opens no ticket; one that stays away is a warning.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from call_logs.roster.addresses import KnownLine
from call_logs.storage.checks import Check, Checks, Severity
from call_logs.storage.database import Database
from call_logs.storage.rows import SettingRow

NAME = "test calls"
#: A telephone's clock is not ours, and its line may be busy at first.
LATE = 1.25


class LineTests:
    """When each line that must call for a test did so last. A line's time runs from the
    first look at it."""

    def __init__(
        self,
        database: Database,
        checks: Checks,
        lines: Callable[[], Awaitable[tuple[KnownLine, ...]]],
    ) -> None:
        self._database = database
        self._lines = lines
        checks.register(NAME, self.look)

    async def came(self, line_id: str, at: datetime | None = None) -> None:
        """A test call came by this line."""
        value = (at or self._database.clock.now()).isoformat()
        async with self._database.session() as session:
            row = await session.get(SettingRow, _name(line_id))
            if row is None:
                session.add(SettingRow(name=_name(line_id), value=value))
            else:
                row.value = value

    async def look(self, now: datetime | None = None) -> Check:
        """Which lines have not called for a test in time."""
        moment = now or self._database.clock.now()
        lines = [line for line in await self._lines() if line.test_every_h]
        late: list[str] = []
        for line in lines:
            last = await self._last(line.id)
            if last is None:
                await self.came(line.id, moment)
            elif moment - last > timedelta(hours=line.test_every_h * LATE):
                late.append(f"{line.name or line.id} (last {last:%Y-%m-%d %H:%M} UTC)")
        if late:
            detail = f"no test call from {', '.join(late)}: see that the telephone works"
        elif lines:
            detail = f"{len(lines)} lines call for a test in time"
        else:
            detail = "no line has to call for a test"
        return Check(NAME, not late, detail, Severity.DEGRADED)

    async def _last(self, line_id: str) -> datetime | None:
        async with self._database.reading() as session:
            row = await session.get(SettingRow, _name(line_id))
        return datetime.fromisoformat(row.value) if row is not None else None


def _name(line_id: str) -> str:
    """Of the line's row: ids may be longer than names."""
    return f"test:{hashlib.sha256(line_id.encode()).hexdigest()[:32]}"
