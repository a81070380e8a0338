"""The tables that the storage keeps for itself."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from call_logs.storage.base import Base, BigId
from call_logs.storage.columns import EncryptedText


class DoneOnceRow(Base):
    """What was done under a key: asked for again with the same key, nothing is done."""

    __tablename__ = "done_once"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    made: Mapped[Any] = mapped_column(JSON, default=list)  # ids, where rows were made


class ChangeRow(Base):
    __tablename__ = "changes"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    topic: Mapped[str] = mapped_column(String(32))
    key: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(index=True)


class LeaseRow(Base):
    """Which program is a node now, or was last."""

    __tablename__ = "leases"

    node: Mapped[str] = mapped_column(String(64), primary_key=True)
    id: Mapped[str] = mapped_column(String(32))
    host: Mapped[str] = mapped_column(String(255))
    pid: Mapped[int] = mapped_column(BigId)
    boot_id: Mapped[str] = mapped_column(String(64))
    pid_space: Mapped[str] = mapped_column(String(64))
    pid_started: Mapped[str] = mapped_column(String(32))
    home: Mapped[str] = mapped_column(String(32))
    since: Mapped[datetime]
    beat_at: Mapped[datetime]


PROOF = "key"  # the setting that every store has: sealed with the right key


class SettingRow(Base):
    """Small facts about the store itself, such as the proof that the key file is the right one."""

    __tablename__ = "settings"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[str] = mapped_column(EncryptedText("settings.value"))
