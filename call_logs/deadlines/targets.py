"""How soon a ticket must be acknowledged, visited and answered: by class, some by category too."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import time, timedelta
from enum import StrEnum
from types import MappingProxyType

from call_logs.deadlines.working_time import Hours
from call_logs.tables.ticket_kinds import TicketClass

LONGEST = timedelta(days=366)
LONGEST_HOURS = timedelta(hours=2000)  # as many as are worked in a year
_WRITTEN = re.compile(r"([0-9]{1,5}) ?(working )?(min|minutes?|h|hours?|d|days?)")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}


class Counted(StrEnum):
    """Which time counts."""

    ALWAYS = "always"
    WORKING_HOURS = "working_hours"
    WORKING_DAYS = "working_days"  # midnight to midnight


_UNITS_OF = {
    Counted.ALWAYS: ("d", "h", "m"),
    Counted.WORKING_HOURS: ("h", "m"),
    Counted.WORKING_DAYS: ("d",),
}


@dataclass(frozen=True)
class Within:
    """So soon: 30 minutes, 4 working hours, 3 working days (of 24 hours)."""

    length: timedelta
    counted: Counted = Counted.ALWAYS

    @classmethod
    def read(cls, written: str) -> Within:
        """`30 min`, `24 h`, `3 d`, `4 working h`, `3 working d`.

        Raises:
            ValueError: it is not written so, is nothing, or more than a year.
        """
        match = _WRITTEN.fullmatch(" ".join(written.lower().split()))
        if match is None:
            raise ValueError(
                "must be a number and min, h or d, such as 30 min, 24 h, 4 working h, 3 working d"
            )
        unit, counted = match[3][0], Counted.ALWAYS
        if match[2]:
            counted = Counted.WORKING_DAYS if unit == "d" else Counted.WORKING_HOURS
        found = cls(int(match[1]) * _UNITS[unit], counted)
        longest = LONGEST_HOURS if counted is Counted.WORKING_HOURS else LONGEST
        if not timedelta(0) < found.length <= longest:
            raise ValueError("must be at least 1 min, and at most 366 d or 2000 working h")
        return found

    @property
    def written(self) -> str:
        """As `read` takes it, in the largest unit that is whole."""
        names = {"d": "d", "h": "h", "m": "min"}
        units = _UNITS_OF[self.counted]
        unit = next((each for each in units if not self.length % _UNITS[each]), units[-1])
        working = "" if self.counted is Counted.ALWAYS else "working "
        return f"{self.length // _UNITS[unit]} {working}{names[unit]}"


TARGETS = ("acknowledge", "on_site", "feedback")
TargetKey = tuple[TicketClass, str]  # a class, and a category or "" for all that have none


@dataclass(frozen=True)
class ResponseTarget:
    """How soon a ticket must be acknowledged, somebody be on site, and the owner be told."""

    acknowledge: Within
    on_site: Within
    feedback: Within

    def __iter__(self) -> Iterator[Within]:
        return iter((self.acknowledge, self.on_site, self.feedback))

    @property
    def kept(self) -> dict[str, str]:
        """As JSON holds it."""
        return {name: getattr(self, name).written for name in TARGETS}

    @classmethod
    def of(cls, kept: Mapping[str, str]) -> ResponseTarget:
        """Raises:
        ValueError: a text is no length; the message names the target.
        """
        found = {}
        for name in TARGETS:
            try:
                found[name] = Within.read(kept[name])
            except ValueError as error:
                raise ValueError(f"{name} {error}") from None
        return cls(**found)


@dataclass(frozen=True)
class DeadlineRules:
    """The targets of every class, those of categories that have their own, working hours."""

    by_class: Mapping[TicketClass, ResponseTarget]
    by_category: Mapping[tuple[TicketClass, str], ResponseTarget] = field(default_factory=dict)
    working_hours: tuple[Hours, ...] = (Hours(time(9), time(18)),)

    def target(self, ticket_class: TicketClass, category: str) -> ResponseTarget:
        own = self.by_category.get((ticket_class, category))
        return self.by_class[ticket_class] if own is None else own

    def with_changes(self, changes: Mapping[TargetKey, ResponseTarget]) -> DeadlineRules:
        """With what people have changed laid over it."""
        whole = {each: target for (each, category), target in changes.items() if not category}
        own = {key: target for key, target in changes.items() if key[1]}
        return replace(
            self,
            by_class={**self.by_class, **whole},
            by_category={**self.by_category, **own},
        )

    @property
    def counts_working_time(self) -> bool:
        """Whether the calendar of the site is asked at all."""
        targets = (*self.by_class.values(), *self.by_category.values())
        return any(each.counted is not Counted.ALWAYS for target in targets for each in target)


def _within(**length: float) -> Within:
    return Within(timedelta(**length))


# First targets of a property company's hotline. An urgent ticket's feedback is due "at once",
# which here means with the help on site.
DEFAULT_RULES = DeadlineRules(
    MappingProxyType(
        {
            TicketClass.URGENT: ResponseTarget(
                _within(minutes=5), _within(minutes=30), _within(minutes=30)
            ),
            TicketClass.IMPORTANT: ResponseTarget(
                _within(minutes=30), _within(hours=24), _within(hours=24)
            ),
            TicketClass.GENERAL: ResponseTarget(_within(hours=4), _within(days=3), _within(days=3)),
        }
    )
)
