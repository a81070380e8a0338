"""Systems that send messages, and which ticket each message has come to."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from call_logs.storage.base import Base, BigId
from call_logs.storage.columns import EncryptedText


class InboundSourceRow(Base):
    """A system that may send. A name is never given again, so that the history of a ticket says
    for ever which system it was; once revoked, its secret is nowhere."""

    __tablename__ = "inbound_sources"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    name: Mapped[str] = mapped_column(String(60), unique=True)
    secret: Mapped[str | None] = mapped_column(EncryptedText("inbound_sources.secret"))
    old_secret: Mapped[str | None] = mapped_column(EncryptedText("inbound_sources.old_secret"))
    old_until: Mapped[datetime | None]
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(100))
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[str] = mapped_column(String(100))


class InboundMessageRow(Base):
    """One message. Ids, conversations and senders are keyed hashes: they often are an address or
    the name of an account."""

    __tablename__ = "inbound_messages"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    message_hash: Mapped[bytes] = mapped_column(LargeBinary(16), unique=True)
    content_hash: Mapped[bytes] = mapped_column(LargeBinary(16))
    conversation_hash: Mapped[bytes | None] = mapped_column(LargeBinary(16), index=True)
    sender_hash: Mapped[bytes | None] = mapped_column(LargeBinary(16))
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime]
