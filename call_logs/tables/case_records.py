"""Records of a case, each with all its versions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from call_logs.storage.base import Base, BigId
from call_logs.storage.columns import EncryptedJson


class CaseRecordRow(Base):
    """`due_at`, `done_at`, `holder`: of a task, for whoever asks what is due and whose it is."""

    __tablename__ = "case_records"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    version: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(100))
    updated_at: Mapped[datetime]
    updated_by: Mapped[str] = mapped_column(String(100))
    due_at: Mapped[datetime | None] = mapped_column(index=True)
    done_at: Mapped[datetime | None]
    holder: Mapped[str | None] = mapped_column(String(200))  # a reference of the directory
    # When reminders look at it next; each change of it lets them look at once.
    remind_at: Mapped[datetime | None] = mapped_column(index=True)
    added_key: Mapped[str] = mapped_column(String(64))
    content: Mapped[Any] = mapped_column(EncryptedJson("case_records.content"))


# Of what is still to be done: the table of a year is mostly of what is done.
_OPEN = CaseRecordRow.holder.is_not(None) & CaseRecordRow.done_at.is_(None)
Index(
    "ix_case_records_holder",
    CaseRecordRow.holder,
    CaseRecordRow.due_at,
    sqlite_where=_OPEN,
    postgresql_where=_OPEN,
)
Index("ux_case_records_added_key", CaseRecordRow.added_key, unique=True)


class CaseVersionRow(Base):
    __tablename__ = "case_versions"

    record_id: Mapped[int] = mapped_column(
        ForeignKey("case_records.id", ondelete="CASCADE"), primary_key=True
    )
    version: Mapped[int] = mapped_column(Integer, primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(100))
    content: Mapped[Any] = mapped_column(EncryptedJson("case_versions.content"))
