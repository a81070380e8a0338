"""Times and lengths as people of the site write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from dashboard.web.formats import Formats, duration
from dashboard.web.texts import locale_of

SHANGHAI = ZoneInfo("Asia/Shanghai")
AT = datetime(2024, 12, 31, 17, 5, 9, tzinfo=UTC)  # 2025-01-01 01:05:09 in Shanghai


def test_a_moment_is_shown_in_the_sites_timezone() -> None:
    assert Formats(locale_of("zh-CN"), SHANGHAI).moment(AT) == "2025年1月1日 01:05"
    assert Formats(locale_of("en"), SHANGHAI).moment(AT) == "Jan 1, 2025 01:05"


def test_todays_moments_need_no_day() -> None:
    now = datetime.now(UTC)

    assert Formats(locale_of("en"), SHANGHAI).moment(now) == f"{now.astimezone(SHANGHAI):%H:%M}"


def test_an_absent_moment_is_empty() -> None:
    assert Formats(locale_of("en"), SHANGHAI).moment(None) == ""
    assert Formats(locale_of("en"), SHANGHAI).precise(None) == ""


def test_spans_are_words() -> None:
    assert Formats(locale_of("zh-CN"), SHANGHAI).span(3 * 3600) == "3小时"
    assert Formats(locale_of("en"), SHANGHAI).span(-300) == "5 minutes"
    assert Formats(locale_of("en"), SHANGHAI).until(AT + timedelta(hours=2), AT) == "in 2 hours"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, ""), (0, "0:00"), (7.9, "0:07"), (750, "12:30"), (3723, "1:02:03")],
)
def test_lengths_are_clock_like(seconds: float | None, text: str) -> None:
    assert duration(seconds) == text


def test_tenths_are_cut_off_and_not_rounded() -> None:
    formats = Formats(locale_of("en"), SHANGHAI)

    assert formats.tenths(datetime(2026, 6, 3, 19, 0, 59, 999_999, tzinfo=UTC)) == "03:00:59.9"


@pytest.mark.parametrize(
    ("start", "end", "text"),
    [
        ("2026-06-03T16:00:00+00:00", "2026-06-04T16:00:00+00:00", "Thu, Jun 4"),
        ("2026-06-03T16:00:00+00:00", "2026-06-06T16:00:00+00:00", "Thu, Jun 4 – Sat, Jun 6"),
        ("2026-06-03T00:00:00+00:00", "2026-06-03T12:00:00+00:00", "Wed, Jun 3 08:00 – 20:00"),
        (
            "2026-06-03T12:00:00+00:00",
            "2026-06-04T00:00:00+00:00",
            "Wed, Jun 3 20:00 – Thu, Jun 4 08:00",
        ),
    ],
)
def test_a_period_of_whole_days_is_told_by_its_days(start: str, end: str, text: str) -> None:
    assert Formats(locale_of("en"), SHANGHAI).written_period(start, end) == text
