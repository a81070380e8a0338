"""Addresses of other systems that want to hear what happens, and what they were told."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from call_logs.storage.base import Base, BigId
from call_logs.storage.columns import EncryptedJson, EncryptedText


class WebhookRow(Base):
    """The address is encrypted as the secret is: it often holds a token."""

    __tablename__ = "webhooks"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    name: Mapped[str] = mapped_column(String(60), unique=True)
    address: Mapped[str] = mapped_column(EncryptedText("webhooks.address"))
    events: Mapped[str] = mapped_column(String(500))
    details: Mapped[bool] = mapped_column(Boolean)
    secret: Mapped[str] = mapped_column(EncryptedText("webhooks.secret"))
    old_secret: Mapped[str | None] = mapped_column(EncryptedText("webhooks.old_secret"))
    old_until: Mapped[datetime | None]
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(100))
    paused_at: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]
    failing_since: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(Integer)  # in a row
    rest_until: Mapped[datetime | None]


class WebhookEventRow(Base):
    """One thing that happened, for all who listen. `key`: it is written down once for ever."""

    __tablename__ = "webhook_events"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    uid: Mapped[str] = mapped_column(String(40), unique=True)
    key: Mapped[str | None] = mapped_column(String(255), unique=True)
    kind: Mapped[str] = mapped_column(String(40))
    lane: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(index=True)
    data: Mapped[Any] = mapped_column(EncryptedJson("webhook_events.data"))


class WebhookDeliveryRow(Base):
    """An event on its way to one address. `try_at`: None when it is over."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        UniqueConstraint("webhook_id", "event_id"),
        Index("ix_webhook_deliveries_webhook_id_lane", "webhook_id", "lane"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    webhook_id: Mapped[int] = mapped_column(ForeignKey("webhooks.id", ondelete="CASCADE"))
    event_id: Mapped[int] = mapped_column(
        ForeignKey("webhook_events.id", ondelete="CASCADE"), index=True
    )
    lane: Mapped[str] = mapped_column(String(64))
    try_at: Mapped[datetime | None] = mapped_column(index=True)
    tries: Mapped[int] = mapped_column(Integer)
    tried_at: Mapped[datetime | None]
    status: Mapped[int | None] = mapped_column(Integer)  # of HTTP; None: there was no answer
    problem: Mapped[str] = mapped_column(String(40))
    answer: Mapped[str | None] = mapped_column(EncryptedText("webhook_deliveries.answer"))
    ended_at: Mapped[datetime | None]
