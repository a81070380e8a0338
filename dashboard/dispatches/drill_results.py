"""What a drill showed: who was rung, who pressed 1, and how fast."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from call_logs.dispatches import Attempt, AttemptStatus, Dispatch, DispatchStatus
from call_logs.storage import NotFound
from dashboard.dispatches.searches import names_of, search_of
from dashboard.dispatches.timeline import DispatchView
from dashboard.web.site import Site

__all__ = ["DrillResult", "DrillRow", "drill_of", "drill_results", "drill_rows", "drillable"]

SHOWN = timedelta(days=400)
MOST_SHOWN = 24


@dataclass(frozen=True)
class DrillRow:
    """One person of a drill. Seconds count from the start of the ring that they confirmed,
    or of their first one; None: it did not come so far."""

    person: str
    name: str = field(repr=False)
    level: int
    outcome: AttemptStatus
    answered_s: float | None
    confirmed_s: float | None

    @property
    def passed(self) -> bool:
        return self.confirmed_s is not None


@dataclass(frozen=True)
class DrillResult:
    """One drill; `rows` are people in the order in which they were rung."""

    dispatch: Dispatch
    rows: tuple[DrillRow, ...]

    @property
    def confirmed(self) -> int:
        return sum(row.passed for row in self.rows)

    @property
    def running(self) -> bool:
        return self.dispatch.status is not DispatchStatus.CLOSED

    @property
    def passed(self) -> bool:
        """Somebody would have come. That not everybody did is told by the rows."""
        return self.confirmed > 0


async def drillable(site: Site) -> tuple[str, ...]:
    """The policies that can be drilled, the company's own first."""
    roster = await site.store.roster.current()
    return tuple(dict.fromkeys((*roster.policies, *roster.built_in)))


async def drill_results(site: Site, limit: int = MOST_SHOWN) -> tuple[DrillResult, ...]:
    """The latest drills, newest first."""
    drills = await site.store.dispatches.drills(site.store.clock.now() - SHOWN)
    if not drills:
        return ()
    names = await names_of(site)
    return tuple(
        [
            DrillResult(drill, drill_rows(await site.store.dispatches.attempts(drill.id), names))
            for drill in reversed(drills[-limit:])
        ]
    )


async def drill_of(site: Site, dispatch_id: str) -> tuple[DrillResult, DispatchView]:
    """One drill, with every step of it.

    Raises:
        NotFound: there is none.
    """
    view = await search_of(site, dispatch_id)
    if not view.dispatch.drill:
        raise NotFound("this is no drill, but the search of a ticket")
    return DrillResult(view.dispatch, drill_rows(view.attempts, view.names)), view


def drill_rows(attempts: Sequence[Attempt], names: Mapping[str, str]) -> tuple[DrillRow, ...]:
    """A row for each person, from all rings that they got."""
    by_person: dict[str, list[Attempt]] = {}
    for attempt in attempts:
        by_person.setdefault(attempt.person, []).append(attempt)
    rows = []
    for person, rings in by_person.items():
        ring = next((each for each in rings if each.accepted_at), rings[-1])
        rows.append(
            DrillRow(
                person,
                names.get(person, person),
                ring.level,
                AttemptStatus.CONFIRMED if ring.accepted_at else ring.status,
                _after(ring, ring.answered_at),
                _after(ring, ring.accepted_at),
            )
        )
    return tuple(rows)


def _after(attempt: Attempt, at: datetime | None) -> float | None:
    return None if at is None else round((at - attempt.started_at).total_seconds(), 1)
