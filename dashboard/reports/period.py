"""The time that a report is of: a month, or days from one to another."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated

from fastapi import Depends, Query

from dashboard.web.errors import BadInput
from dashboard.web.inputs import FIRST_YEAR, LAST_YEAR
from dashboard.web.site import SiteOf
from dashboard.web.texts import N_

_MONTH = re.compile(r"(\d{4})-(\d{2})")
NO_PERIOD = N_("Choose a month, or a first and a last day.")


@dataclass(frozen=True)
class Period:
    """Whole days, both included."""

    first: date
    last: date

    @classmethod
    def month(cls, day: date) -> Period:
        """The month in which the day is."""
        first = day.replace(day=1)
        return cls(first, _next_month(first) - timedelta(days=1))

    @classmethod
    def read_month(cls, text: str) -> Period:
        """Raises:
        ValueError: it is not as 2026-10.
        """
        found = _MONTH.fullmatch(text.strip())
        if found is None or not FIRST_YEAR <= int(found[1]) <= LAST_YEAR:
            raise ValueError(f"{text!r} is no month: write it as 2026-10")
        return cls.month(date(int(found[1]), int(found[2]), 1))

    @property
    def is_month(self) -> bool:
        return self == Period.month(self.first)

    @property
    def before(self) -> Period:
        """The month before, or as many days."""
        if self.is_month:
            return Period.month(self.first - timedelta(days=1))
        days = self.last - self.first + timedelta(days=1)
        return Period(self.first - days, self.first - timedelta(days=1))

    @property
    def after(self) -> Period:
        if self.is_month:
            return Period.month(self.last + timedelta(days=1))
        days = self.last - self.first + timedelta(days=1)
        return Period(self.last + timedelta(days=1), self.last + days)

    @property
    def query(self) -> str:
        """For an address."""
        if self.is_month:
            return f"month={self.first:%Y-%m}"
        return f"since={self.first}&until={self.last}"


def _next_month(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)


def asked_period(
    site: SiteOf,
    month: Annotated[str, Query(max_length=7)] = "",
    since: date | None = None,
    until: date | None = None,
) -> Period:
    """`month` as 2026-10, or the days `since` to `until`; without either, this month.

    Raises:
        BadInput: what was given is no time.
    """
    today = site.store.clock.now().astimezone(site.settings.zone).date()
    if since is not None or until is not None:
        since, until = since or until or today, until or today
        if since > until or not FIRST_YEAR <= since.year <= until.year <= LAST_YEAR:
            raise BadInput(NO_PERIOD, "until")
        return Period(since, until)
    if not month:
        return Period.month(today)
    try:
        return Period.read_month(month)
    except ValueError:
        raise BadInput(NO_PERIOD, "month") from None


AskedPeriod = Annotated[Period, Depends(asked_period)]
