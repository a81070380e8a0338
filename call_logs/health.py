"""Whether the memory works: for `/healthz`, `hotline doctor` and the system page."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import text

from call_logs.recordings.files import LOW_DISK_BYTES
from call_logs.recordings.store import Recordings
from call_logs.recordings.transcript import TranscriptStatus
from call_logs.recordings.transcripts import Transcripts
from call_logs.storage.checks import Check, Severity, looked
from call_logs.storage.database import Database
from call_logs.storage.errors import StoreBusy
from call_logs.storage.journal import Journal

DATABASE_WAIT_S = 3.0


class HealthStatus(StrEnum):
    """The worst of all checks."""

    OK = "ok"
    DEGRADED = "degraded"
    FAILED = "failed"


@dataclass(frozen=True)
class Health:
    checks: tuple[Check, ...]

    @property
    def ok(self) -> bool:
        return self.status is HealthStatus.OK

    @property
    def status(self) -> HealthStatus:
        wrong = {check.severity for check in self.checks if not check.ok}
        if Severity.FAILED in wrong:
            return HealthStatus.FAILED
        return HealthStatus.DEGRADED if wrong else HealthStatus.OK


async def look(
    database: Database, journal: Journal, recordings: Recordings, transcripts: Transcripts
) -> tuple[Check, ...]:
    """Never raises for what it is there to find out."""
    checks = [
        await looked("database", lambda: _database(database)),
        await looked("journal", lambda: _journal(journal)),
        await looked("disk", lambda: _disk(recordings)),
        await looked("rows", lambda: _rows(database)),
        await looked("recordings", lambda: _recordings(recordings)),
    ]
    if checks[0].ok:
        checks.append(await looked("transcripts", lambda: _transcripts(transcripts)))
    return tuple(checks)


async def _database(database: Database) -> Check:
    try:
        async with asyncio.timeout(DATABASE_WAIT_S), database.reading() as session:
            await session.execute(text("SELECT 1"))
    except (StoreBusy, TimeoutError):
        return Check("database", False, "does not answer: see that it runs and its disk has space")
    return Check("database", True, "answers")


def _journal(journal: Journal) -> Check:
    problem = journal.problem
    return Check("journal", not problem, problem or f"{journal.waiting} writes wait")


def _rows(database: Database) -> Check:
    """Rows that were met and could not be read."""
    broken = str(database.unreadable)
    advice = f"cannot be read and are left out: {broken}; a backup may have them whole"
    fact = advice if broken else "every row that was read is whole"
    return Check("rows", not broken, fact, Severity.DEGRADED)


def _recordings(recordings: Recordings) -> Check:
    problems = recordings.problems
    return Check("recordings", not problems, "; ".join(problems) or "every call is being recorded")


async def _disk(recordings: Recordings) -> Check:
    try:
        free = await recordings.free_bytes()
    except OSError as error:
        return Check("disk", False, f"the recordings folder cannot be used: {error.strerror}")
    megabytes = free // 1_000_000
    if free < LOW_DISK_BYTES:
        return Check("disk", False, f"only {megabytes} MB are free for recordings: make space")
    return Check("disk", True, f"{megabytes} MB are free for recordings")


async def _transcripts(transcripts: Transcripts) -> Check:
    counts = await transcripts.counts()
    failed = counts[TranscriptStatus.FAILED]
    parts = ", ".join(f"{counts[status]} {status}" for status in TranscriptStatus)
    return Check("transcripts", True, parts + (": see the system page for why" if failed else ""))
