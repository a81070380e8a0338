"""Reads the fields of one entry of a roster file, form or row and collects every mistake.

Values come from TOML (with dates and times of their own), from JSON or from CSV (all
text); each reader takes both. A mistake is noted and the default returned, so that one
reading reports all of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from difflib import get_close_matches
from enum import StrEnum
from typing import TypeVar
from zoneinfo import ZoneInfo

from call_logs.roster.errors import ImportProblem
from call_logs.roster.shifts import EVERY_DAY, moment

__all__ = ["Fields", "format_weekdays", "parse_day", "parse_weekdays"]

E = TypeVar("E", bound=StrEnum)

_IDENTIFIER = re.compile(r"^[\w.-]{1,40}$")
_SEPARATORS = re.compile(r"[;；\n]")
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_CHINESE_WEEKDAYS = {character: day for day, character in enumerate("一二三四五六日")} | {"天": 6}
_YES = frozenset({"yes", "true", "1", "y", "on", "是", "예", "네"})
_NO = frozenset({"no", "false", "0", "n", "off", "否", "아니오", ""})
# Spreadsheets write 2026/10/1, people 2026年10月1日.
_DAY = re.compile(r"^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?$")
_EPOCH = date(1970, 1, 1)


FIRST_YEAR, LAST_YEAR = 1970, 2200
MOST_TABLES = 10_000  # dated shifts of a year in a large company


def parse_weekdays(text: str) -> frozenset[int]:
    """`daily`, `mon-fri`, `sat,sun`, `1-5` (1 is Monday), `周一至周五`, `一三五`.

    Raises:
        ValueError: a part is no weekday.
    """
    plain = re.sub(r"周|星期|礼拜", "", text.strip().lower())
    if plain in ("daily", "every day", "all", "每天", "매일", "*"):
        return EVERY_DAY
    found: set[int] = set()
    for part in filter(None, re.split(r"[,;，；、\s]+", plain)):
        ends = re.split(r"[-–~至到]", part)
        if len(ends) == 1 and len(part) > 1 and set(part) <= _CHINESE_WEEKDAYS.keys():
            found.update(_CHINESE_WEEKDAYS[character] for character in part)
        elif len(ends) <= 2:
            first, last = _weekday(ends[0]), _weekday(ends[-1])
            found.update((first + step) % 7 for step in range((last - first) % 7 + 1))
        else:
            raise ValueError(part)
    if not found:
        raise ValueError(text)
    return frozenset(found)


def _weekday(text: str) -> int:
    if text in _CHINESE_WEEKDAYS:
        return _CHINESE_WEEKDAYS[text]
    if len(text) == 1 and text in "1234567":
        return int(text) - 1
    if len(text) >= 3 and text[:3] in _WEEKDAYS:
        return _WEEKDAYS.index(text[:3])
    raise ValueError(text)


def parse_day(text: str) -> date | None:
    """A date as people and spreadsheets write it; None when it is none."""
    match = _DAY.match(text.strip())
    try:
        return date(*map(int, match.groups())) if match else None
    except ValueError:
        return None


def format_weekdays(days: frozenset[int]) -> str:
    """The form that `parse_weekdays` reads back."""
    return "daily" if days == EVERY_DAY else ",".join(_WEEKDAYS[day] for day in sorted(days))


@dataclass
class Fields:
    """One entry being read. `problems` is shared by all entries of a file."""

    document: Mapping[str, object]
    where: str
    problems: list[ImportProblem]
    zone: ZoneInfo  # of times without one
    region: str  # of numbers without a country code
    _seen: set[str] = field(default_factory=set)

    def problem(self, message: str) -> None:
        self.problems.append(ImportProblem(self.where, message))

    def sub(self, document: Mapping[str, object], name: str) -> Fields:
        """The fields of a table inside this entry."""
        where = f"{self.where}, {name}"
        return Fields(document, where, self.problems, self.zone, self.region)

    def alone(self, document: Mapping[str, object]) -> Fields:
        """Another document at the same place."""
        return Fields(document, self.where, self.problems, self.zone, self.region)

    def has(self, key: str) -> bool:
        self._seen.add(key)
        return self.document.get(key) not in (None, "")

    def text(self, key: str, default: str = "", *, required: bool = False) -> str:
        value = self.document.get(key)
        self._seen.add(key)
        if value is None or value == "":
            if required:
                self.problem(f"`{key}` is missing")
            return default
        if isinstance(value, str | int) and not isinstance(value, bool):
            return str(value).strip()
        self.problem(f"`{key}` must be text in quotes")
        return default

    def identifier(self, key: str = "id", default: str = "", *, required: bool = True) -> str:
        value = self.text(key, default, required=required)
        if value and not _IDENTIFIER.match(value):
            self.problem(f"`{key}` is `{value}`; use up to 40 letters, digits, `_`, `.` or `-`")
            return default
        return value

    def texts(self, key: str, most: int = 500) -> tuple[str, ...]:
        """A list, or one text with `;` between its parts; blanks dropped, each once."""
        value = self.document.get(key)
        self._seen.add(key)
        if value is None:
            return ()
        if isinstance(value, str):
            value = _SEPARATORS.split(value)
        if not isinstance(value, list | tuple) or not all(isinstance(v, str) for v in value):
            self.problem(f'`{key}` must be a list of texts, as in {key} = ["a", "b"]')
            return ()
        if len(value) > most:
            self.problem(f"`{key}` has {len(value)} values; {most} are the most")
            return ()
        return tuple(dict.fromkeys(part.strip() for part in value if part.strip()))

    def flag(self, key: str, default: bool) -> bool:
        value = self.document.get(key)
        self._seen.add(key)
        if value is None or value == "":
            return default
        if isinstance(value, bool):
            return value
        word = str(value).strip().lower()
        if word in _YES | _NO:
            return word in _YES
        self.problem(f"`{key}` is `{value}`; write true or false")
        return default

    def whole(self, key: str, default: int) -> int:
        value = self.document.get(key)
        self._seen.add(key)
        if value is None or value == "":
            return default
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        if isinstance(value, str) and re.fullmatch(r"\d{1,9}", value.strip()):
            return int(value)
        self.problem(f"`{key}` is `{value}`; write a whole number")
        return default

    def choice(self, key: str, default: E) -> E:
        value = self.text(key, default.value).lower()
        try:
            return type(default)(value)
        except ValueError:
            choices = ", ".join(type(default))
            self.problem(f"`{key}` is `{value}`; choose one of {choices}")
            return default

    def clock(self, key: str, default: time) -> time:
        value = self.document.get(key)
        self._seen.add(key)
        if value is None or value == "":
            return default
        if isinstance(value, time):
            return value.replace(second=0, microsecond=0, tzinfo=None)
        text = str(value).strip().replace("：", ":")
        if text in ("24:00", "24:00:00"):
            return time(0)
        try:
            return time.fromisoformat(text.zfill(5)).replace(second=0, microsecond=0, tzinfo=None)
        except ValueError:
            self.problem(f"`{key}` is `{value}`; write a time of day such as 08:00")
            return default

    def day(self, key: str, *, required: bool = False) -> date | None:
        value = self.document.get(key)
        self._seen.add(key)
        if value is None or value == "":
            if required:
                self.problem(f"`{key}` is missing; write a date such as 2026-10-01")
            return None
        is_date = isinstance(value, date) and not isinstance(value, datetime)
        day = value if is_date and isinstance(value, date) else parse_day(str(value))
        if day is None:
            self.problem(f"`{key}` is `{value}`; write a date such as 2026-10-01")
        return day if day is None or self._in_reach(key, day.year) else None

    def _in_reach(self, key: str, year: int) -> bool:
        """Zones have no clock in the year 1, and the year 9999 has no next day."""
        if not FIRST_YEAR <= year <= LAST_YEAR:
            self.problem(f"`{key}` lies in {year}; use the years {FIRST_YEAR} to {LAST_YEAR}")
            return False
        return True

    def moment(self, key: str, *, ends: bool = False) -> datetime:
        """A moment, in UTC. A time without zone is this site's; a bare date is its first
        moment, or with `ends` the end of that day."""
        value = self.document.get(key)
        self._seen.add(key)
        if isinstance(value, str):
            try:
                value = parse_day(value) or datetime.fromisoformat(value.strip())
            except ValueError:
                value = None
        if isinstance(value, date) and not self._in_reach(key, value.year):
            return moment(_EPOCH, time(0), self.zone)
        if isinstance(value, datetime):
            if value.tzinfo is not None:
                return value.astimezone(UTC)
            return moment(value.date(), value.time(), self.zone)
        if isinstance(value, date):
            return moment(value + timedelta(days=1) if ends else value, time(0), self.zone)
        self.problem(f"`{key}` must be a date or a time such as 2026-10-01 or 2026-10-01 08:00")
        return moment(_EPOCH, time(0), self.zone)

    def weekdays(self, key: str) -> frozenset[int]:
        text = self.text(key, "daily")
        try:
            return parse_weekdays(text)
        except ValueError:
            self.problem(f"`{key}` is `{text}`; write days such as mon-fri or sat,sun")
            return EVERY_DAY

    def timezone(self, key: str) -> ZoneInfo:
        name = self.text(key, self.zone.key)
        try:
            return ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            self.problem(f"`{key}` is `{name}`; write a zone such as Asia/Shanghai")
            return self.zone

    def tables(self, key: str) -> Iterator[Fields]:
        """The fields of each table of a list of tables."""
        value = self.document.get(key, [])
        self._seen.add(key)
        if not isinstance(value, list | tuple):
            self.problem(f"`{key}` must be a list of tables")
            return
        if len(value) > MOST_TABLES:
            self.problem(f"`{key}` has {len(value)} tables; {MOST_TABLES} are the most")
            return
        for number, each in enumerate(value, start=1):
            if isinstance(each, Mapping):
                yield self.sub(each, f"{key} {number}")
            else:
                self.problem(f"`{key}` {number} must be a table")

    def finish(self) -> None:
        """Note every field that nobody asked for."""
        for key in sorted(self.document.keys() - self._seen):
            close = get_close_matches(key, self._seen, n=1)
            meant = f"; did you mean `{close[0]}`?" if close else ""
            self.problem(f"`{key}` is not known here{meant}")
