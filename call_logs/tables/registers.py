"""Entries of the registers with all their versions, and the movements of what is in stock."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Boolean, Date, ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from call_logs.storage.base import Base, BigId
from call_logs.storage.columns import EncryptedJson, EncryptedText


class RegisterEntryRow(Base):
    """`about`: the piece of equipment, or whoever was trained or is skilled; of others empty.
    `holder`: a reference of the directory; `due_on`: until when somebody must see to it, None
    once that is done. `after`: the entry whose maintenance or training this one did again.
    `from_ticket`: the id of the ticket that it follows from."""

    __tablename__ = "register_entries"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    kind: Mapped[str] = mapped_column(String(16), index=True)
    version: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(100))
    updated_at: Mapped[datetime]
    updated_by: Mapped[str] = mapped_column(String(100))
    about: Mapped[str] = mapped_column(String(200), index=True)
    void: Mapped[bool] = mapped_column(Boolean)
    holder: Mapped[str | None] = mapped_column(String(200))
    due_on: Mapped[date | None] = mapped_column(Date)
    # When reminders look at it next; each change of it lets them look at once.
    remind_at: Mapped[datetime | None] = mapped_column(index=True)
    after: Mapped[int | None] = mapped_column(BigId)
    from_ticket: Mapped[int | None] = mapped_column(BigId, index=True)
    content: Mapped[Any] = mapped_column(EncryptedJson("register_entries.content"))


class RegisterVersionRow(Base):
    __tablename__ = "register_versions"

    entry_id: Mapped[int] = mapped_column(
        ForeignKey("register_entries.id", ondelete="CASCADE"), primary_key=True
    )
    version: Mapped[int] = mapped_column(Integer, primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(100))
    content: Mapped[Any] = mapped_column(EncryptedJson("register_versions.content"))


class StockMovementRow(Base):
    """Never changed: what was wrong is set right by another movement."""

    __tablename__ = "stock_movements"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    entry_id: Mapped[int] = mapped_column(
        ForeignKey("register_entries.id", ondelete="CASCADE"), index=True
    )
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(100))
    change: Mapped[int] = mapped_column(Integer)  # into the store; less than 0: out of it
    for_ticket: Mapped[int | None] = mapped_column(BigId, index=True)
    note: Mapped[str] = mapped_column(EncryptedText("stock_movements.note"))
