"""Tables of the roster."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from call_logs.storage.base import Base, BigId
from call_logs.storage.columns import EncryptedJson

__all__ = ["RosterChangeRow", "RosterEntryRow"]


class RosterEntryRow(Base):
    """One entry of the roster as a document. A roster is small and always read whole; its
    parts refer to each other by the ids that people gave them."""

    __tablename__ = "roster_entries"

    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    position: Mapped[int] = mapped_column(Integer)
    document: Mapped[Any] = mapped_column(EncryptedJson("roster_entries.document"))
    version: Mapped[int] = mapped_column(Integer)
    updated_at: Mapped[datetime]


class RosterChangeRow(Base):
    """Who changed which entry when, and from what to what; append-only. The highest id is
    the roster's revision."""

    __tablename__ = "roster_history"
    __table_args__ = (Index("ix_roster_history_entry", "kind", "entry_id", "id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(100))
    action: Mapped[str] = mapped_column(String(16))
    kind: Mapped[str] = mapped_column(String(16))
    entry_id: Mapped[str] = mapped_column(String(64))
    before: Mapped[Any | None] = mapped_column(EncryptedJson("roster_history.before"))
    after: Mapped[Any | None] = mapped_column(EncryptedJson("roster_history.after"))
