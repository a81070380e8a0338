"""Users, their sessions, and what they looked at."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    Boolean,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
)
from sqlalchemy.orm import Mapped, mapped_column

from call_logs.storage.base import Base, BigId
from call_logs.storage.columns import EncryptedText


class UserRow(Base):
    __tablename__ = "users"
    __table_args__ = (Index("ux_users_person", "person", unique=True),)

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
    person: Mapped[str | None] = mapped_column(String(64))  # of the roster
    firm: Mapped[str | None] = mapped_column(String(100))  # of the directory, by reference


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
    reason: Mapped[str | None] = mapped_column(EncryptedText("access_log.reason"))
