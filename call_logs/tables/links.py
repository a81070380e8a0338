"""Tickets that have to do with each other. A merge stands in the ticket's own row."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from call_logs.storage.base import Base, BigId


class TicketLinkRow(Base):
    """`split`: `ticket_id` is a second matter out of `other_id`. `related`: the smaller id
    stands first, so that two people who link the same two make one row."""

    __tablename__ = "ticket_links"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    kind: Mapped[str] = mapped_column(String(16))
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id", ondelete="CASCADE"))
    other_id: Mapped[int] = mapped_column(ForeignKey("tickets.id", ondelete="CASCADE"))
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(100))


Index(
    "ux_ticket_links",
    TicketLinkRow.ticket_id,
    TicketLinkRow.other_id,
    TicketLinkRow.kind,
    unique=True,
)
Index("ix_ticket_links_other", TicketLinkRow.other_id)
