"""What people are told about tickets: written down before it is sent, and what came of it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from call_logs.storage.base import Base, BigId


class ReminderRow(Base):
    """One thing to tell one party. `key` is made of ticket, deadline, moment, level and party:
    the same thing is never told twice, whoever writes it down again."""

    __tablename__ = "reminders"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    key: Mapped[str] = mapped_column(String(255), unique=True)
    ticket_id: Mapped[int | None] = mapped_column(
        ForeignKey("tickets.id", ondelete="CASCADE"), index=True
    )  # None: a digest
    level: Mapped[str] = mapped_column(String(16))
    deadline: Mapped[str] = mapped_column(String(32))  # several with commas; "" where about none
    moment: Mapped[datetime]  # the deadline, or what else it is about
    party: Mapped[str] = mapped_column(String(100))  # a reference of the directory
    made_at: Mapped[datetime]
    try_at: Mapped[datetime | None] = mapped_column(index=True)  # None: it is over
    tries: Mapped[int] = mapped_column(Integer)
    ended_at: Mapped[datetime | None] = mapped_column(index=True)
    outcome: Mapped[str] = mapped_column(String(16))
    told: Mapped[str] = mapped_column(String(64))  # the person of the roster who was told
