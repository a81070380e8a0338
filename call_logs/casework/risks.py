"""A risk as it is tracked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from call_logs.casework.risk_rules import RiskKind, RiskLevel
from call_logs.storage.errors import IllegalMove
from call_logs.tickets.ticket import Ticket


class RiskRefusal(StrEnum):
    LIFTED = "the risk is lifted already"


class RiskRefused(IllegalMove):
    def __init__(self, refusal: RiskRefusal) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal


@dataclass(frozen=True)
class RiskStep:
    """One line of what was done about it."""

    at: datetime
    actor: str
    action: str  # found, grown, changed, lifted
    note: str = field(repr=False)

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> RiskStep:
        return cls(datetime.fromisoformat(kept["at"]), kept["actor"], kept["action"], kept["note"])


@dataclass(frozen=True)
class RiskEdit:
    """What a person writes; None: it stays as it is."""

    level: RiskLevel | None = None
    forecast: str | None = field(default=None, repr=False)
    measures: str | None = field(default=None, repr=False)
    owner: str | None = None


@dataclass(frozen=True)
class Risk:
    """`ticket`: the one that raised it last; `count` and `words`: what the rule found."""

    id: int
    kind: RiskKind
    level: RiskLevel
    ticket: Ticket
    found_at: datetime
    count: int
    words: tuple[str, ...] = field(repr=False)
    tickets: tuple[int, ...]
    forecast: str = field(repr=False)
    measures: str = field(repr=False)
    owner: str  # who looks after it
    log: tuple[RiskStep, ...] = field(repr=False)
    lifted_at: datetime | None
    lifted_by: str
    version: int
