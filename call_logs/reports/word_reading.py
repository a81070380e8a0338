"""Reading what the growing words are found in: the texts of the time and of the weeks before."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from call_logs.reports.growth import WEEKS, GrowingWord, Said, growing
from call_logs.reports.pages import pages
from call_logs.reports.phrases import without_names
from call_logs.storage.background import in_background
from call_logs.storage.database import Database
from call_logs.storage.sealed_rows import SealedRows
from call_logs.tables.owners import OwnerRow
from call_logs.tables.tickets import TicketRow

__all__ = ["read_words"]

WEEK = timedelta(days=7)
_READ = ("id", "opened_at", "text", "name", "caller_hash", "callback_hash")


async def read_words(
    database: Database, staff: Iterable[str], start: datetime, end: datetime
) -> tuple[GrowingWord, ...]:
    """Of the tickets that were opened from `start` until before `end`, against the weeks before.
    `staff`: names of people, none of which is a word."""
    sealed = SealedRows(database, TicketRow, _READ)
    people = frozenset(name for name in staff if len(name) > 1)
    said: list[Said] = []
    names: set[str] = set()

    def read(row: TicketRow) -> None:
        names.add(row.name)
        said.append(
            Said(
                ticket=row.id,
                owner=row.caller_hash or row.callback_hash or row.id,
                week=0 if row.opened_at >= start else 1 + (start - row.opened_at) // WEEK,
                text=without_names(row.text, {row.name, *people}),
            )
        )

    first = start - WEEKS * WEEK + timedelta(microseconds=1)  # a moment of the ninth week else
    opened = (TicketRow.opened_at >= first, TicketRow.opened_at < end)
    async for rows in pages(database, sealed, opened):
        await sealed.open(rows, read)
    found = await in_background(growing, said)
    if found:
        names |= people | await _owners(database)
        known = {name.casefold() for name in names if len(name) > 1}
        found = await in_background(_without, found, known)
    return found


async def _owners(database: Database) -> set[str]:
    sealed = SealedRows(database, OwnerRow, ("number_hash", "name"))
    async with database.reading() as session:
        rows = (await session.execute(sealed.select())).all()
    return set(await sealed.open(rows, lambda row: row.name))


def _without(words: Sequence[GrowingWord], names: Iterable[str]) -> tuple[GrowingWord, ...]:
    """Those that are no name, and no part of one."""
    all_names = "\n".join(names)
    return tuple(
        each
        for each in words
        if each.word not in all_names and not any(name in each.word for name in names)
    )
