"""Who works on a ticket together, and what each of them sees to."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from call_logs.storage.base import Base, BigId
from call_logs.storage.columns import EncryptedText


class TeamMemberRow(Base):
    __tablename__ = "ticket_team"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id", ondelete="CASCADE"))
    member: Mapped[str] = mapped_column(String(100))  # a reference of the directory
    part: Mapped[str] = mapped_column(String(16))
    duty: Mapped[str] = mapped_column(EncryptedText("ticket_team.duty"))  # "": that of the part
    added_at: Mapped[datetime]
    added_by: Mapped[str] = mapped_column(String(100))


Index("ux_ticket_team", TeamMemberRow.ticket_id, TeamMemberRow.member, unique=True)
