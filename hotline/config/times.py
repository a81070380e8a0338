"""Times: lengths, hours of a day, time zones.

Parsers as in `hotline.config.values`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from hotline.config.values import items

_HOURS = re.compile(r"([0-9]{1,2}:[0-9]{2}) ?- ?([0-9]{1,2}:[0-9]{2})")


@dataclass(frozen=True)
class Length:
    """So much time; `working` and in hours or minutes: of the working hours, in days: of the
    working days."""

    time: timedelta
    counted: str  # a value of `call_logs.deadlines.Counted`


def length(value: str, base: Path) -> Length:
    """`30 min`, `24 h`, `3 d`, `4 working h`, `3 working d`."""
    from call_logs.deadlines import Within  # the database's libraries are slow to import

    del base
    found = Within.read(value)
    return Length(found.length, found.counted.value)


def hours(value: str, base: Path) -> tuple[tuple[time, time], ...]:
    """Hours of a day, such as `08:30-12:00, 13:30-17:30`; they may go on past midnight."""
    del base
    spans = [_span(item) for item in items(value)]
    if not spans:
        raise ValueError("is empty; write such as 09:00-18:00")
    spans.sort()
    # The first of the next day comes after the last.
    following = [*(start for start, _ in spans[1:]), None]
    for (start, end), then in zip(spans, following, strict=True):
        past_midnight = end <= start
        late = past_midnight if then is not None else past_midnight and end > spans[0][0]
        if late or (then is not None and end > then):
            raise ValueError("has hours that overlap; write each hour once")
    return tuple(spans)


def _span(item: str) -> tuple[time, time]:
    match = _HOURS.fullmatch(item)
    if match is None:
        raise ValueError("must be hours such as 08:30-12:00, 13:30-17:30")
    return _clock(match[1]), _clock(match[2])


def time_or_off(value: str, base: Path) -> time | None:
    """A time of the day such as `08:00`, or `off`."""
    del base
    if value.lower() == "off":
        return None
    if not re.fullmatch(r"[0-9]{1,2}:[0-9]{2}", value):
        raise ValueError("must be a time of the day such as 08:00, or off")
    return _clock(value)


def _clock(written: str) -> time:
    hour, minute = (int(part) for part in written.split(":"))
    if (hour, minute) == (24, 0):
        hour = 0
    if hour > 23 or minute > 59:
        raise ValueError("has no time of the day: they go from 00:00 to 24:00")
    return time(hour, minute)


def timezone(value: str, base: Path) -> ZoneInfo:
    """A name of the IANA time zone database."""
    del base
    try:
        return ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        raise ValueError("is not a known time zone; write one such as Asia/Shanghai") from None
