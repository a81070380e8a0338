"""The tables. What a person is called, where he lives, his numbers and words are encrypted."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Text,
    false,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from call_logs.columns import EncryptedJson, EncryptedText, UtcDateTime

# SQLite only numbers rows by itself in a column declared INTEGER.
BigId = BigInteger().with_variant(Integer, "sqlite")


class Base(DeclarativeBase):
    """Constraint names are fixed, so that migrations can name them on every database."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UtcDateTime}  # noqa: RUF012


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
    ticket_id: Mapped[int | None] = mapped_column(BigId, index=True)


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


class RecordingRow(Base):
    __tablename__ = "recordings"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    call_id: Mapped[str] = mapped_column(ForeignKey("calls.id", ondelete="CASCADE"), index=True)
    rate_hz: Mapped[int] = mapped_column(Integer)
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None] = mapped_column(index=True)
    duration_s: Mapped[float] = mapped_column(Float)
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    status: Mapped[str] = mapped_column(String(16), index=True)
    problem: Mapped[str] = mapped_column(Text)
    location: Mapped[str] = mapped_column(String(200))
    node: Mapped[str] = mapped_column(String(100))


class TranscriptRow(Base):
    __tablename__ = "transcripts"

    recording_id: Mapped[str] = mapped_column(
        ForeignKey("recordings.id", ondelete="CASCADE"), primary_key=True
    )
    call_id: Mapped[str] = mapped_column(ForeignKey("calls.id", ondelete="CASCADE"), index=True)
    status: Mapped[str] = mapped_column(String(16), index=True)
    reason: Mapped[str] = mapped_column(Text)
    attempts: Mapped[int] = mapped_column(Integer)
    text: Mapped[str] = mapped_column(EncryptedText("transcripts.text"))
    heard_text: Mapped[str] = mapped_column(EncryptedText("transcripts.heard_text"))
    words: Mapped[Any] = mapped_column(EncryptedJson("transcripts.words"))
    language: Mapped[str] = mapped_column(String(16))
    model: Mapped[str] = mapped_column(String(100))
    duration_s: Mapped[float] = mapped_column(Float)
    corrected_by: Mapped[str] = mapped_column(String(100))
    corrected_at: Mapped[datetime | None]
    updated_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(Integer)


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


class UserRow(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    full_name: Mapped[str] = mapped_column(EncryptedText("users.full_name"))
    role: Mapped[str] = mapped_column(String(16))
    language: Mapped[str] = mapped_column(String(16))
    password_hash: Mapped[str] = mapped_column(String(200))
    active: Mapped[bool] = mapped_column(Boolean)
    must_change_password: Mapped[bool] = mapped_column(Boolean)
    created_at: Mapped[datetime]
    last_login_at: Mapped[datetime | None]


class LoginSessionRow(Base):
    __tablename__ = "login_sessions"

    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    csrf_token: Mapped[str] = mapped_column(EncryptedText("login_sessions.csrf_token"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class LoginFailureRow(Base):
    """Failures in a row of one user name or one network address (its keyed hash)."""

    __tablename__ = "login_failures"

    subject: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    failures: Mapped[int] = mapped_column(Integer)
    last_at: Mapped[datetime] = mapped_column(index=True)


class EnquiryTryRow(Base):
    """A caller could not show that a ticket is his. Tickets are never deleted: no key."""

    __tablename__ = "enquiry_tries"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    ticket_id: Mapped[int] = mapped_column(BigId, index=True)
    at: Mapped[datetime] = mapped_column(index=True)


class AccessRow(Base):
    __tablename__ = "access_log"
    __table_args__ = (Index("ix_access_log_subject", "subject", "key"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    at: Mapped[datetime] = mapped_column(index=True)
    user_name: Mapped[str] = mapped_column(String(100), index=True)
    action: Mapped[str] = mapped_column(String(32))
    subject: Mapped[str] = mapped_column(String(32))
    key: Mapped[str] = mapped_column(String(64))
    source: Mapped[str] = mapped_column(EncryptedText("access_log.source"))


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


class DoneOnceRow(Base):
    """What was done under a key: asked for again with the same key, nothing is done."""

    __tablename__ = "done_once"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)


class ChangeRow(Base):
    __tablename__ = "changes"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    topic: Mapped[str] = mapped_column(String(32))
    key: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(index=True)


class LeaseRow(Base):
    """Which program is a node now, or was last."""

    __tablename__ = "leases"

    node: Mapped[str] = mapped_column(String(64), primary_key=True)
    id: Mapped[str] = mapped_column(String(32))
    host: Mapped[str] = mapped_column(String(255))
    pid: Mapped[int] = mapped_column(BigId)
    boot_id: Mapped[str] = mapped_column(String(64))
    pid_space: Mapped[str] = mapped_column(String(64))
    pid_started: Mapped[str] = mapped_column(String(32))
    home: Mapped[str] = mapped_column(String(32))
    since: Mapped[datetime]
    beat_at: Mapped[datetime]


class SettingRow(Base):
    """Small facts about the store itself, such as the proof that the key file is the right one."""

    __tablename__ = "settings"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[str] = mapped_column(EncryptedText("settings.value"))
