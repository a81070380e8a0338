"""Numbers and times that come from outside: what the database and the calendar take, no more."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from annotated_types import Interval
from pydantic import AfterValidator

__all__ = ["LARGEST", "Moment", "RowId"]

LARGEST = 2**63 - 1  # SQLite's and PostgreSQL's largest whole number
FIRST_YEAR, LAST_YEAR = 1990, 2100  # no zone's clock is defined in the year 1

RowId = Annotated[int, Interval(ge=0, le=LARGEST)]
"""A row's id or version, in an address, a query or a body: a larger one is refused, not
looked for."""


def _aware(at: datetime) -> datetime:
    if not FIRST_YEAR <= at.year <= LAST_YEAR:
        raise ValueError(f"must be a time of the years {FIRST_YEAR} to {LAST_YEAR}")
    return at if at.tzinfo else at.replace(tzinfo=UTC)


Moment = Annotated[datetime, AfterValidator(_aware)]
"""A moment; one without a zone is UTC, as the API's times are."""
