"""Something to be told, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from call_logs.casework.risk_rules import RiskKind, RiskLevel
from call_logs.tickets.due import Deadline
from call_logs.tickets.telling import SITE, Level
from call_logs.tickets.ticket import Ticket

__all__ = ["SITE", "Outcome", "Reminder", "Told"]


class Outcome(StrEnum):
    SENT = "sent"
    FAILED = "failed"  # no address took it, however often it was tried
    NOBODY = "nobody"  # there is nobody, or they have no address
    DROPPED = "dropped"  # it was not true any more


@dataclass(frozen=True)
class Reminder:
    """To be told now. `ticket`: None for a digest, and for an entry of a register, `entry_id`."""

    id: int
    level: Level
    deadlines: tuple[Deadline, ...]
    moment: datetime
    party: str
    ticket: Ticket | None
    tries: int  # this one included
    entry_id: int | None = None
    risk: tuple[RiskKind, RiskLevel] | None = None  # how high it was when it was written down


@dataclass(frozen=True)
class Told:
    """What the page of a ticket shows. `outcome`: None while it is to be sent."""

    level: Level
    deadlines: tuple[Deadline, ...]
    moment: datetime
    party: str
    made_at: datetime
    ended_at: datetime | None
    outcome: Outcome | None
    person: str  # of the roster, who was told for the party
