"""Cases that several owners have told."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from call_logs.casework.alike import Cluster
from call_logs.storage.errors import IllegalMove
from call_logs.tickets.ticket import Ticket


class GroupStatus(StrEnum):
    JOINED = "joined"
    ENDED = "ended"  # a person has taken it apart
    REFUSED = "refused"  # a person said that the tickets are no one case


class GroupRefusal(StrEnum):
    """Why tickets are not joined; the value says it to programs."""

    TOO_FEW = "one case has two tickets or more"
    CLOSED = "a closed ticket is not joined: reopen it first"
    MERGED = "a merged ticket is not joined: join the one that it went into"
    ELSEWHERE = "a ticket belongs to another case already: take it out there first"
    OVER = "the case was taken apart meanwhile"
    CONFIDENTIAL = "a confidential ticket is of no case: its words would be shown to all"
    NOT_IN_IT = "the ticket does not belong to this case"


class GroupRefused(IllegalMove):
    def __init__(self, refusal: GroupRefusal) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal


@dataclass(frozen=True)
class Explanation:
    """Why tickets are one case: so many owners of one place within a time about one thing."""

    owners: int
    tickets: int
    building: str
    area: str
    minutes: int
    category: str
    words: tuple[str, ...] = field(repr=False)

    @classmethod
    def of(cls, cluster: Cluster) -> Explanation:
        kind, name = cluster.place
        return cls(
            owners=cluster.owners,
            tickets=len(cluster.members),
            building=name if kind == "building" else "",
            area=name if kind == "area" else "",
            minutes=int(cluster.span.total_seconds() // 60),
            category=cluster.category,
            words=cluster.common_words(),
        )

    @classmethod
    def read(cls, kept: dict[str, Any]) -> Explanation | None:
        """None: a person joined them without one."""
        return cls(**{**kept, "words": tuple(kept["words"])}) if kept else None

    def kept(self) -> dict[str, Any]:
        return {**vars(self), "words": list(self.words)}

    def __str__(self) -> str:
        place = f"building {self.building}" if self.building else self.area
        about = self.category or " ".join(self.words)
        return f"{self.owners} owners of {place} within {self.minutes} min about {about}"


@dataclass(frozen=True)
class Proposal:
    """Tickets that may be one case, oldest first. `group`: the case that they would join."""

    tickets: tuple[Ticket, ...]
    reason: Explanation
    group: int | None

    @property
    def ids(self) -> tuple[int, ...]:
        return tuple(ticket.id for ticket in self.tickets)


@dataclass(frozen=True)
class Group:
    """One case; `tickets` in the order of their ids."""

    id: int
    status: GroupStatus
    made_at: datetime
    made_by: str
    reason: Explanation | None
    told: str = field(repr=False)  # to the owners of all its tickets
    told_at: datetime | None
    ended_at: datetime | None
    version: int
    tickets: tuple[Ticket, ...]
