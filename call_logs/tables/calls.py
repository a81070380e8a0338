"""Calls, their events, and what is asked of running ones."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    false,
)
from sqlalchemy.orm import Mapped, mapped_column

from call_logs.storage.base import Base, BigId
from call_logs.storage.columns import EncryptedJson, EncryptedText


class CallRow(Base):
    __tablename__ = "calls"
    __table_args__ = (
        Index("ix_calls_ended_at", "ended_at", "node"),
        Index("ix_calls_caller_hash", "caller_hash"),
        Index("ix_calls_started_at", "started_at"),
        Index("ix_calls_missed", "missed", "handled_at"),
    )

    seq: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String(32), unique=True)
    caller: Mapped[str] = mapped_column(EncryptedText("calls.caller"))
    # Of the other side's number, whoever called.
    caller_hash: Mapped[bytes | None] = mapped_column(LargeBinary(16))
    callee: Mapped[str] = mapped_column(EncryptedText("calls.callee"))
    # The number of a caller who shows it to nobody: for calling back alone.
    withheld: Mapped[str | None] = mapped_column(EncryptedText("calls.withheld"))
    trunk: Mapped[str] = mapped_column(String(100))
    direction: Mapped[str] = mapped_column(String(3))
    language: Mapped[str] = mapped_column(String(16))
    node: Mapped[str] = mapped_column(String(100))
    sip_call_id: Mapped[str] = mapped_column(EncryptedText("calls.sip_call_id"))
    started_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None] = mapped_column(String(50))
    # Nobody learnt what the caller wanted; a person has seen to it since.
    missed: Mapped[bool] = mapped_column(Boolean, server_default=false())
    handled_by: Mapped[str] = mapped_column(String(100), server_default="")
    handled_at: Mapped[datetime | None]
    # Of a call back. No foreign key: tickets point at calls already, and are never deleted.
    ticket_id: Mapped[int | None] = mapped_column(BigId)
    # Since then numbers and events are gone; when it came and how long it took stays.
    purged_at: Mapped[datetime | None]


_ABOUT = CallRow.ticket_id.is_not(None)
Index("ix_calls_ticket_id", CallRow.ticket_id, sqlite_where=_ABOUT, postgresql_where=_ABOUT)


class CallEventRow(Base):
    __tablename__ = "call_events"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    uid: Mapped[bytes] = mapped_column(LargeBinary(16), unique=True)  # a replay adds it once
    call_id: Mapped[str] = mapped_column(ForeignKey("calls.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(32))
    at: Mapped[datetime]
    data: Mapped[Any] = mapped_column(EncryptedJson("call_events.data"))


class LiveCallRow(Base):
    __tablename__ = "live_calls"

    call_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    direction: Mapped[str] = mapped_column(String(3), server_default="in")
    node: Mapped[str] = mapped_column(String(100), index=True)
    caller: Mapped[str] = mapped_column(EncryptedText("live_calls.caller"))
    trunk: Mapped[str] = mapped_column(String(100))
    language: Mapped[str] = mapped_column(String(16))
    since: Mapped[datetime]
    menu: Mapped[str] = mapped_column(String(100))
    heard: Mapped[str] = mapped_column(EncryptedText("live_calls.heard"))
    updated_at: Mapped[datetime]


class RequestRow(Base):
    """What the dashboard asks of the node that holds a call."""

    __tablename__ = "requests"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    action: Mapped[str] = mapped_column(String(32))
    call_id: Mapped[str] = mapped_column(String(32), index=True)
    data: Mapped[Any] = mapped_column(EncryptedJson("requests.data"))
    ticket_id: Mapped[int | None] = mapped_column(BigId, index=True)
    actor: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime]
    taken_at: Mapped[datetime | None] = mapped_column(index=True)
    outcome: Mapped[str] = mapped_column(String(32), server_default="")
