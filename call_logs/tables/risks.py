"""Risks: what may become worse, tracked until a person lifts it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from call_logs.storage.base import Base, BigId
from call_logs.storage.columns import EncryptedJson, EncryptedText


class RiskRow(Base):
    __tablename__ = "risks"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    kind: Mapped[str] = mapped_column(String(16))
    level: Mapped[str] = mapped_column(String(8))
    # What it is about: a ticket, an owner (a keyed hash), a place with a category.
    subject: Mapped[str] = mapped_column(String(80))
    # The kind and subject while it is open, else empty: one is not raised twice at once.
    open_key: Mapped[str | None] = mapped_column(String(100), unique=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id", ondelete="CASCADE"))
    found_at: Mapped[datetime]
    facts: Mapped[Any] = mapped_column(EncryptedJson("risks.facts"))
    forecast: Mapped[str] = mapped_column(EncryptedText("risks.forecast"))
    measures: Mapped[str] = mapped_column(EncryptedText("risks.measures"))
    owner: Mapped[str] = mapped_column(String(100))
    log: Mapped[Any] = mapped_column(EncryptedJson("risks.log"))
    lifted_at: Mapped[datetime | None]
    lifted_by: Mapped[str] = mapped_column(String(100))
    version: Mapped[int] = mapped_column(Integer)


Index("ix_risks_ticket", RiskRow.ticket_id)
Index("ix_risks_subject", RiskRow.kind, RiskRow.subject)
Index("ix_risks_lifted_at", RiskRow.lifted_at, RiskRow.id)
Index("ix_risks_found_at", RiskRow.found_at)
