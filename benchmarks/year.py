"""A year of 20,000 tickets at two sites on a turned clock, each held against an oracle that is
written independently of the program (`tests/year`). Not how fast: whether it is right."""

from __future__ import annotations

import logging
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from benchmarks.report import Row
from call_logs.storage.background import in_background
from call_logs.tickets import TRANSITIONS
from tests.migrated import make_migrated
from tests.year.calendar import DAY, Site, new_york, shanghai, utc
from tests.year.driver import Result, Year
from tests.year.worlds import leaves

Make = Callable[[datetime, datetime], Site]

START = utc("2026-01-02")
LENGTH = 362  # days; what is known of holidays ends with the year
LEFT = 120  # days that the oracle counts further, for what is due at its end
SITES: tuple[tuple[str, Make, int, int], ...] = (
    ("Shanghai", shanghai, 14_000, 1),
    ("New York", new_york, 6_000, 2),
)
SHOWN = 20  # differences that are printed


async def measure(quick: bool) -> list[Row]:
    """`quick`: a hundredth of the tickets, in two months."""
    parts, days = (100, 60) if quick else (1, LENGTH)
    rows: list[Row] = []
    for name, make, count, seed in SITES:
        rows += await lived(name, make, count // parts, seed, days)
    return rows


async def lived(name: str, make: Make, count: int, seed: int, days: int) -> list[Row]:
    """One site's tickets, and what is not as the oracle says: printed, and counted."""
    logging.getLogger("ivr.after.reminding").setLevel(logging.ERROR)
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        migrated = Path(folder, "migrated.db")
        await in_background(make_migrated, f"sqlite:///{migrated}")
        year = Year(
            Path(folder, "home"),
            migrated,
            make(START - DAY, START + (days + LEFT) * DAY),
            leaves(seed, START, days),
            seed=seed,
            count=count,
            start=START,
            days=days,
        )
        result = await year.run()
    for difference in result.differences[:SHOWN]:
        print(difference, file=sys.stderr)
    return _rows(name, days, result, time.monotonic() - began)


def _rows(name: str, days: int, result: Result, seconds: float) -> list[Row]:
    every = {
        (cls.value, status.value, move.to.value)
        for cls, rows in TRANSITIONS.items()
        for status, moves in rows.items()
        for move in moves
    }
    counted, missing = result.counts, len(every - result.moves)
    tickets = f"{counted['tickets']} tickets of {days} days"
    return [
        Row(f"{name}: not as the oracle says", len(result.differences), "", bar=0, note=tickets),
        Row(f"{name}: moves of the table of steps", len(every) - missing, f"of {len(every)}"),
        Row(f"{name}: reminders", counted["told"], "", note=f"and {counted['digests']} digests"),
        Row(f"{name}: survey calls", counted["rings"], ""),
        Row(f"{name}: restarts and kills", counted["restarts"], ""),
        Row(f"{name}: recordings destroyed at their time", counted["purged"], ""),
        Row(f"{name}: took", seconds, "s"),
    ]
