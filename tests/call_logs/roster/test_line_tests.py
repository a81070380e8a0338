"""A lift's test call that does not come is a warning."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from call_logs import Store
from call_logs.roster import Address, KnownLine
from call_logs.roster.line_tests import NAME, LineTests

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
DAILY = KnownLine(
    "lift-1", "1号梯", Address(lift="1"), trunk="lifts", test_key="9", test_every_h=24
)
NEVER = KnownLine("gate", "", Address(area="东门"), trunk="gates")


def of(store: Store, *lines: KnownLine) -> LineTests:
    async def known() -> tuple[KnownLine, ...]:
        return lines

    store.line_tests._lines = known
    return store.line_tests


async def test_a_daily_test_that_stays_away_is_told_by_the_lines_name(store: Store) -> None:
    tests = of(store, DAILY, NEVER)
    assert (await tests.look(NOW)).ok  # its time runs from the first look
    assert (await tests.look(NOW + timedelta(hours=29))).ok
    late = await tests.look(NOW + timedelta(hours=31))
    assert not late.ok
    assert "1号梯" in late.detail
    assert late.level == 1


async def test_a_test_call_that_came_takes_the_warning_back(store: Store) -> None:
    tests = of(store, DAILY)
    await tests.look(NOW)
    await tests.came("lift-1", NOW + timedelta(hours=40))
    assert (await tests.look(NOW + timedelta(hours=60))).ok
    assert not (await tests.look(NOW + timedelta(hours=75))).ok


async def test_lines_without_test_calls_are_not_waited_for(store: Store) -> None:
    assert (await of(store, NEVER).look(NOW + timedelta(days=400))).ok
    assert NAME in {check.name for check in (await store.health()).checks}
