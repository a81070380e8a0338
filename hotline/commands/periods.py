"""Times that commands are given: days and moments by the site's clock."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hotline.commands.problems import CommandError


def beginning(option: str, given: str | None, zone: ZoneInfo) -> datetime | None:
    """A day's first moment, or the moment itself.

    Raises:
        CommandError: it is neither.
    """
    return _read(option, given, zone, days=0)


def end(option: str, given: str | None, zone: ZoneInfo) -> datetime | None:
    """The moment after a day's last, or the moment itself.

    Raises:
        CommandError: it is neither.
    """
    return _read(option, given, zone, days=1)


def _read(option: str, given: str | None, zone: ZoneInfo, *, days: int) -> datetime | None:
    if given is None:
        return None
    try:
        day = date.fromisoformat(given)
    except ValueError:
        pass
    else:
        return datetime.combine(day + timedelta(days=days), time(), zone)
    try:
        moment = datetime.fromisoformat(given)
    except ValueError:
        raise CommandError(
            f"{option} must be a day such as 2026-10-01, or a time such as 2026-10-01T08:00"
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)
