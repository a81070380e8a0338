"""The register of equipment: lifts, pumps, barriers, and who maintains them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, String
from sqlalchemy.orm import Mapped, mapped_column

from call_logs.storage.base import Base, BigId
from call_logs.storage.columns import EncryptedJson, EncryptedText


class EquipmentRow(Base):
    """`last_maintenance`: as the sheet says; `maintained_on`: as the register of maintenance
    says."""

    __tablename__ = "equipment"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    categories: Mapped[str] = mapped_column(String(402))  # of tickets, between blanks
    place: Mapped[Any] = mapped_column(EncryptedJson("equipment.place"))
    supplier: Mapped[str] = mapped_column(EncryptedText("equipment.supplier"))
    contact: Mapped[str] = mapped_column(EncryptedText("equipment.contact"))
    last_maintenance: Mapped[date | None] = mapped_column(Date)
    maintained_on: Mapped[date | None] = mapped_column(Date)
    note: Mapped[str] = mapped_column(EncryptedText("equipment.note"))
    updated_at: Mapped[datetime]
