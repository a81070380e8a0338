"""Faults that are known: callers of a place hear of them before they ask."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from call_logs.storage.base import Base, BigId
from call_logs.storage.columns import EncryptedText


class FaultRow(Base):
    """One announcement. It ends by its time or by hand, and stays in the list."""

    __tablename__ = "faults"
    __table_args__ = (Index("ix_faults_ended_at", "ended_at", "until"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    category: Mapped[str] = mapped_column(String(64))
    buildings: Mapped[str] = mapped_column(Text)  # one a line; empty: the whole site
    until: Mapped[datetime | None]
    words: Mapped[str] = mapped_column(EncryptedText("faults.words"))
    announced_by: Mapped[str] = mapped_column(String(100))
    announced_at: Mapped[datetime]
    ended_by: Mapped[str] = mapped_column(String(100))
    ended_at: Mapped[datetime | None]


class FaultReportRow(Base):
    """A ticket of somebody who is affected too."""

    __tablename__ = "fault_reports"

    fault_id: Mapped[int] = mapped_column(
        ForeignKey("faults.id", ondelete="CASCADE"), primary_key=True
    )
    ticket_id: Mapped[int] = mapped_column(BigId, primary_key=True)
