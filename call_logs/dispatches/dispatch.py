"""A dispatch: the search for a person who takes a ticket, and each ring in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from call_logs.storage.errors import IllegalMove, NotFound

__all__ = [
    "ATTEMPT_TRANSITIONS",
    "DISPATCH_TRANSITIONS",
    "UNDO_S",
    "Acceptance",
    "AcknowledgedVia",
    "Acknowledgement",
    "Attempt",
    "AttemptStatus",
    "Dispatch",
    "DispatchReason",
    "DispatchStatus",
    "Order",
    "TakenBack",
    "check_attempt",
    "check_dispatch",
]


UNDO_S = 10.0
"""So long who has taken a case on the dashboard may take that back."""
HOLD_S = UNDO_S + 2.0  # the press has a way to go; until then people are rung on


class DispatchStatus(StrEnum):
    """Where the search is. Acknowledgement is a stamp beside it: a link pressed at home
    stops the follow-up, while the caller on the line still waits for a voice."""

    RINGING = "ringing"
    ACCEPTED = "accepted"  # one person has taken it
    UNANSWERED = "unanswered"  # a round reached nobody; the follow-up goes on
    CLOSED = "closed"


DISPATCH_TRANSITIONS: Mapping[DispatchStatus, frozenset[DispatchStatus]] = MappingProxyType(
    {
        DispatchStatus.RINGING: frozenset(
            {DispatchStatus.ACCEPTED, DispatchStatus.UNANSWERED, DispatchStatus.CLOSED}
        ),
        # Back to ringing when the engineer drops out of the bridge at once.
        DispatchStatus.ACCEPTED: frozenset(
            {DispatchStatus.RINGING, DispatchStatus.UNANSWERED, DispatchStatus.CLOSED}
        ),
        DispatchStatus.UNANSWERED: frozenset(
            {DispatchStatus.RINGING, DispatchStatus.ACCEPTED, DispatchStatus.CLOSED}
        ),
        DispatchStatus.CLOSED: frozenset(),
    }
)


class AttemptStatus(StrEnum):
    """What became of one ring."""

    PLACED = "placed"  # INVITE sent
    RUNG = "rung"  # the far side rings
    ANSWERED = "answered"  # picked up, by a person or a voicemail
    ACCEPTED = "accepted"  # pressed 1 and was the first
    CONFIRMED = "confirmed"  # said yes without taking it: in a drill, or called in by *1
    BRIDGED = "bridged"  # talks with the caller
    # Ends:
    BUSY = "busy"
    DECLINED = "declined"
    NO_ANSWER = "no_answer"
    UNREACHABLE = "unreachable"  # a bad number or a dead trunk: it fails alone
    FAILED = "failed"
    CANCELLED = "cancelled"  # we stopped ringing: taken by another, or the caller is gone
    PASSED = "passed"  # pressed 2
    SILENT = "silent"  # answered and pressed nothing: a voicemail, mostly
    TOO_LATE = "too_late"  # pressed 1 after another had
    HUNG_UP = "hung_up"
    TRANSFERRED = "transferred"  # handed over by REFER
    PASSED_ON = "passed_on"  # pressed *2 in the bridge
    DROPPED = "dropped"  # left the bridge so soon that the caller is searched another
    ENDED = "ended"  # talked, and one of them hung up
    INTERRUPTED = "interrupted"  # the program stopped in the middle


_A = AttemptStatus
_BEFORE_ANSWER = {
    _A.BUSY,
    _A.DECLINED,
    _A.NO_ANSWER,
    _A.UNREACHABLE,
    _A.FAILED,
    _A.CANCELLED,
    _A.INTERRUPTED,
}
_TALK_OVER = {_A.ENDED, _A.HUNG_UP, _A.DROPPED, _A.TRANSFERRED, _A.FAILED, _A.INTERRUPTED}

ATTEMPT_TRANSITIONS: Mapping[AttemptStatus, frozenset[AttemptStatus]] = MappingProxyType(
    {status: frozenset() for status in AttemptStatus}
    | {
        _A.PLACED: frozenset({_A.RUNG, _A.ANSWERED, *_BEFORE_ANSWER}),
        _A.RUNG: frozenset({_A.ANSWERED, *_BEFORE_ANSWER}),
        _A.ANSWERED: frozenset(
            {
                _A.ACCEPTED,
                _A.CONFIRMED,
                _A.PASSED,
                _A.SILENT,
                _A.TOO_LATE,
                _A.HUNG_UP,
                _A.CANCELLED,
                _A.FAILED,
                _A.INTERRUPTED,
            }
        ),
        _A.ACCEPTED: frozenset({_A.BRIDGED, *_TALK_OVER}),
        _A.CONFIRMED: frozenset({_A.BRIDGED, *_TALK_OVER}),
        _A.BRIDGED: frozenset({_A.PASSED_ON, *_TALK_OVER}),
    }
)


def check_dispatch(status: DispatchStatus, target: DispatchStatus) -> None:
    """Raises:
    IllegalMove: the table has no such move.
    """
    if target not in DISPATCH_TRANSITIONS[status]:
        raise IllegalMove(f"a dispatch that is {status} cannot become {target}")


def check_attempt(status: AttemptStatus, target: AttemptStatus) -> None:
    """Raises:
    IllegalMove: the table has no such move.
    """
    if target not in ATTEMPT_TRANSITIONS[status]:
        raise IllegalMove(f"an attempt that is {status} cannot become {target}")


class AcknowledgedVia(StrEnum):
    """How a person said that they have it."""

    PHONE = "phone"
    LINK = "link"
    DASHBOARD = "dashboard"


class TakenBack(StrEnum):
    """What came of taking an acknowledgement back."""

    DONE = "done"
    TOO_LATE = "too_late"  # the ringing has ended, the owner is being told
    NOT_HIS = "not_his"  # somebody else has it


class DispatchReason(StrEnum):
    """Why a search has moved. The values stand in the store, some for years: a new reason is a
    new value, and none changes."""

    NONE = ""
    OTHER = "other"  # of another version of the program, which this one does not know
    # It goes on:
    LEFT = "the person left the caller"
    PASSED = "the person passed the caller on"
    SILENT = "nothing was heard of the person"
    UNHELPED = "nobody has helped the caller"
    UNSOUGHT = "urgent, and nobody had it"
    ROUND = "follow-up round"  # its number stands in the step
    AT_ONCE = "rung at once"  # ordered between two rounds
    # Nobody was reached:
    NOBODY_ACCEPTED = "nobody accepted while the caller waited"
    # It is over:
    TALKED = "talked"
    ACKNOWLEDGED = "acknowledged"
    FOLLOWED_UP = "accepted in the follow-up"
    NOT_NEEDED = "nobody is needed any more"
    NOT_TAKEN = "nobody took what was ordered"
    RUNG_AGAIN = "rung again"
    DRILL_OVER = "drill over"
    STOPPED = "stopped"

    @classmethod
    def _missing_(cls, value: object) -> DispatchReason:
        """An older program wrote the number of a round behind it."""
        return cls.ROUND if str(value).startswith(f"{cls.ROUND} ") else cls.OTHER


@dataclass(frozen=True)
class Order:
    """Who has ordered a search (or a drill); empty: nobody, the hotline began it. `person` is
    rung before all others; `once`: nobody else is, and not again."""

    by: str = ""
    person: str = ""
    once: bool = False


NO_ORDER = Order()


@dataclass(frozen=True)
class Dispatch:
    """One search, or a drill: the same for practice, with no ticket. `status` moves only through
    `DispatchStore`. Times are UTC."""

    id: str
    ticket_id: int | None
    call_id: str | None
    node: str
    category: str
    policy: Mapping[str, Any]  # the policy's document, as it was when the search began
    drill: bool
    status: DispatchStatus
    reason: DispatchReason
    attempt_id: str | None
    person: str  # who accepted; empty: nobody
    opened_at: datetime
    accepted_at: datetime | None
    acknowledged_at: datetime | None
    acknowledged_by: str
    acknowledged_via: AcknowledgedVia | None
    closed_at: datetime | None
    order: Order = NO_ORDER

    @property
    def its_ticket_id(self) -> int:
        """Of the ticket that somebody is searched for.

        Raises:
            NotFound: it is a drill.
        """
        if self.ticket_id is None:
            raise NotFound("a drill has no ticket")
        return self.ticket_id

    @property
    def is_held(self) -> bool:
        """Somebody has it, or says that they do."""
        return bool(self.person or self.acknowledged_by)

    @property
    def ends_at(self) -> datetime | None:
        """When nobody is rung any more because somebody says that they have it; None while
        nobody does. On the dashboard a press may be a mistake: it counts after `HOLD_S`."""
        if self.acknowledged_at is None:
            return None
        held_s = HOLD_S if self.acknowledged_via is AcknowledgedVia.DASHBOARD else 0.0
        return self.acknowledged_at + timedelta(seconds=held_s)

    def is_taken(self, now: datetime) -> bool:
        """Nobody is to be rung for it any more."""
        ends_at = self.ends_at
        return self.status is DispatchStatus.CLOSED or (ends_at is not None and ends_at <= now)


@dataclass(frozen=True)
class Attempt:
    """One contact of one person, rung once. Times are UTC, finer than a tenth of a second."""

    id: str
    dispatch_id: str
    person: str
    contact: str = field(repr=False)  # `Contact.text`
    level: int
    round: int
    status: AttemptStatus
    started_at: datetime
    rung_at: datetime | None
    answered_at: datetime | None
    accepted_at: datetime | None
    bridged_at: datetime | None
    ended_at: datetime | None

    @property
    def is_over(self) -> bool:
        return not ATTEMPT_TRANSITIONS[self.status]


@dataclass(frozen=True)
class Acceptance:
    """The answer to a person who pressed 1: whether it is theirs, and else whose."""

    won: bool
    dispatch: Dispatch

    @property
    def person(self) -> str:
        """Who has it; empty when it was closed before anybody had."""
        return self.dispatch.person


@dataclass(frozen=True)
class Acknowledgement:
    """Who has it. `first` is False when somebody had said so before."""

    first: bool
    dispatch: Dispatch
