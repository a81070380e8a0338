"""Cases that several owners have told: their tickets are joined, and none goes away."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from call_logs.storage.base import Base, BigId
from call_logs.storage.columns import EncryptedJson, EncryptedText


class TicketGroupRow(Base):
    __tablename__ = "ticket_groups"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    status: Mapped[str] = mapped_column(String(16))
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(100))
    reason: Mapped[Any] = mapped_column(EncryptedJson("ticket_groups.reason"))
    told: Mapped[str] = mapped_column(EncryptedText("ticket_groups.told"))
    told_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(Integer)


Index("ix_ticket_groups_status", TicketGroupRow.status, TicketGroupRow.id)


class GroupMemberRow(Base):
    """A ticket that is, or was, of a group. Which one it is of now stands in its own row."""

    __tablename__ = "ticket_group_members"

    group_id: Mapped[int] = mapped_column(
        ForeignKey("ticket_groups.id", ondelete="CASCADE"), primary_key=True
    )
    ticket_id: Mapped[int] = mapped_column(
        ForeignKey("tickets.id", ondelete="CASCADE"), primary_key=True
    )
    joined_at: Mapped[datetime]
    left_at: Mapped[datetime | None]
    # Whether the ticket bore the mark "several owners" before, which then stays.
    was_marked: Mapped[bool] = mapped_column(Boolean)


Index("ix_ticket_group_members_ticket", GroupMemberRow.ticket_id)
