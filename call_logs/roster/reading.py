"""The roster as it is read: the one to ring by, kept in memory; its entries; its history."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from call_logs.roster.checks import dial_problems, reference_problems
from call_logs.roster.dialling import Dialling
from call_logs.roster.documents import Document, Entry, EntryKind
from call_logs.roster.errors import ImportProblem
from call_logs.roster.readers import build_roster
from call_logs.roster.roster import Roster
from call_logs.roster.rows import (
    entries_query,
    entry_from,
)
from call_logs.storage.checks import Check, Severity
from call_logs.storage.database import Database
from call_logs.storage.errors import NotFound, StoreBusy
from call_logs.storage.keys import Keys
from call_logs.storage.readable import readable
from call_logs.tables.roster import RosterChangeRow, RosterEntryRow

__all__ = ["RosterChange", "RosterReader", "SavedEntry", "saved_entry"]

log = logging.getLogger(__name__)

CHECK = "roster contacts"
CURRENT_WAIT_S = 0.5  # a caller waits: longer, and the last known roster is used
HISTORY_PAGE = 100


@dataclass(frozen=True)
class SavedEntry:
    """An entry as it is kept. Give `version` back when it is changed."""

    kind: EntryKind
    id: str
    document: Document = field(repr=False)
    version: int
    updated_at: datetime


@dataclass(frozen=True)
class RosterChange:
    """One line of the history; `before` is None for a new entry, `after` for a removed one."""

    id: int
    at: datetime
    actor: str
    action: str  # added, changed, removed
    kind: str
    entry_id: str
    before: Document | None = field(repr=False)
    after: Document | None = field(repr=False)


class RosterReader:
    """The roster as it is kept and as it was."""

    def __init__(
        self,
        database: Database,
        keys: Keys,
        region: str,
        zone: ZoneInfo | None = None,
        dialling: Dialling | None = None,
    ) -> None:
        """`region` and `zone` are those of numbers and times that name none; `dialling` is
        what contacts must obey when they are saved."""
        self._database = database
        self._region = region
        self._zone = zone or ZoneInfo("Asia/Shanghai")
        self._dialling = dialling or Dialling(region)
        self._ring_at_once: Callable[[], tuple[str, ...]] = tuple
        self._known: Roster | None = None
        self._undiallable: tuple[ImportProblem, ...] = ()
        self._building: tuple[int, asyncio.Future[None]] | None = None

    def ring_together(self, categories: Callable[[], Iterable[str]]) -> None:
        """Name the categories whose built-in policy rings everybody on call together.
        `categories` is asked on a thread, the first time that the roster is read."""
        self._ring_at_once = cache(lambda: tuple(categories()))

    async def current(self) -> Roster:
        """The roster as it is now. When the database does not answer within
        `CURRENT_WAIT_S`, the last one that this process has read.

        Raises:
            StoreBusy: the database is away and no roster was read before.
        """
        try:
            async with asyncio.timeout(CURRENT_WAIT_S):
                fresh = await self._fresh()
        except (TimeoutError, StoreBusy) as error:
            if self._known is None:
                raise StoreBusy(
                    "the database does not answer and the roster was not read yet; "
                    "see `hotline doctor`"
                ) from error
            log.warning("database away, the last known roster is used")
            return self._known
        if fresh is not None:
            await self._learn(*fresh)
        assert self._known is not None  # nothing fresh: it is what we know
        return self._known

    async def read(self) -> Roster:
        """The roster as it is now, however long the database takes.

        Raises:
            StoreBusy: the database is away.
        """
        if (fresh := await self._fresh()) is not None:
            await asyncio.shield(self._begin_building(*fresh))
        assert self._known is not None
        return self._known

    async def _fresh(self) -> tuple[int, list[Entry]] | None:
        """Revision and entries, when they are not those that we know."""
        async with self._database.reading() as session:
            revision = await _revision(session)
            if self._known is not None and self._known.revision == revision:
                return None
            return revision, await readable(session, entries_query(), entry_from)

    async def _learn(self, revision: int, entries: list[Entry]) -> None:
        """Build the roster beside the event loop; a caller is not kept waiting for a large
        one while there is an older one to ring by."""
        building = self._begin_building(revision, entries)
        if self._known is None:
            await asyncio.shield(building)
            return
        done, _ = await asyncio.wait({building}, timeout=CURRENT_WAIT_S)
        if done:
            building.result()

    def _begin_building(self, revision: int, entries: list[Entry]) -> asyncio.Future[None]:
        if self._building is None or self._building[0] != revision or self._building[1].done():
            work = asyncio.to_thread(self._build, revision, entries)
            self._building = revision, asyncio.ensure_future(work)
        return self._building[1]

    def _build(self, revision: int, entries: list[Entry]) -> None:
        roster, problems = build_roster(entries, self._zone, self._region, revision)
        roster = replace(roster, ring_at_once=self._ring_at_once())
        if problems:
            # Checked when saved, so this is a changed region, or a file put back by hand.
            log.error("roster entries cannot be used", extra={"problems": len(problems)})
        if self._known is None or self._known.revision < revision:
            self._undiallable = dial_problems(roster.people, self._dialling)
            self._known = roster

    async def check(self) -> Check:
        """Contacts that were saved under another configuration and would not be rung now."""
        await self.current()
        people = sorted({problem.where for problem in self._undiallable})
        if not people:
            return Check(CHECK, True, "every contact may be dialled")
        return Check(
            CHECK,
            False,
            f"{len(self._undiallable)} contacts would not be rung, of {', '.join(people)}: "
            "`hotline check` says which and why, and what to add to the configuration",
            Severity.DEGRADED,
        )

    async def problems(self) -> tuple[ImportProblem, ...]:
        """What in the kept roster cannot be used: for `hotline check` and the dashboard."""
        async with self._database.reading() as session:
            entries = await readable(session, entries_query(), entry_from)

        def look() -> tuple[ImportProblem, ...]:
            roster, problems = build_roster(entries, self._zone, self._region)
            undiallable = dial_problems(roster.people, self._dialling)
            return problems + reference_problems(roster) + undiallable

        return await asyncio.to_thread(look)

    async def entries(self, kind: EntryKind | None = None) -> tuple[SavedEntry, ...]:
        """Everything of a kind, in its order."""
        async with self._database.reading() as session:
            return tuple(await readable(session, entries_query(kind), saved_entry))

    async def get(self, kind: EntryKind, id_: str) -> SavedEntry:
        """Raises:
        NotFound: there is none.
        """
        async with self._database.reading() as session:
            row = await session.get(RosterEntryRow, (kind.value, id_))
            if row is None:
                raise NotFound(f"there is no {kind} `{id_}` on the roster")
            return saved_entry(row)

    async def history(
        self,
        *,
        kind: EntryKind | None = None,
        entry_id: str | None = None,
        before: int | None = None,
        limit: int = HISTORY_PAGE,
    ) -> tuple[RosterChange, ...]:
        """Changes, newest first; `before` is the id of the last one of the page before."""
        query = select(RosterChangeRow).order_by(RosterChangeRow.id.desc()).limit(limit)
        if kind is not None:
            query = query.where(RosterChangeRow.kind == kind.value)
        if entry_id is not None:
            query = query.where(RosterChangeRow.entry_id == entry_id)
        if before is not None:
            query = query.where(RosterChangeRow.id < before)
        async with self._database.reading() as session:
            return tuple(
                RosterChange(
                    row.id,
                    row.at,
                    row.actor,
                    row.action,
                    row.kind,
                    row.entry_id,
                    row.before,
                    row.after,
                )
                for row in await session.scalars(query)
            )


async def _revision(session: AsyncSession) -> int:
    return await session.scalar(select(func.max(RosterChangeRow.id))) or 0


def saved_entry(row: RosterEntryRow) -> SavedEntry:
    return SavedEntry(EntryKind(row.kind), row.id, row.document, row.version, row.updated_at)
