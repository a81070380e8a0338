"""Recordings and transcripts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Float,
    ForeignKey,
    Integer,
    String,
    Text,
)
from sqlalchemy.orm import Mapped, mapped_column

from call_logs.storage.base import Base
from call_logs.storage.columns import EncryptedJson, EncryptedText


class RecordingRow(Base):
    __tablename__ = "recordings"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    call_id: Mapped[str] = mapped_column(ForeignKey("calls.id", ondelete="CASCADE"), index=True)
    rate_hz: Mapped[int] = mapped_column(Integer)
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None] = mapped_column(index=True)
    duration_s: Mapped[float] = mapped_column(Float)
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    status: Mapped[str] = mapped_column(String(16), index=True)
    problem: Mapped[str] = mapped_column(Text)
    location: Mapped[str] = mapped_column(String(200))
    node: Mapped[str] = mapped_column(String(100))


class TranscriptRow(Base):
    __tablename__ = "transcripts"

    recording_id: Mapped[str] = mapped_column(
        ForeignKey("recordings.id", ondelete="CASCADE"), primary_key=True
    )
    call_id: Mapped[str] = mapped_column(ForeignKey("calls.id", ondelete="CASCADE"), index=True)
    status: Mapped[str] = mapped_column(String(16), index=True)
    reason: Mapped[str] = mapped_column(Text)
    attempts: Mapped[int] = mapped_column(Integer)
    text: Mapped[str] = mapped_column(EncryptedText("transcripts.text"))
    heard_text: Mapped[str] = mapped_column(EncryptedText("transcripts.heard_text"))
    words: Mapped[Any] = mapped_column(EncryptedJson("transcripts.words"))
    language: Mapped[str] = mapped_column(String(16))
    model: Mapped[str] = mapped_column(String(100))
    duration_s: Mapped[float] = mapped_column(Float)
    corrected_by: Mapped[str] = mapped_column(String(100))
    corrected_at: Mapped[datetime | None]
    updated_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(Integer)


class SecondHearingRow(Base):
    """A recording that a better engine has heard once more; both texts are kept."""

    __tablename__ = "second_hearings"

    recording_id: Mapped[str] = mapped_column(
        ForeignKey("recordings.id", ondelete="CASCADE"), primary_key=True
    )
    state: Mapped[str] = mapped_column(String(16))
    tries: Mapped[int] = mapped_column(Integer)
    text: Mapped[str] = mapped_column(EncryptedText("second_hearings.text"))
    model: Mapped[str] = mapped_column(String(100))
    confidence: Mapped[float] = mapped_column(Float)
    first_text: Mapped[str] = mapped_column(EncryptedText("second_hearings.first_text"))
    first_model: Mapped[str] = mapped_column(String(100))
    first_confidence: Mapped[float] = mapped_column(Float)
    won: Mapped[bool] = mapped_column(Boolean)
    updated_at: Mapped[datetime]
