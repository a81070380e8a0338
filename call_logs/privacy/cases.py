"""Which tickets are one case, and what holds it: nothing of a case goes before all of it may."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from call_logs.tables.dispatches import DispatchRow
from call_logs.tables.links import TicketLinkRow
from call_logs.tables.privacy import HoldRow
from call_logs.tables.risks import RiskRow
from call_logs.tables.ticket_kinds import TicketClass
from call_logs.tables.tickets import TicketRow

__all__ = ["SOME", "Case", "Member", "Standing", "cases_of", "in_parts", "in_ranges"]

SOME = 400  # ids in one question: every build of SQLite takes so many
MANY = 5000  # rows of a few columns in one transaction

Id = TypeVar("Id", int, str)


class Standing(StrEnum):
    """What of a case keeps all of it from being destroyed."""

    OVER = "over"  # nothing
    OPEN = "open"  # a ticket is not closed, a search or a risk goes on
    HELD = "held"  # somebody holds a ticket of it


@dataclass(frozen=True)
class Member:
    """A ticket of a case."""

    id: int
    number: str
    ticket_class: TicketClass
    closed_at: datetime | None
    merged: bool  # into another of the case, with which it ends
    purged_at: datetime | None

    @property
    def is_emptied(self) -> bool:
        """It was purged, and not worked on since."""
        return self.purged_at is not None and (
            self.closed_at is None or self.closed_at <= self.purged_at
        )


@dataclass(frozen=True)
class Case:
    members: tuple[Member, ...]
    standing: Standing


def in_parts(ids: Collection[Id]) -> Iterator[list[Id]]:
    ordered = sorted(ids)
    for start in range(0, len(ordered), SOME):
        yield ordered[start : start + SOME]


def in_ranges(ids: Collection[int]) -> Iterator[tuple[int, int, set[int]]]:
    """Some ids at a time, as the lowest, the highest and all: what asks for those between two
    needs no list of them."""
    ordered = sorted(ids)
    for start in range(0, len(ordered), MANY):
        part = ordered[start : start + MANY]
        yield part[0], part[-1], set(part)


async def cases_of(session: AsyncSession, ids: Collection[int]) -> Mapping[int, Case]:
    """Ticket -> its case: all that it was merged with, joined to or linked with, over any number
    of steps. An id that no ticket has is left out."""
    members: dict[int, Member] = {}
    near: dict[int, set[int]] = defaultdict(set)
    new = set(ids)
    while new:
        met: set[int] = set()
        for part in in_parts(new):
            for member, group in await _members(session, part):
                members[member.id] = member
                if group is not None:
                    met |= await _together(session, near, group)
            for one, other in await _ties(session, part):
                near[one].add(other)
                near[other].add(one)
                met |= {one, other}
        new = met - members.keys()
    held, busy = await _holding(session, members)
    cases: dict[int, Case] = {}
    for start in ids:
        if start in cases or start not in members:
            continue
        of = [members[each] for each in sorted(_reach(start, near)) if each in members]
        standing = Standing.OVER
        if any(each.id in busy or not (each.closed_at or each.merged) for each in of):
            standing = Standing.OPEN
        if any(each.id in held for each in of):
            standing = Standing.HELD
        case = Case(tuple(of), standing)
        cases |= {each.id: case for each in of}
    return cases


async def _members(session: AsyncSession, ids: Collection[int]) -> list[tuple[Member, int | None]]:
    """Each with the group that it is of."""
    rows = await session.execute(
        select(
            TicketRow.id,
            TicketRow.number,
            TicketRow.ticket_class,
            TicketRow.closed_at,
            TicketRow.merged_into,
            TicketRow.purged_at,
            TicketRow.group_id,
        ).where(TicketRow.id.in_(ids))
    )
    return [
        (
            Member(
                row.id,
                row.number or "",
                TicketClass(row.ticket_class),
                row.closed_at,
                row.merged_into is not None,
                row.purged_at,
            ),
            row.group_id,
        )
        for row in rows
    ]


async def _together(session: AsyncSession, near: dict[int, set[int]], group: int) -> set[int]:
    ids = set(await session.scalars(select(TicketRow.id).where(TicketRow.group_id == group)))
    for each in ids:
        near[min(ids)].add(each)
        near[each].add(min(ids))
    return ids


async def _ties(session: AsyncSession, ids: Collection[int]) -> list[tuple[int, int]]:
    """Merges and links of these tickets."""
    merged = await session.execute(
        select(TicketRow.id, TicketRow.merged_into).where(
            or_(TicketRow.id.in_(ids), TicketRow.merged_into.in_(ids)),
            TicketRow.merged_into.is_not(None),
        )
    )
    linked = await session.execute(
        select(TicketLinkRow.ticket_id, TicketLinkRow.other_id).where(
            or_(TicketLinkRow.ticket_id.in_(ids), TicketLinkRow.other_id.in_(ids))
        )
    )
    return [(one, other) for one, other in (*merged, *linked)]


async def _holding(session: AsyncSession, ids: Collection[int]) -> tuple[set[int], set[int]]:
    """Those that somebody holds, and those about which something goes on."""
    held: set[int] = set()
    busy: set[int] = set()
    for part in in_parts(ids):
        held |= set(
            await session.scalars(select(HoldRow.ticket_id).where(HoldRow.ticket_id.in_(part)))
        )
        risks = select(RiskRow.ticket_id).where(
            RiskRow.ticket_id.in_(part), RiskRow.lifted_at.is_(None)
        )
        busy |= set(await session.scalars(risks))
        searches = await session.scalars(
            select(DispatchRow.open_key).where(DispatchRow.open_key.in_(part))
        )
        busy |= {each for each in searches if each is not None}
    return held, busy


def _reach(start: int, near: Mapping[int, set[int]]) -> set[int]:
    reached: set[int] = set()
    new = {start}
    while new:
        reached |= new
        new = {each for one in new for each in near.get(one, ())} - reached
    return reached
