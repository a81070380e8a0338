"""What is kept although its time is over, and what was asked to be destroyed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from call_logs.storage.base import Base, BigId
from call_logs.storage.columns import EncryptedJson, EncryptedText


class HoldRow(Base):
    """A ticket of which nothing is destroyed while the row stands. The history tells of it."""

    __tablename__ = "ticket_holds"

    ticket_id: Mapped[int] = mapped_column(
        ForeignKey("tickets.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(100))
    reason: Mapped[str] = mapped_column(EncryptedText("ticket_holds.reason"))


class DestructionRow(Base):
    """Something to be destroyed, from the order until all of it is gone. Durable: whoever finds it
    open goes on with it."""

    __tablename__ = "destructions"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    kind: Mapped[str] = mapped_column(String(16))
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(100))
    reason: Mapped[str] = mapped_column(EncryptedText("destructions.reason"))
    # Whom it is about; empty once it is over.
    target: Mapped[Any] = mapped_column(EncryptedJson("destructions.target"))
    result: Mapped[Any] = mapped_column(EncryptedJson("destructions.result"))  # counts by kind
    ended_at: Mapped[datetime | None]


Index("ix_destructions_ended_at", DestructionRow.ended_at, DestructionRow.id)
