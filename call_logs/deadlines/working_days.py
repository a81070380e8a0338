"""Which days are worked: what the site's roster says, else the country's public holidays.

For China `chinesecalendar` knows the make-up days that the State Council announces each
November for the year after; a release of it is needed for each year. For years that it does
not know yet, and for other countries, `holidays` computes what the law says.

Both are imported where they are asked: a hotline whose deadlines run by the clock alone starts
without them.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from datetime import date

from call_logs.roster import SpecialDay

SATURDAY = 5


def is_working_day(day: date, region: str, special: Mapping[date, SpecialDay]) -> bool:
    """`special` are the roster's holidays and make-up days; they go before everything."""
    if (named := special.get(day)) is not None:
        return named.works_as is not None and named.works_as < SATURDAY
    if region == "CN" and is_known(day.year, region):
        return _is_worked_in_china(day)
    return day.weekday() < SATURDAY and day not in _holidays(region, day.year)


@functools.lru_cache(maxsize=64)
def is_known(year: int, region: str) -> bool:
    """Whether this release knows the year's holidays; else weekends and what can be computed
    count, and make-up days do not."""
    if region == "CN":
        import chinese_calendar

        return any(day.year == year for day in chinese_calendar.constants.holidays)
    return region in _countries()


@functools.lru_cache(maxsize=4096)  # the library looks through all its years each time
def _is_worked_in_china(day: date) -> bool:
    import chinese_calendar

    worked: bool = chinese_calendar.is_workday(day)
    return worked


@functools.lru_cache
def _countries() -> frozenset[str]:
    import holidays

    return frozenset(holidays.list_supported_countries())


@functools.lru_cache(maxsize=8)
def _holidays(region: str, year: int) -> frozenset[date]:
    import holidays

    if region not in _countries():
        return frozenset()
    return frozenset(holidays.country_holidays(region, years=year))
