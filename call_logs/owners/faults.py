"""Known faults: announced by a person, told to callers of the place, ended by time or by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from call_logs.storage.database import Database, changed, now_of
from call_logs.storage.errors import NotFound, ValueRefused
from call_logs.storage.once import key_of, made_before, note_made
from call_logs.storage.readable import readable
from call_logs.tables.faults import FaultReportRow, FaultRow
from call_logs.users.actor import Actor
from call_logs.users.permissions import Permission

__all__ = ["FaultRefused", "Faults", "KnownFault", "NewFault", "known_faults"]

MOST_BUILDINGS = 200
LONGEST_BUILDING = 40
LONGEST_WORDS = 200  # a caller hears them out
FARTHEST = timedelta(days=30)
LISTED = 50
_WRONG_CATEGORY = "category of a known fault must be one of the site's categories"


class FaultRefused(ValueRefused):
    """A fault cannot be announced so; the message names the field and the rule."""


@dataclass(frozen=True)
class NewFault:
    """What is announced. Without buildings it is the whole site."""

    category: str
    buildings: tuple[str, ...] = ()
    until: datetime | None = None
    words: str = field(default="", repr=False)


@dataclass(frozen=True)
class KnownFault:
    id: int
    category: str
    buildings: tuple[str, ...]
    until: datetime | None
    words: str = field(repr=False)
    announced_by: str
    announced_at: datetime
    ended_by: str
    ended_at: datetime | None
    added: int  # how many callers have added themselves

    def is_told(self, now: datetime) -> bool:
        return self.ended_at is None and (self.until is None or self.until > now)

    def concerns(self, building: str) -> bool:
        return not self.buildings or building in self.buildings


class Faults:
    """Each method is a transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._categories: Callable[[str], Collection[str]] = lambda wanted: (wanted,)

    def of_categories(self, categories: Callable[[], Iterable[str]]) -> None:
        """Name those that languages have a word for: callers can be told of no other one.
        `categories` is asked on a thread, the first time that somebody announces."""
        known = cache(lambda: frozenset(categories()))
        self._categories = lambda wanted: known()

    async def announce(self, new: NewFault, actor: Actor, *, key: str = "") -> KnownFault:
        """From now on callers hear of it. Sent again under one `key` it is one.

        Raises:
            NotAllowed.
            FaultRefused: a field cannot be so; the message names it and the rule.
        """
        actor.check(Permission.ANNOUNCE)
        now = self._database.clock.now()
        clean = _checked(new, now)
        if clean.category not in await asyncio.to_thread(self._categories, clean.category):
            raise FaultRefused(_WRONG_CATEGORY, "category")
        key = key_of(key, clean)
        async with self._database.session() as session:
            made = await made_before(session, "announce", key, actor.name)
            if made is not None:
                return await _fault(session, await session.get_one(FaultRow, *made))
            row = FaultRow(
                category=clean.category,
                buildings="\n".join(clean.buildings),
                until=clean.until,
                words=clean.words,
                announced_by=actor.name,
                announced_at=now,
                ended_by="",
                ended_at=None,
            )
            session.add(row)
            await session.flush()
            await note_made(session, "announce", key, actor.name, [row.id])
            changed(session, "fault", row.id)
            return await _fault(session, row)

    async def end(self, fault_id: int, actor: Actor) -> KnownFault:
        """Nobody hears of it any more. The first who ends it stands there.

        Raises:
            NotAllowed, NotFound.
        """
        actor.check(Permission.ANNOUNCE)
        async with self._database.session() as session:
            row = await session.get(FaultRow, fault_id, with_for_update=True)
            if row is None:
                raise NotFound(f"there is no known fault {fault_id}")
            if row.ended_at is None:
                row.ended_at, row.ended_by = now_of(session), actor.name
                changed(session, "fault", row.id)
            return await _fault(session, row)

    async def told_now(self) -> tuple[KnownFault, ...]:
        """What callers are told in this moment, the latest first."""
        now = self._database.clock.now()
        query = select(FaultRow).where(
            FaultRow.ended_at.is_(None), or_(FaultRow.until.is_(None), FaultRow.until > now)
        )
        async with self._database.reading() as session:
            rows = await readable(session, query.order_by(FaultRow.id.desc()), lambda row: row)
            return tuple([await _fault(session, row) for row in rows])

    async def list(self) -> tuple[KnownFault, ...]:
        """The latest announcements, also those that are over."""
        query = select(FaultRow).order_by(FaultRow.id.desc()).limit(LISTED)
        async with self._database.reading() as session:
            rows = await readable(session, query, lambda row: row)
            return tuple([await _fault(session, row) for row in rows])

    async def add(self, fault_id: int, ticket_id: int) -> None:
        """Somebody is affected too, and has this ticket; said twice it is one."""
        async with self._database.session() as session:
            if await session.get(FaultReportRow, (fault_id, ticket_id)) is None:
                session.add(FaultReportRow(fault_id=fault_id, ticket_id=ticket_id))
                changed(session, "fault", fault_id)

    async def tickets(self, fault_id: int) -> tuple[int, ...]:
        query = select(FaultReportRow.ticket_id).where(FaultReportRow.fault_id == fault_id)
        async with self._database.reading() as session:
            return tuple(await session.scalars(query.order_by(FaultReportRow.ticket_id)))


def _checked(new: NewFault, now: datetime) -> NewFault:
    category = new.category.strip()
    if not category or len(category) > 64:
        raise FaultRefused(_WRONG_CATEGORY, "category")
    buildings = tuple(dict.fromkeys(filter(None, map(_building, new.buildings))))
    if len(buildings) > MOST_BUILDINGS:
        raise FaultRefused(f"buildings of a known fault: at most {MOST_BUILDINGS}", "buildings")
    if any(len(each) > LONGEST_BUILDING for each in buildings):
        raise FaultRefused(
            f"buildings of a known fault: each of at most {LONGEST_BUILDING} letters",
            "buildings",
        )
    if new.until is not None and not now < new.until <= now + FARTHEST:
        raise FaultRefused(
            f"until of a known fault must be in the next {FARTHEST.days} days", "until"
        )
    words = " ".join(new.words.replace("\0", "").split())
    if len(words) > LONGEST_WORDS:
        raise FaultRefused(f"words of a known fault: at most {LONGEST_WORDS} letters", "words")
    return NewFault(category, buildings, new.until, words)


def _building(text: str) -> str:
    """As callers' places have it: 3, not 3号楼."""
    name = text.replace("\0", "").strip()
    for ending in ("号楼", "栋", "幢", "동"):
        name = name.removesuffix(ending)
    return name.strip()


async def _fault(session: AsyncSession, row: FaultRow) -> KnownFault:
    count = select(func.count()).where(FaultReportRow.fault_id == row.id)
    return KnownFault(
        id=row.id,
        category=row.category,
        buildings=tuple(filter(None, row.buildings.split("\n"))),
        until=row.until,
        words=row.words,
        announced_by=row.announced_by,
        announced_at=row.announced_at,
        ended_by=row.ended_by,
        ended_at=row.ended_at,
        added=await session.scalar(count) or 0,
    )


def known_faults(faults: Iterable[KnownFault], building: str) -> tuple[KnownFault, ...]:
    """Those that concern a caller of this building; without one the whole site's."""
    return tuple(each for each in faults if each.concerns(building))
