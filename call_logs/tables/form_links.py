"""Links of the owners' form: one for each building, lift, car park."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from call_logs.storage.base import Base, BigId
from call_logs.storage.columns import EncryptedJson


class FormLinkRow(Base):
    __tablename__ = "form_links"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    place: Mapped[Any] = mapped_column(EncryptedJson("form_links.place"))
    category: Mapped[str] = mapped_column(String(64))
    active: Mapped[bool] = mapped_column(Boolean)
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(100))
    version: Mapped[int] = mapped_column(Integer)
