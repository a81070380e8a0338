"""The directory of owners."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from call_logs.storage.base import Base
from call_logs.storage.columns import EncryptedJson, EncryptedText


class OwnerRow(Base):
    """A known number and the address it belongs to, found by the number's keyed hash."""

    __tablename__ = "owners"

    number_hash: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    number: Mapped[str] = mapped_column(EncryptedText("owners.number"))
    name: Mapped[str] = mapped_column(EncryptedText("owners.name"))
    address: Mapped[Any] = mapped_column(EncryptedJson("owners.address"))
    note: Mapped[str] = mapped_column(EncryptedText("owners.note"))
    updated_at: Mapped[datetime]
