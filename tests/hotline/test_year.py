"""A year of the program's timers, turned by the test: each does its work as often as it
should, on the days of the site's calendar."""

from __future__ import annotations

import secrets
import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

import pytest

from call_logs import Rules, Store
from call_logs.calls import NewCall
from call_logs.privacy import ClassTimes, KeepRules
from call_logs.recordings import RecordingFiles, RecordingStatus
from call_logs.storage import Keys, Loop, Severity
from call_logs.users import HOTLINE, Actor
from hotline import drills, upkeep
from hotline.drills import monthly_drill
from ivr.dispatch import Drills
from tests.people import person
from tests.turned_clock import TurnedClock

SHANGHAI = ZoneInfo("Asia/Shanghai")
NEW_YEAR = datetime(2026, 1, 1, tzinfo=SHANGHAI).astimezone(UTC)
KEEP_DAYS = 90
COMPANY_DAY = """
[[holiday]]
name = "company day"
from = 2026-09-01
"""
# The 4th of January is a Sunday that is worked; May begins with Labour Day, October with the
# National Day week; the 1st of September is the company's own.
DRILLS = (
    date(2026, 1, 4),
    date(2026, 2, 2),
    date(2026, 3, 2),
    date(2026, 4, 1),
    date(2026, 5, 6),
    date(2026, 6, 1),
    date(2026, 7, 1),
    date(2026, 8, 3),
    date(2026, 9, 2),
    date(2026, 10, 8),
    date(2026, 11, 2),
    date(2026, 12, 1),
)


class Told:
    """Drills that only write down when they were begun."""

    def __init__(self, clock: TurnedClock) -> None:
        self.began: list[datetime] = []
        self._clock = clock

    async def run_all(self, actor: Actor) -> None:
        assert actor.name == "monthly drill"
        self.began.append(self._clock.now().astimezone(SHANGHAI))


@pytest.mark.timeout(300)
async def test_a_year_of_purges_drills_and_housekeeping(
    tmp_path: Path, migrated: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Looked at less often than by default: half a million transactions would show no more.
    monkeypatch.setattr(drills, "LOOK_EVERY_S", 3600.0)
    monkeypatch.setattr("call_logs.store.HOUSEKEEPING_S", 86_400.0)
    monkeypatch.setattr(upkeep, "PURGE_EVERY_S", 24 * 3600.0)
    kept: list[datetime] = []
    keep_house = Store.keep_house

    async def counted(store: Store) -> None:
        kept.append(store.clock.now())
        await keep_house(store)

    monkeypatch.setattr(Store, "keep_house", counted)
    shutil.copy(migrated, tmp_path / "hotline.db")
    clock = TurnedClock(NEW_YEAR)
    store = await Store.open(
        f"sqlite:///{tmp_path / 'hotline.db'}",
        keys=Keys.generate(),
        recordings=RecordingFiles(tmp_path / "recordings"),
        spool=tmp_path / "spool",
        clock=clock,
        rules=Rules(keep=KeepRules(base=ClassTimes(recordings=KEEP_DAYS))),
    )
    told = Told(clock)
    loops = (
        Loop(
            "purge",
            store.purge.run,
            checks=store.checks,
            every_s=upkeep.PURGE_EVERY_S,
            severity=Severity.DEGRADED,
        ),
        upkeep._purge("drills", store, store.dispatches.purge_drills, KEEP_DAYS),
        monthly_drill(store, cast(Drills, told), SHANGHAI, "CN"),
    )
    every = (*loops, store._housekeeping)

    def settled() -> bool:
        return not any(loop.at_work for loop in every)

    try:
        await store.roster.import_toml(COMPANY_DAY, person("test"))
        recording = await recorded(store)
        drill = await store.dispatches.open_drill(
            (await store.roster.current()).policy("fire"), HOTLINE
        )
        for loop in loops:
            loop.start()
        await clock.turn(timedelta(days=KEEP_DAYS), settled)
        assert (await store.recordings.get(recording)).status is RecordingStatus.SEALED
        assert (await store.dispatches.get(drill.id)).drill
        await clock.turn(timedelta(days=1), settled)
        assert (await store.recordings.get(recording)).status is RecordingStatus.PURGED
        assert await store.dispatches.drills(NEW_YEAR) == ()
        await clock.turn(NEW_YEAR + timedelta(days=365) - clock.now(), settled)
        assert all(check.ok for check in [loop.check() for loop in every])
    finally:
        for loop in loops:
            await loop.close()
        await store.close()
    assert tuple(each.date() for each in told.began) == DRILLS
    assert {f"{each:%H:%M}" for each in told.began} == {"10:00"}
    assert kept == [NEW_YEAR + timedelta(days=day) for day in range(1, 366)]


async def recorded(store: Store) -> str:
    call = secrets.token_hex(16)
    store.calls.begin(NewCall(id=call, language="zh-CN"))
    recording = await store.recordings.create(call, 8000)
    recording.write(bytes(16_000), bytes(16_000))
    await recording.close()
    store.calls.end(call, "remote")
    await store.calls.flush()
    return recording.id
