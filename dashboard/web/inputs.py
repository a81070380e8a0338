"""Numbers and times that come from outside: what the database and the calendar take, no more."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from annotated_types import Interval
from pydantic import AfterValidator

from call_logs.roster import moment
from dashboard.web.errors import BadInput

__all__ = ["LARGEST", "Moment", "RowId", "written_moment"]

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


def written_moment(text: str, zone: ZoneInfo, problem: str) -> datetime:
    """What a form's field for day and time sends, by the site's clock.

    Raises:
        BadInput: it is no moment; `problem`, a message id, says what to write.
    """
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise BadInput(problem) from None
    if not FIRST_YEAR <= at.year <= LAST_YEAR:
        raise BadInput(problem)
    return at if at.tzinfo else moment(at.date(), at.time(), zone)
