"""Times, durations and numbers as the site's people write them."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_datetime, format_skeleton, format_timedelta
from babel.numbers import format_decimal, format_percent

from call_logs.storage import SYSTEM_CLOCK, Clock


class Formats:
    """Formats for one language and one timezone. Every `datetime` given is aware."""

    def __init__(self, locale: Locale, zone: ZoneInfo, clock: Clock = SYSTEM_CLOCK) -> None:
        self._clock = clock
        self.locale = locale
        self.zone = zone

    def moment(self, at: datetime | None) -> str:
        """Day and minute: today's times without the day, other years with the year."""
        if at is None:
            return ""
        local = at.astimezone(self.zone)
        today = self._clock.now().astimezone(self.zone)
        if local.date() == today.date():
            return f"{local:%H:%M}"
        skeleton = "MMMd" if local.year == today.year else "yMMMd"
        day = format_skeleton(skeleton, local, tzinfo=self.zone, locale=self.locale)
        return f"{day} {local:%H:%M}"

    def precise(self, at: datetime | None) -> str:
        """Date and time to the second, for histories and tooltips."""
        if at is None:
            return ""
        return str(format_datetime(at, format="medium", tzinfo=self.zone, locale=self.locale))

    def clock(self, at: datetime) -> str:
        """Time of day to the second."""
        return f"{at.astimezone(self.zone):%H:%M:%S}"

    def hour(self, at: datetime, since: datetime | None = None) -> str:
        """Hour and minute; with the day when it is none of the two days from `since` on."""
        local = at.astimezone(self.zone)
        if since is None:
            return f"{local:%H:%M}"
        days = (local.date() - since.astimezone(self.zone).date()).days
        if days <= 1:
            return f"{local:%H:%M}"
        return str(format_datetime(local, "EEE HH:mm", tzinfo=self.zone, locale=self.locale))

    def period(self, start: datetime, end: datetime) -> str:
        """From when to when; whole days by their dates, the last one included."""
        first, last = start.astimezone(self.zone), end.astimezone(self.zone)
        if first.time() == last.time() == time():
            days = (self.day(first.date()), self.day(last.date() - timedelta(days=1)))
            return days[0] if days[0] == days[1] else " – ".join(days)
        begins = f"{self.day(first.date())} {first:%H:%M}"
        if last.date() == first.date():
            return f"{begins} – {last:%H:%M}"
        return f"{begins} – {self.day(last.date())} {last:%H:%M}"

    def written_period(self, start: str, end: str) -> str:
        """The same for times as a roster's documents have them (ISO 8601)."""
        return self.period(datetime.fromisoformat(start), datetime.fromisoformat(end))

    def tenths(self, at: datetime) -> str:
        """Time of day to a tenth of a second, cut off and not rounded: no step seems later."""
        local = at.astimezone(self.zone)
        return f"{local:%H:%M:%S}.{local.microsecond // 100_000}"

    def day(self, at: date) -> str:
        """A day with its weekday, for plans: `Mon, Jun 1`."""
        return str(format_skeleton("MMMEd", at, locale=self.locale))

    def whole_day(self, at: date) -> str:
        """A day with its year: `Jun 1, 2026`."""
        return str(format_skeleton("yMMMd", at, locale=self.locale))

    def step_day(self, at: date, step: str) -> str:
        """One step of a trend: a month by its name, else the day with which it begins."""
        skeleton = "yMMM" if step == "month" else "MMMd"
        return str(format_skeleton(skeleton, at, locale=self.locale))

    def planned(self, at: datetime) -> str:
        """A moment of a plan, with its weekday: `Sun, Dec 6 03:00`."""
        local = at.astimezone(self.zone)
        return f"{self.day(local.date())} {local:%H:%M}"

    def span(self, seconds: float, threshold: float = 1.2) -> str:
        """An amount of time in words, in the largest unit of which there are `threshold`:
        `3 hours`."""
        return str(
            format_timedelta(
                timedelta(seconds=abs(seconds)), threshold=threshold, locale=self.locale
            )
        )

    def until(self, at: datetime, now: datetime) -> str:
        """How far `at` is, in words: `in 3 hours`, `3 hours ago`."""
        return str(
            format_timedelta(at - now, add_direction=True, threshold=1.2, locale=self.locale)
        )

    def number(self, value: float) -> str:
        return str(format_decimal(value, locale=self.locale))

    def percent(self, value: float) -> str:
        """`value` is a share of one."""
        return str(format_percent(value, locale=self.locale))


def duration(seconds: float | None) -> str:
    """Length of a call or a recording: `0:07`, `12:30`, `1:02:03`; empty for None."""
    if seconds is None:
        return ""
    whole = int(seconds)
    hours, rest = divmod(whole, 3600)
    minutes, seconds_left = divmod(rest, 60)
    if hours:
        return f"{hours}:{minutes:02}:{seconds_left:02}"
    return f"{minutes}:{seconds_left:02}"
