"""A call as it is remembered: the row, its append-only events, the filter of lists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class CallEventKind(StrEnum):
    """What can happen in a call. `data` of an event is free-form JSON, encrypted at rest."""

    RINGING = "ringing"  # {"headers": {...}}: what a trunk that we trust says of the call
    ANSWERED = "answered"
    LANGUAGE = "language"
    MENU = "menu"  # entered a node: {"node": ...}
    PROMPT = "prompt"
    KEY = "key"  # {"key": ...}; never logged
    HEARD = "heard"  # final live text: {"text": ..., "start_s": ..., "end_s": ...}
    HIT = "hit"  # a lexicon rule fired: category, phrase, level, at_s, rule
    ASKED = "asked"
    REPLIED = "replied"
    PLACE = "place"
    MESSAGE = "message"  # {"start_s": ..., "end_s": ...} of the caller's message
    TICKET = "ticket"  # {"ticket_id": ..., "number": ...}
    RECORDING = "recording"  # {"recording_id": ...}
    RECORDING_PROBLEM = "recording_problem"  # {"problem": ...}: full disk and the like
    TRANSCRIPT = "transcript"  # {"recording_id": ..., "status": ...}
    DISPATCH = "dispatch"
    BRIDGE = "bridge"
    TRANSFER = "transfer"
    REQUEST = "request"  # the dashboard asked for something
    ERROR = "error"
    HANGUP = "hangup"  # {"by": "caller" | "hotline", "reason": ...}
    PURGED = "purged"  # {"kind": ..., "days": ...}: numbers and events were destroyed
    INTERRUPTED = "interrupted"  # found without an end after a restart


INTERRUPTED = "interrupted"  # `CallRecord.end_reason` of a call that a crash cut off
INCOMING, OUTGOING = "in", "out"  # `direction`; an outgoing call is a call back


@dataclass(frozen=True)
class NewCall:
    """What is known when a call begins. `id` is 32 hex digits, made by the endpoint."""

    id: str
    caller: str = field(default="", repr=False)  # as the network gave it; "" when withheld
    callee: str = field(default="", repr=False)
    trunk: str = ""
    direction: str = INCOMING
    language: str = "zh-CN"
    sip_call_id: str = field(default="", repr=False)
    started_at: datetime | None = None  # None: now
    ticket_id: int | None = None  # that a call back is about
    withheld: str = field(default="", repr=False)  # a caller's number that no page may show

    @property
    def number(self) -> str:
        """Of the other side; "" when withheld."""
        return self.callee if self.direction == OUTGOING else self.caller


@dataclass(frozen=True)
class CallRecord:
    """A call in the database. Times are UTC."""

    id: str
    caller: str = field(repr=False)
    callee: str = field(repr=False)
    trunk: str
    direction: str
    language: str
    node: str  # which process held it
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    end_reason: str | None
    ticket_id: int | None  # that was opened in it, or that it is about
    sip_call_id: str = field(default="", repr=False)
    missed: bool = False  # nobody learnt what the caller wanted: no ticket, no talk
    handled_by: str = ""  # who has seen to a missed call
    handled_at: datetime | None = None

    @property
    def waits(self) -> bool:
        """Whether a missed call has still to be seen to; a ticket that came of it does that."""
        return self.missed and self.ticket_id is None and self.handled_at is None

    @property
    def number(self) -> str:
        """Of the other side; "" when withheld."""
        return self.callee if self.direction == OUTGOING else self.caller

    @property
    def duration_s(self) -> float | None:
        """From the answer (or the start) to the end; None while the call lasts."""
        if self.ended_at is None:
            return None
        return (self.ended_at - (self.answered_at or self.started_at)).total_seconds()


@dataclass(frozen=True)
class CallEvent:
    """One thing that happened; never changed, never deleted before its call is purged."""

    id: int
    call_id: str
    kind: CallEventKind
    at: datetime
    data: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True)
class CallFilter:
    """Which calls a list shows; every given field narrows it."""

    caller: str | None = field(default=None, repr=False)  # who called, or was called back
    ticket_id: int | None = None  # the ticket's own call and the others about it
    trunk: str | None = None
    active: bool | None = None  # True: not ended yet
    missed: bool = False  # True: only missed calls that have still to be seen to
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None  # `Page.next_cursor`
    limit: int = 50


@dataclass(frozen=True)
class LiveCall:
    """A call that goes on now, as the live page shows it."""

    call_id: str
    caller: str = field(repr=False)  # the other side's number, also in a call back
    trunk: str
    language: str
    since: datetime
    menu: str  # id of the menu node
    heard: str = field(repr=False)  # what was heard last
    node: str
    updated_at: datetime
    direction: str = INCOMING
