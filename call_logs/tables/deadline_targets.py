"""Targets of deadlines that somebody has changed on the page: every change stays."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from call_logs.storage.base import Base, BigId
from call_logs.storage.columns import EncryptedText


class DeadlineTargetRow(Base):
    """`target`: what holds from then on, as `ResponseTarget.kept`; none: what the configuration
    says. `before`: what held until then."""

    __tablename__ = "deadline_targets"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(100))
    ticket_class: Mapped[str] = mapped_column(String(16))
    category: Mapped[str] = mapped_column(String(64))
    before: Mapped[Any] = mapped_column(JSON(none_as_null=True), nullable=True)
    target: Mapped[Any] = mapped_column(JSON(none_as_null=True), nullable=True)
    note: Mapped[str] = mapped_column(EncryptedText("deadline_targets.note"))
