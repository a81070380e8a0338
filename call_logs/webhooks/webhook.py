"""An address that is told what happens, and what it was told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from call_logs.storage.announcing import Announced

__all__ = [
    "AGAIN",
    "CHOSEN",
    "GIVEN_UP_AFTER",
    "Answer",
    "Delivery",
    "LoggedDelivery",
    "NewWebhook",
    "Problem",
    "Webhook",
    "WebhookState",
]

# What an administrator may choose; a test goes to the address that it is asked for.
CHOSEN = tuple(each for each in Announced if each is not Announced.TEST)

# The pause after each failure of one event, the last one again and again, until it is given up.
AGAIN = (
    timedelta(seconds=5),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
)
GIVEN_UP_AFTER = timedelta(days=3)  # an event; and an address that took nothing for so long
LONGEST_REST = timedelta(minutes=5)  # between two tries at an address that fails


class WebhookState(StrEnum):
    ON = "on"
    PAUSED = "paused"  # by a person; what happens meanwhile is told afterwards
    DISABLED = "disabled"  # it took nothing for days, or has said that it is gone


class Problem(StrEnum):
    """Why an event was not taken."""

    STATUS = "status"  # it answered with another status than 2xx
    REDIRECT = "redirect"  # it wants to be asked elsewhere, and is not
    TOO_SLOW = "too_slow"
    NO_CONNECTION = "no_connection"
    TLS = "tls"  # its certificate is not good
    UNKNOWN_NAME = "unknown_name"
    FORBIDDEN = "forbidden"  # its name leads to where nothing is sent
    UNREADABLE = "unreadable"  # what stands in our own database
    KEPT_BACK = "kept_back"  # not sent: its ticket is sensitive


@dataclass(frozen=True)
class NewWebhook:
    """`details`: the ticket's record goes with its events, with the owner's words and numbers."""

    name: str
    address: str = field(repr=False)
    events: frozenset[Announced]
    details: bool = False


@dataclass(frozen=True)
class Webhook:
    id: int
    name: str
    address: str = field(repr=False)
    events: frozenset[Announced]
    details: bool
    made_at: datetime
    made_by: str
    paused_at: datetime | None
    disabled_at: datetime | None
    failing_since: datetime | None
    waiting: int = 0  # events that are to be sent

    @property
    def state(self) -> WebhookState:
        if self.paused_at is not None:
            return WebhookState.PAUSED
        return WebhookState.ON if self.disabled_at is None else WebhookState.DISABLED


@dataclass(frozen=True)
class Delivery:
    """To be sent now."""

    id: int
    webhook_id: int
    address: str = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)
    details: bool
    uid: str
    kind: Announced
    at: datetime
    data: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True)
class Answer:
    """What came back. `problem`: None when the event was taken. `rest_s`: how long it asks to be
    left alone."""

    status: int | None = None
    problem: Problem | None = None
    text: str = field(default="", repr=False)
    rest_s: float = 0.0

    @property
    def gone(self) -> bool:
        """It says that there will never be anything there again (RFC 9110 section 15.5.11)."""
        return self.status == 410


@dataclass(frozen=True)
class LoggedDelivery:
    """A line of the log. `ended_at`: None while it is to be sent."""

    id: int
    uid: str
    kind: Announced
    at: datetime
    ticket_id: int | None
    tries: int
    tried_at: datetime | None
    try_at: datetime | None
    status: int | None
    problem: Problem | None
    answer: str = field(repr=False)
    ended_at: datetime | None
