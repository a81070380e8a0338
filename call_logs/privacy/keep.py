"""How long each kind of data is kept: by whom it may be asked again, and no longer.

PIPL, article 19: as long as the purpose needs. An owner may sue for three years (Civil Code,
article 188), so a ticket and what proves it stand so long. Records of who did what in a network
stand six months at least (Cybersecurity Law, article 21).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from call_logs.tables.ticket_kinds import TicketClass

__all__ = ["LEAST_ACCESS_DAYS", "ClassTimes", "KeepRules", "Kind", "Rule"]

LEAST_ACCESS_DAYS = 180


class Kind(StrEnum):
    """What is destroyed on its own; in the order in which it goes."""

    TICKETS = "tickets"  # what is personal in them, and all that hangs on them
    RECORDINGS = "recordings"
    TRANSCRIPTS = "transcripts"
    EVIDENCE = "evidence"
    CALLS = "calls"  # numbers and events
    ACCESS_LOG = "access_log"
    REJECTED = "rejected"  # writes that turned out impossible
    JOBS = "jobs"  # how far durable work came


@dataclass(frozen=True)
class ClassTimes:
    """Days, by the class of the ticket; 0: for ever. Counted from the end of the call, and of
    tickets and their evidence from their closing."""

    tickets: int = 1095
    recordings: int = 180
    transcripts: int = 365
    evidence: int = 1095


@dataclass(frozen=True)
class Rule:
    """By which something is destroyed."""

    kind: Kind
    days: int  # 0: it stays

    def limit(self, now: datetime) -> datetime | None:
        """What is older goes; None: nothing does."""
        return now - timedelta(days=self.days) if self.days else None


@dataclass(frozen=True)
class KeepRules:
    """`base`: of what belongs to no ticket, and of a class that stands in no table."""

    base: ClassTimes = ClassTimes()
    by_class: Mapping[TicketClass, ClassTimes] = field(default_factory=lambda: MappingProxyType({}))
    calls: int = 365
    access_log: int = 1095
    rejected: int = 90
    jobs: int = 90

    def rule(self, kind: Kind, ticket_class: TicketClass | None = None) -> Rule:
        times = self.by_class.get(ticket_class, self.base) if ticket_class else self.base
        days: int = getattr(times if hasattr(times, kind) else self, kind)
        return Rule(kind, days)

    def first_limit(self, kind: Kind, now: datetime) -> datetime | None:
        """Nothing that is younger goes, of whatever class."""
        classes: tuple[TicketClass | None, ...] = (None, *TicketClass)
        limits = (self.rule(kind, each).limit(now) for each in classes)
        return max((each for each in limits if each is not None), default=None)
