"""The roster's rows: read without the broken ones, which hide none of the others."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Select, delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from call_logs.roster.documents import Entry, EntryKind
from call_logs.storage.readable import readable
from call_logs.tables.roster import RosterEntryRow

__all__ = ["broken_keys", "delete_row", "entries_query", "entry_from", "has_row", "known_rows"]


def entries_query(kind: EntryKind | None = None) -> Select[RosterEntryRow]:
    """All entries, or those of a kind, in their order."""
    query = select(RosterEntryRow).order_by(RosterEntryRow.position, RosterEntryRow.id)
    return query if kind is None else query.where(RosterEntryRow.kind == kind.value)


def entry_from(row: RosterEntryRow) -> Entry:
    return Entry(EntryKind(row.kind), row.id, row.document)


async def known_rows(session: AsyncSession) -> list[RosterEntryRow]:
    """Those that can be read and are of a kind that this program knows."""

    def known(row: RosterEntryRow) -> RosterEntryRow:
        entry_from(row)
        return row

    return await readable(session, entries_query(), known)


async def broken_keys(
    session: AsyncSession, known: Collection[tuple[EntryKind, str]]
) -> list[tuple[EntryKind, str]]:
    """Entries that are there and not among the `known` ones: a new one takes their place."""
    kinds = frozenset(EntryKind)
    keys = (await session.execute(select(RosterEntryRow.kind, RosterEntryRow.id))).all()
    found = [(EntryKind(kind), id_) for kind, id_ in keys if kind in kinds]
    return [key for key in found if key not in known]


async def has_row(session: AsyncSession, kind: EntryKind, id_: str) -> bool:
    query = select(RosterEntryRow.id).where(
        RosterEntryRow.kind == kind.value, RosterEntryRow.id == id_
    )
    return await session.scalar(query) is not None


async def delete_row(session: AsyncSession, kind: EntryKind, id_: str) -> None:
    await session.execute(
        delete(RosterEntryRow).where(RosterEntryRow.kind == kind.value, RosterEntryRow.id == id_)
    )
