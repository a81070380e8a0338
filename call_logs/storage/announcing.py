"""What other systems may be told of: said in the transaction that makes it so.

Whoever changes something announces it; before the commit the store's outbox writes it down for
those who want to hear of it (`call_logs/webhooks/`). Nobody is told of what was rolled back, and
nothing that was committed goes untold.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

__all__ = ["Announced", "Announcement", "announce", "taken_announcements"]

_ANNOUNCED = "announced"  # where a session's `info` carries them


class Announced(StrEnum):
    TICKET_OPENED = "ticket.opened"
    TICKET_CHANGED = "ticket.changed"
    TICKET_DUE = "ticket.due"  # a deadline comes near, or was missed
    DISPATCH = "dispatch.changed"  # a search for somebody has come to another state
    CALL_ENDED = "call.ended"
    SURVEY = "survey.answered"
    TEST = "webhook.test"  # an administrator has asked for one


@dataclass(frozen=True)
class Announcement:
    """`data`: ids and states, never a caller's words or numbers. `lane`: those of one lane are
    told in order. `key`: under it once for ever; "": each time."""

    kind: Announced
    lane: str
    data: Mapping[str, Any]
    key: str = ""


def announce(
    session: AsyncSession,
    kind: Announced,
    data: Mapping[str, Any],
    *,
    ticket_id: int | None = None,
    key: str = "",
) -> None:
    """Tell whoever listens, when this transaction commits."""
    lane = f"ticket:{ticket_id}" if ticket_id is not None else ""
    told: list[Announcement] = session.info.setdefault(_ANNOUNCED, [])
    told.append(Announcement(kind, lane, {"ticket_id": ticket_id, **data}, key))


def taken_announcements(session: AsyncSession) -> list[Announcement]:
    """What was announced in this transaction; asked again, nothing."""
    told: list[Announcement] = session.info.pop(_ANNOUNCED, [])
    return told
