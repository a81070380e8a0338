"""The roster in the database: `store.roster`. Each public method is one transaction.

A change is checked against the whole roster before it is written, so what is kept can
always be rung by; and every change keeps who made it, and what was before.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from call_logs.roster.checks import dial_problems, reference_problems
from call_logs.roster.dialling import Dialling
from call_logs.roster.documents import Document, Entry, EntryKind, Value, entry_of
from call_logs.roster.errors import ImportFailed, ImportProblem
from call_logs.roster.fields import Fields
from call_logs.roster.readers import build_roster, read_entry
from call_logs.roster.roster import Roster
from call_logs.roster.rows import (
    broken_keys,
    delete_row,
    entries_query,
    entry_from,
    has_row,
    known_rows,
)
from call_logs.roster.toml_file import read_roster_toml
from call_logs.storage.background import in_background
from call_logs.storage.checks import Check, Severity
from call_logs.storage.database import WRITE_WAIT_S, Database, changed
from call_logs.storage.errors import NotFound, StoreBusy, VersionConflict
from call_logs.storage.keys import Keys
from call_logs.storage.readable import readable
from call_logs.tables.roster import RosterChangeRow, RosterEntryRow
from call_logs.users.actor import CONFIG, Actor
from call_logs.users.permissions import Permission

__all__ = ["RosterChange", "RosterStore", "SavedEntry"]

log = logging.getLogger(__name__)

CHECK = "roster contacts"
CURRENT_WAIT_S = 0.5  # a caller waits: longer, and the last known roster is used
IMPORT_WAIT_S = 30.0
HISTORY_PAGE = 100
_ADVISORY_LOCK = 0x686F746C_726F7374  # "hotlrost": ours alone in the database


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


class RosterStore:
    """People, schedules, overrides, leave, holidays, policies and lines."""

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
            return tuple(await readable(session, entries_query(kind), _saved))

    async def get(self, kind: EntryKind, id_: str) -> SavedEntry:
        """Raises:
        NotFound: there is none.
        """
        async with self._database.reading() as session:
            row = await session.get(RosterEntryRow, (kind.value, id_))
            if row is None:
                raise NotFound(f"there is no {kind} `{id_}` on the roster")
            return _saved(row)

    async def save(
        self,
        kind: EntryKind,
        document: Mapping[str, object],
        actor: Actor,
        *,
        version: int | None = None,
    ) -> SavedEntry:
        """Add an entry, or change the one with the same id. `version` is the one that was
        read; None overwrites whatever is there.

        Raises:
            NotAllowed: the actor has no right to change the roster.
            ImportFailed: every mistake in the document, or that it would make elsewhere.
            VersionConflict: somebody else changed it meanwhile.
        """
        actor.check(Permission.MANAGE_ROSTER)
        problems: list[ImportProblem] = []
        fields = Fields(document, kind.value, problems, self._zone, self._region)
        value = await asyncio.to_thread(read_entry, kind, fields)
        if problems or value is None:
            raise ImportFailed(kind.value, problems)
        entry = entry_of(value)
        async with self._writing() as session:
            if version is not None:
                row = await session.get(RosterEntryRow, (kind.value, entry.id))
                actual = row.version if row else 0
                if actual != version:
                    raise VersionConflict(
                        f"{kind} `{entry.id}` was changed by somebody else; open it again",
                        expected=version,
                        actual=actual,
                    )
            await self._apply(session, [entry], actor, source=kind.value)
            return _saved(await session.get_one(RosterEntryRow, (kind.value, entry.id)))

    async def save_all(
        self,
        values: Iterable[Value],
        actor: Actor,
        *,
        source: str,
        remove: Callable[[Entry], bool] = lambda _: False,
    ) -> int:
        """Save entries together, or none of them; gives how many changed. An entry that is
        there already, is not among `values` and for which `remove` says so, goes.

        Raises:
            NotAllowed: the actor has no right to change the roster.
            ImportFailed: every mistake that they would make in the whole.
        """
        actor.check(Permission.MANAGE_ROSTER)
        entries = [entry_of(value) for value in values]
        async with self._writing(IMPORT_WAIT_S) as session:
            return await self._apply(session, entries, actor, source=source, remove=remove)

    async def import_toml(self, text: str, actor: Actor, *, source: str = "roster.toml") -> int:
        """Save every entry of a roster file, or none; gives how many changed. Entries that
        the file does not name stay.

        Raises:
            NotAllowed: the actor has no right to change the roster.
            ImportFailed: every mistake in the file, with its line.
        """
        actor.check(Permission.MANAGE_ROSTER)
        entries = await in_background(read_roster_toml, text, source, self._zone, self._region)
        async with self._writing(IMPORT_WAIT_S) as session:
            return await self._apply(session, entries, actor, source=source)

    async def import_first(self, path: Path) -> int:
        """Import the roster file that the configuration names, when there is no roster yet:
        later changes belong to the dashboard, and a restart does not undo them.

        Raises:
            ImportFailed: every mistake in the file, or that it cannot be read.
        """
        async with self._database.reading() as session:
            if await session.scalar(select(RosterEntryRow.id).limit(1)) is not None:
                return 0
        try:
            text = await asyncio.to_thread(path.read_text, encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            problem = ImportProblem("file", f"cannot be read: {error}")
            raise ImportFailed(str(path), [problem]) from error
        return await self.import_toml(text, CONFIG, source=str(path))

    async def remove(self, kind: EntryKind, id_: str, actor: Actor) -> None:
        """Take an entry off the roster.

        Raises:
            NotAllowed: the actor has no right to change the roster.
            NotFound: there is none.
            ImportFailed: others still name it; the message says which.
        """
        actor.check(Permission.MANAGE_ROSTER)
        async with self._writing() as session:
            if not await has_row(session, kind, id_):
                raise NotFound(f"there is no {kind} `{id_}` on the roster")
            await self._apply(
                session,
                [],
                actor,
                source=f"{kind} {id_}",
                remove=lambda entry: (entry.kind, entry.id) == (kind, id_),
            )

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

    @asynccontextmanager
    async def _writing(self, wait_s: float = WRITE_WAIT_S) -> AsyncIterator[AsyncSession]:
        """A transaction that no other change of the roster runs beside: two changes that are
        right each by itself could be wrong together. SQLite has one writer anyway; locks on
        rows would not do on PostgreSQL, where a new row is not seen by who waited for them."""
        async with self._database.session(wait_s) as session:
            if not self._database.is_sqlite:
                await session.execute(select(func.pg_advisory_xact_lock(_ADVISORY_LOCK)))
            yield session

    async def _apply(
        self,
        session: AsyncSession,
        entries: Iterable[Entry],
        actor: Actor,
        *,
        source: str,
        remove: Callable[[Entry], bool] = lambda _: False,
    ) -> int:
        """Write entries, remove others, and check the whole that results."""
        wanted = {(entry.kind, entry.id): entry for entry in entries}
        rows = {(EntryKind(row.kind), row.id): row for row in await known_rows(session)}
        history: list[RosterChangeRow] = []
        for kind, id_ in await broken_keys(session, rows):
            if (kind, id_) in wanted or remove(Entry(kind, id_, {})):
                await delete_row(session, kind, id_)
                history.append(_change("removed", (kind, id_), None, None))
        leaving = [
            key for key, row in rows.items() if key not in wanted and remove(entry_from(row))
        ]
        after = [entry_from(row) for key, row in rows.items() if key not in {*wanted, *leaving}]
        before = [entry_from(row) for row in rows.values()]
        new = [
            entry
            for key, entry in wanted.items()
            if key not in rows or rows[key].document != entry.document
        ]
        await asyncio.to_thread(self._check, before, [*after, *wanted.values()], new, source)
        now = self._database.clock.now()
        last = max((row.position for row in rows.values()), default=0)
        for key in leaving:
            history.append(_change("removed", key, rows[key].document, None))
            await session.delete(rows[key])
        for key, entry in wanted.items():
            row = rows.get(key)
            if row is not None and row.document == entry.document:
                continue
            if row is None:
                last += 1
                session.add(
                    RosterEntryRow(
                        kind=entry.kind.value,
                        id=entry.id,
                        position=last,
                        document=entry.document,
                        version=1,
                        updated_at=now,
                    )
                )
                history.append(_change("added", key, None, entry.document))
            else:
                history.append(_change("changed", key, row.document, entry.document))
                row.document, row.version, row.updated_at = entry.document, row.version + 1, now
        for change in history:
            change.at, change.actor = now, actor.name
            session.add(change)
            changed(session, "roster", change.entry_id)
        await session.flush()
        return len(history)

    def _check(
        self, before: Iterable[Entry], after: Sequence[Entry], new: Iterable[Entry], source: str
    ) -> None:
        """Refuse what makes the whole worse; a fault that was there before is not new. And
        contacts that would not be dialled when it counts."""
        known = set(reference_problems(build_roster(before, self._zone, self._region)[0]))
        places = {f"{entry.kind} {entry.id}": entry.where for entry in after if entry.where}
        roster, _ = build_roster(after, self._zone, self._region)
        added, _ = build_roster(new, self._zone, self._region)
        problems = [
            ImportProblem(places.get(problem.where, problem.where), problem.message)
            for problem in (
                *(each for each in reference_problems(roster) if each not in known),
                *dial_problems(added.people, self._dialling),
            )
        ]
        if problems:
            raise ImportFailed(source, problems)


def _change(
    action: str, key: tuple[EntryKind, str], before: Document | None, after: Document | None
) -> RosterChangeRow:
    return RosterChangeRow(
        action=action, kind=key[0].value, entry_id=key[1], before=before, after=after
    )


async def _revision(session: AsyncSession) -> int:
    return await session.scalar(select(func.max(RosterChangeRow.id))) or 0


def _saved(row: RosterEntryRow) -> SavedEntry:
    return SavedEntry(EntryKind(row.kind), row.id, row.document, row.version, row.updated_at)
