"""What owners are to be told unasked, and how it was tried."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from call_logs.storage.base import Base, BigId
from call_logs.storage.columns import EncryptedText


class OwnerNewsRow(Base):
    """One thing to tell the owner of one ticket; a call back that was agreed on is one, too."""

    __tablename__ = "owner_news"
    __table_args__ = (
        Index("ix_owner_news_state", "state", "next_at"),
        Index("ix_owner_news_ticket", "ticket_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    ticket_id: Mapped[int] = mapped_column(BigId)
    topic: Mapped[str] = mapped_column(String(16))
    words: Mapped[str] = mapped_column(EncryptedText("owner_news.words"))
    way: Mapped[str] = mapped_column(String(16))  # call or message
    state: Mapped[str] = mapped_column(String(16))
    next_at: Mapped[datetime | None]  # of the next try, while it waits for one
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(100))
    agreed_at: Mapped[datetime | None]  # of a call back
    told_at: Mapped[datetime | None]
    told_by: Mapped[str] = mapped_column(String(100))  # a person, or the program
    reminded_at: Mapped[datetime | None]  # that a call back was missed


class OwnerNewsTryRow(Base):
    """One ring or message, written before it goes out."""

    __tablename__ = "owner_news_tries"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    owed_id: Mapped[int] = mapped_column(
        "news_id", ForeignKey("owner_news.id", ondelete="CASCADE"), index=True
    )
    at: Mapped[datetime]
    node: Mapped[str] = mapped_column(String(100))
    outcome: Mapped[str | None] = mapped_column(String(16))  # None: it goes on
