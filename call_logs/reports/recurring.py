"""What comes back: the same trouble at the same place, or with the same piece of equipment."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

from call_logs.casework.equipment import NewEquipment
from call_logs.casework.risk_finding import NO_CATEGORY
from call_logs.storage.background import give_way
from call_logs.tables.tickets import TicketRow

__all__ = ["FEWEST_TIMES", "RECURRING_COLUMNS", "Recurring", "Trouble", "recurring"]

FEWEST_TIMES = 3
RECURRING_COLUMNS = (
    *("id", "opened_at", "category", "building", "unit", "floor", "area"),
    *("cause", "cause_kind", "group_id", "merged_into"),
)
MOST = 50


@dataclass(frozen=True)
class Trouble:
    """What of a ticket decides."""

    ticket: int
    opened_at: datetime
    category: str
    building: str = field(repr=False)
    unit: str = field(repr=False)
    floor: str = field(repr=False)
    area: str = field(repr=False)
    cause: str = field(repr=False)
    cause_kind: str
    group: int | None  # tickets of one case are one event
    merged_into: int | None

    @classmethod
    def of(cls, row: TicketRow) -> Trouble:
        return cls(
            ticket=row.id,
            opened_at=row.opened_at,
            category=row.category,
            building=row.building,
            unit=row.unit,
            floor=row.floor,
            area=row.area,
            cause=row.cause or "",
            cause_kind=row.cause_kind or "",
            group=row.group_id,
            merged_into=row.merged_into,
        )


@dataclass(frozen=True)
class Recurring:
    """`times`: how often it happened (the tickets of one case are once); `every`: half of the
    times it came back within that; `cause`, `cause_kind`: the last that was written down."""

    category: str
    building: str
    area: str
    equipment: str  # "": the place has no such piece in the register
    equipment_id: int | None
    times: int
    tickets: tuple[int, ...]  # newest first
    last_at: datetime
    every: timedelta
    cause: str
    cause_kind: str


def recurring(troubles: Iterable[Trouble], pieces: Sequence[NewEquipment]) -> tuple[Recurring, ...]:
    """The most frequent first. A ticket that may be about one piece of equipment and no other
    counts there, else at its building or area."""
    by_category: dict[str, list[NewEquipment]] = {}
    for piece in pieces:
        for category in piece.categories:
            by_category.setdefault(category, []).append(piece)
    found: dict[tuple[str, str, str, str], list[Trouble]] = {}
    known: dict[str, NewEquipment] = {}
    for trouble in sorted(troubles, key=lambda each: (each.opened_at, each.ticket)):
        give_way()
        if trouble.category in NO_CATEGORY or not (trouble.building or trouble.area):
            continue
        of = [each for each in by_category.get(trouble.category, ()) if each.concerns(trouble)]
        if len(of) == 1:
            known[of[0].name] = of[0]
        name = of[0].name if len(of) == 1 else ""
        area = "" if trouble.building else trouble.area
        found.setdefault((trouble.category, trouble.building, area, name), []).append(trouble)
    told = [
        _told(key, all_, known.get(key[3]))
        for key, all_ in found.items()
        if _times(all_) >= FEWEST_TIMES
    ]
    return tuple(sorted(told, key=lambda each: (-each.times, -each.last_at.timestamp()))[:MOST])


def _events(troubles: Sequence[Trouble]) -> list[datetime]:
    """When it happened: the first ticket of each case, and every other ticket."""
    first: dict[object, datetime] = {}
    for each in troubles:
        first.setdefault(("case", each.group) if each.group else each.ticket, each.opened_at)
    return sorted(first.values())


def _times(troubles: Sequence[Trouble]) -> int:
    return len(_events(troubles))


def _told(
    key: tuple[str, str, str, str], troubles: Sequence[Trouble], piece: NewEquipment | None
) -> Recurring:
    category, building, area, equipment = key
    events = _events(troubles)
    gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(events)]
    with_cause = [each for each in troubles if each.cause or each.cause_kind]
    last = with_cause[-1] if with_cause else None
    return Recurring(
        category=category,
        building=building,
        area=area,
        equipment=equipment,
        equipment_id=getattr(piece, "id", None),
        times=len(events),
        tickets=tuple(each.ticket for each in reversed(troubles)),
        last_at=events[-1],
        every=timedelta(seconds=median(gaps)),
        cause=last.cause if last else "",
        cause_kind=last.cause_kind if last else "",
    )
