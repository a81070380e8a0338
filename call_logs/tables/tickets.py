"""Tickets, their history, and who has asked for one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
)
from sqlalchemy.orm import Mapped, mapped_column

from call_logs.storage.base import Base, BigId
from call_logs.storage.columns import EncryptedJson, EncryptedText


class TicketRow(Base):
    __tablename__ = "tickets"
    __table_args__ = (
        # A list is filtered by some of these and read newest first: the id ends each index.
        Index("ix_tickets_class_status", "ticket_class", "status", "id"),
        Index("ix_tickets_class", "ticket_class", "id"),
        Index("ix_tickets_status", "status", "id"),
        Index("ix_tickets_category", "category", "id"),
        Index("ix_tickets_kind", "kind", "id"),
        Index("ix_tickets_assignee", "assignee", "id"),
        Index("ix_tickets_callback_hash", "callback_hash", "id"),
        Index("ix_tickets_caller_hash", "caller_hash", "id"),
        Index("ix_tickets_closed_at", "closed_at", "id"),
        Index("ix_tickets_next_due_at", "next_due_at"),
        Index("ix_tickets_opened_at", "opened_at"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    number: Mapped[str | None] = mapped_column(String(20), unique=True)
    call_id: Mapped[str | None] = mapped_column(
        ForeignKey("calls.id", ondelete="SET NULL"), unique=True
    )
    kind: Mapped[str] = mapped_column(String(16))
    ticket_class: Mapped[str] = mapped_column(String(16))
    category: Mapped[str] = mapped_column(String(64))
    status: Mapped[str] = mapped_column(String(16))
    text: Mapped[str] = mapped_column(EncryptedText("tickets.text"))
    name: Mapped[str] = mapped_column(EncryptedText("tickets.name"))
    callback: Mapped[str] = mapped_column(EncryptedText("tickets.callback"))
    callback_hash: Mapped[bytes | None] = mapped_column(LargeBinary(16))
    caller: Mapped[str] = mapped_column(EncryptedText("tickets.caller"))
    caller_hash: Mapped[bytes | None] = mapped_column(LargeBinary(16))
    building: Mapped[str] = mapped_column(EncryptedText("tickets.building"))
    unit: Mapped[str] = mapped_column(EncryptedText("tickets.unit"))
    floor: Mapped[str] = mapped_column(EncryptedText("tickets.floor"))
    room: Mapped[str] = mapped_column(EncryptedText("tickets.room"))
    area: Mapped[str] = mapped_column(EncryptedText("tickets.area"))
    language: Mapped[str] = mapped_column(String(16))
    phrases: Mapped[Any] = mapped_column(EncryptedJson("tickets.phrases"))
    assignee: Mapped[str] = mapped_column(String(100))
    major: Mapped[bool] = mapped_column(Boolean)
    group: Mapped[bool] = mapped_column("group_mark", Boolean)
    satisfaction: Mapped[int | None] = mapped_column(SmallInteger)
    people: Mapped[int | None] = mapped_column(SmallInteger)
    opened_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    acknowledged_at: Mapped[datetime | None]
    on_site_at: Mapped[datetime | None]
    resolved_at: Mapped[datetime | None]
    feedback_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    acknowledge_due_at: Mapped[datetime]
    on_site_due_at: Mapped[datetime]
    feedback_due_at: Mapped[datetime]
    next_due_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(Integer)


class TicketChangeRow(Base):
    __tablename__ = "ticket_history"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(100))
    action: Mapped[str] = mapped_column(String(16))
    changes: Mapped[Any] = mapped_column(EncryptedJson("ticket_history.changes"))
    note: Mapped[str] = mapped_column(EncryptedText("ticket_history.note"))


class TicketTokenRow(Base):
    """Keyed hashes of the words of a ticket: the index of the text search.

    No foreign key and no second index: at a million tickets this is by far the largest table,
    and a ticket's tokens are always known from its text.
    """

    __tablename__ = "ticket_tokens"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012  (the primary key is the table)

    token: Mapped[bytes] = mapped_column(LargeBinary(8), primary_key=True)
    ticket_id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)


class EnquiryTryRow(Base):
    """A caller could not show that a ticket is his. Tickets are never deleted: no key."""

    __tablename__ = "enquiry_tries"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    ticket_id: Mapped[int] = mapped_column(BigId, index=True)
    at: Mapped[datetime] = mapped_column(index=True)
