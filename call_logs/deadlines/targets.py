"""How soon a ticket must be acknowledged, visited and answered: by class, some by category too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import time, timedelta
from enum import StrEnum
from types import MappingProxyType

from call_logs.deadlines.working_time import Hours
from call_logs.tables.ticket_kinds import TicketClass


class Counted(StrEnum):
    """Which time counts."""

    ALWAYS = "always"
    WORKING_HOURS = "working_hours"
    WORKING_DAYS = "working_days"  # midnight to midnight


@dataclass(frozen=True)
class Within:
    """So soon: 30 minutes, 4 working hours, 3 working days (of 24 hours)."""

    length: timedelta
    counted: Counted = Counted.ALWAYS


@dataclass(frozen=True)
class ResponseTarget:
    """How soon a ticket must be acknowledged, somebody be on site, and the owner be told."""

    acknowledge: Within
    on_site: Within
    feedback: Within

    def __iter__(self) -> Iterator[Within]:
        return iter((self.acknowledge, self.on_site, self.feedback))


@dataclass(frozen=True)
class DeadlineRules:
    """The targets of every class, those of categories that have their own, working hours."""

    by_class: Mapping[TicketClass, ResponseTarget]
    by_category: Mapping[tuple[TicketClass, str], ResponseTarget] = field(default_factory=dict)
    working_hours: tuple[Hours, ...] = (Hours(time(9), time(18)),)

    def target(self, ticket_class: TicketClass, category: str) -> ResponseTarget:
        own = self.by_category.get((ticket_class, category))
        return self.by_class[ticket_class] if own is None else own

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
