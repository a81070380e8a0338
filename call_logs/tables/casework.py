"""What is found out and done about a ticket: evidence."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from call_logs.storage.base import Base, BigId
from call_logs.storage.columns import EncryptedText


class EvidenceRow(Base):
    """Its file outlives its ticket by moments: a row without a ticket is a file to destroy."""

    __tablename__ = "evidence"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    ticket_id: Mapped[int | None] = mapped_column(
        ForeignKey("tickets.id", ondelete="SET NULL"), index=True
    )
    kind: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(EncryptedText("evidence.name"))
    note: Mapped[str] = mapped_column(EncryptedText("evidence.note"))
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[bytes] = mapped_column(LargeBinary(32))
    added_at: Mapped[datetime]
    added_by: Mapped[str] = mapped_column(String(100))
    record_id: Mapped[int | None] = mapped_column(BigId)  # the visit at which it was taken
    location: Mapped[str] = mapped_column(String(200), index=True)  # "": destroyed
    removed_at: Mapped[datetime | None] = mapped_column(index=True)
    removed_by: Mapped[str] = mapped_column(String(100))
