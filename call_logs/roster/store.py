"""The roster in the database: `store.roster`. Each public method is one transaction.

A change is checked against the whole roster before it is written, so what is kept can
always be rung by; and every change keeps who made it, and what was before.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from call_logs.roster.checks import dial_problems, reference_problems
from call_logs.roster.documents import Document, Entry, EntryKind, Value, entry_of
from call_logs.roster.errors import ImportFailed, ImportProblem
from call_logs.roster.fields import Fields
from call_logs.roster.readers import build_roster, read_entry
from call_logs.roster.reading import RosterChange, RosterReader, SavedEntry, saved_entry
from call_logs.roster.rows import (
    broken_keys,
    delete_row,
    entry_from,
    has_row,
    known_rows,
)
from call_logs.roster.toml_file import read_roster_toml
from call_logs.storage.background import in_background
from call_logs.storage.database import changed
from call_logs.storage.errors import NotFound, VersionConflict
from call_logs.tables.roster import RosterChangeRow, RosterEntryRow
from call_logs.users.actor import CONFIG, Actor
from call_logs.users.permissions import Permission
from call_logs.users.store import end_sessions_of_firms

__all__ = ["RosterChange", "RosterStore", "SavedEntry"]

IMPORT_WAIT_S = 30.0
_ADVISORY_LOCK = 0x686F746C_726F7374  # "hotlrost": ours alone in the database


class RosterStore(RosterReader):
    """People, schedules, overrides, leave, holidays, policies and lines, and what changes them."""

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
            return saved_entry(await session.get_one(RosterEntryRow, (kind.value, entry.id)))

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

    @asynccontextmanager
    async def _writing(self, wait_s: float | None = None) -> AsyncIterator[AsyncSession]:
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
        off = [key for key, each in wanted.items() if each.document.get("active") is False]
        gone = [f"{kind}:{id_}" for kind, id_ in (*leaving, *off)]
        if gone:
            await end_sessions_of_firms(session, gone)
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
