"""When the monthly drill is due, and what a report shows."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from hotline.drills import next_drill

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("2026-09-01T09:59", "2026-09-01T10:00"),
        ("2026-09-01T10:00", "2026-10-01T10:00"),
        ("2026-08-01T08:00", "2026-08-03T10:00"),  # the first is a Saturday
        ("2026-10-31T12:00", "2026-11-02T10:00"),  # ... a Sunday
        ("2026-12-15T12:00", "2027-01-01T10:00"),
        ("2026-01-31T12:00", "2026-02-02T10:00"),  # no 31st of February is looked for
    ],
)
def test_it_is_due_on_the_first_working_day_at_ten(now: str, due: str):
    at = datetime.fromisoformat(now).replace(tzinfo=SHANGHAI)
    assert next_drill(at) == datetime.fromisoformat(due).replace(tzinfo=SHANGHAI)
