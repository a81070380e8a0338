"""Surveys after a result was told, and the calls that were made for them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from call_logs.storage.base import Base, BigId


class SurveyRow(Base):
    """One telling of one ticket's result: a reopened ticket is told again."""

    __tablename__ = "surveys"
    __table_args__ = (
        UniqueConstraint("ticket_id", "feedback_at", name="ux_surveys_telling"),
        Index("ix_surveys_state", "state", "next_at"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    ticket_id: Mapped[int] = mapped_column(BigId)
    feedback_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(16))
    next_at: Mapped[datetime | None]  # of the next call, while it waits for one
    score: Mapped[int | None] = mapped_column(Integer)
    answered_by: Mapped[str] = mapped_column(String(100))  # who entered it, or the program
    answered_at: Mapped[datetime | None]
    managers_told_at: Mapped[datetime | None]  # of a score that is too low


class SurveyTryRow(Base):
    """One ring, written before it is dialled."""

    __tablename__ = "survey_tries"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    owed_id: Mapped[int] = mapped_column(
        "survey_id", ForeignKey("surveys.id", ondelete="CASCADE"), index=True
    )
    at: Mapped[datetime]
    node: Mapped[str] = mapped_column(String(100))
    outcome: Mapped[str | None] = mapped_column(String(16))  # None: it goes on
