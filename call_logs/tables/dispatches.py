"""Tables of what was done to reach somebody."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, ForeignKey, Integer, String, false
from sqlalchemy.orm import Mapped, mapped_column

from call_logs.storage.base import Base, BigId
from call_logs.storage.columns import EncryptedJson, EncryptedText

__all__ = ["AttemptRow", "DispatchEventRow", "DispatchRow"]


class DispatchRow(Base):
    """One search for a person who takes a ticket; or a drill, which has none."""

    __tablename__ = "dispatches"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    ticket_id: Mapped[int | None] = mapped_column(
        ForeignKey("tickets.id", ondelete="CASCADE"), index=True
    )
    # The ticket's while the search goes on, else empty: a ticket has one search at a time, on
    # every database and with any number of nodes. Empty for a drill.
    open_key: Mapped[int | None] = mapped_column(BigId, unique=True)
    # No foreign key: the call's own row is written by a journal that may lag behind.
    call_id: Mapped[str | None] = mapped_column(String(32), index=True)
    node: Mapped[str] = mapped_column(String(100))
    category: Mapped[str] = mapped_column(String(64))
    policy: Mapped[Any] = mapped_column(EncryptedJson("dispatches.policy"))
    drill: Mapped[bool] = mapped_column(Boolean)
    # By whom it was ordered on a page; the person who is rung first, and whether only they are.
    ordered_by: Mapped[str] = mapped_column(String(100), server_default="")
    ordered_person: Mapped[str] = mapped_column(String(64), server_default="")
    once: Mapped[bool] = mapped_column(Boolean, server_default=false())
    status: Mapped[str] = mapped_column(String(16), index=True)
    reason: Mapped[str] = mapped_column(String(100))
    attempt_id: Mapped[str | None] = mapped_column(String(32))  # that was accepted
    person: Mapped[str] = mapped_column(String(64))  # who accepted
    opened_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[str] = mapped_column(String(100))
    acknowledged_via: Mapped[str] = mapped_column(String(16))
    closed_at: Mapped[datetime | None]


class AttemptRow(Base):
    """One contact of one person, rung once."""

    __tablename__ = "dispatch_attempts"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    dispatch_id: Mapped[str] = mapped_column(
        ForeignKey("dispatches.id", ondelete="CASCADE"), index=True
    )
    person: Mapped[str] = mapped_column(String(64), index=True)
    contact: Mapped[str] = mapped_column(EncryptedText("dispatch_attempts.contact"))
    level: Mapped[int] = mapped_column(Integer)
    round: Mapped[int] = mapped_column(Integer)
    status: Mapped[str] = mapped_column(String(16), index=True)
    started_at: Mapped[datetime]
    rung_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]
    bridged_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class DispatchEventRow(Base):
    """The timeline: every step of a search, append-only."""

    __tablename__ = "dispatch_events"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    dispatch_id: Mapped[str] = mapped_column(
        ForeignKey("dispatches.id", ondelete="CASCADE"), index=True
    )
    attempt_id: Mapped[str | None] = mapped_column(String(32))
    kind: Mapped[str] = mapped_column(String(24))
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(100))
    data: Mapped[Any] = mapped_column(EncryptedJson("dispatch_events.data"))
