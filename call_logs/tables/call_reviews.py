"""Calls that were drawn for a review, with every version of what was said of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from call_logs.storage.base import Base, BigId
from call_logs.storage.columns import EncryptedJson


class CallReviewRow(Base):
    """`person`: a reference to whoever talked with the caller. `score`: percent, once reviewed.
    `content`: marks by item, remark, answer."""

    __tablename__ = "call_reviews"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    # No foreign key: the call's own row is written by a journal that may lag behind.
    call_id: Mapped[str] = mapped_column(String(32), unique=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id", ondelete="CASCADE"), index=True)
    person: Mapped[str] = mapped_column(String(100), index=True)
    category: Mapped[str] = mapped_column(String(64))
    urgent: Mapped[bool]
    month: Mapped[str] = mapped_column(String(7), index=True)  # 2026-11: in which it was made
    reviewer: Mapped[str] = mapped_column(String(100))
    reviewed_at: Mapped[datetime | None]
    score: Mapped[int | None] = mapped_column(Integer)
    answered_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(Integer)
    content: Mapped[Any] = mapped_column(EncryptedJson("call_reviews.content"))


class CallReviewVersionRow(Base):
    __tablename__ = "call_review_versions"

    review_id: Mapped[int] = mapped_column(
        ForeignKey("call_reviews.id", ondelete="CASCADE"), primary_key=True
    )
    version: Mapped[int] = mapped_column(Integer, primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(100))
    score: Mapped[int | None] = mapped_column(Integer)
    content: Mapped[Any] = mapped_column(EncryptedJson("call_review_versions.content"))
