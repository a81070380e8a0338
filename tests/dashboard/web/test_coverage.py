"""Hours without anybody: looked for once a roster, on a thread."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from call_logs import Store
from call_logs.roster import CoverageGap, Roster, coverage_gaps
from dashboard.web import coverage
from dashboard.web.coverage import Coverage, GapGroup, grouped
from tests.dashboard import night
from tests.people import person

T0 = datetime(2026, 6, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_gaps_of_the_same_hours_are_one_group_in_the_order_of_time() -> None:
    gaps = [
        CoverageGap("fire", T0 + HOUR, T0 + 2 * HOUR),
        CoverageGap("duty", T0, T0 + HOUR),
        CoverageGap("flooding", T0 + HOUR, T0 + 2 * HOUR),
    ]

    assert grouped(gaps) == (
        GapGroup(T0, T0 + HOUR, ("duty",)),
        GapGroup(T0 + HOUR, T0 + 2 * HOUR, ("fire", "flooding")),
    )


async def test_a_roster_is_looked_at_once_however_many_ask(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[int] = []

    def counted(roster: Roster, categories: Iterable[str], start: datetime) -> Any:
        looks.append(roster.revision)
        return coverage_gaps(roster, categories, start)

    monkeypatch.setattr(coverage, "coverage_gaps", counted)
    await night.company(store)
    one = Coverage(store, ("fire",))

    await asyncio.gather(*(one.gaps() for _ in range(5)))
    assert len(looks) == 1

    await store.roster.import_toml(night.ROSTER.replace("王工", "王师傅"), person("test"))
    await one.gaps()
    assert len(set(looks)) == 2


async def test_without_people_every_hour_is_a_gap(store: Store) -> None:
    (group,) = await Coverage(store, ("fire", "intrusion")).gaps()

    assert {"fire", "intrusion", "duty"} <= set(group.categories)
    assert group.end - group.start == timedelta(days=30)
