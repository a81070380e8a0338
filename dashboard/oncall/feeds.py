"""Addresses of calendar feeds: a secret in the address instead of a login, since calendar
programs have none.

A feed's token is signed like the links of notices, for a subject that no search can have
(a search's id has 32 hex digits), so neither opens what the other is for. It holds as
long as the person or schedule is on the roster and the master key is not rotated.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from call_logs import Store
from call_logs.storage import LinkInvalid

__all__ = ["Feed", "FeedKind", "feed_path", "read_feed"]

# A calendar that somebody subscribed to must not fall silent one day.
_ENDS = datetime(2100, 1, 1, tzinfo=UTC)
_PREFIX = "calendar-of-"


class FeedKind(StrEnum):
    """Whose duties a feed shows."""

    PERSON = "person"
    SCHEDULE = "schedule"


@dataclass(frozen=True)
class Feed:
    """One feed: of the person or schedule with this id."""

    kind: FeedKind
    id: str


def feed_path(store: Store, feed: Feed) -> str:
    """The path to subscribe to: always the same for the same feed."""
    token = store.dispatches.link_token(f"{_PREFIX}{feed.kind}", feed.id, expires_at=_ENDS)
    return f"/calendar/{token}.ics"


def read_feed(store: Store, token: str) -> Feed:
    """Raises:
    LinkInvalid: the token is no feed's.
    """
    claim = store.dispatches.verify_token(token)
    kind = claim.dispatch_id.removeprefix(_PREFIX)
    if kind == claim.dispatch_id or kind not in set(FeedKind):
        raise LinkInvalid("this address is no calendar's")
    return Feed(FeedKind(kind), claim.person)
