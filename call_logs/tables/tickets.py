"""Tickets, their history, and who has asked for one."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    and_,
    true,
)
from sqlalchemy.orm import Mapped, mapped_column

from call_logs.storage.base import Base, BigId
from call_logs.storage.columns import EncryptedJson, EncryptedText
from call_logs.tables.ticket_fields import FIELDS

CIRCLE_LIMIT = 2000  # characters


class TicketRow(Base):
    """Its fields are those of `TicketFacts`: their columns are made from the table of fields."""

    __tablename__ = "tickets"

    if TYPE_CHECKING:  # the fields that queries ask for
        kind: Mapped[str]
        text: Mapped[str]
        name: Mapped[str]
        building: Mapped[str]
        unit: Mapped[str]
        floor: Mapped[str]
        area: Mapped[str]
        cause: Mapped[str | None]
        cause_kind: Mapped[str | None]
        plan: Mapped[str | None]
        group: Mapped[bool]
        major: Mapped[bool]
        people: Mapped[int | None]
        ticket_class: Mapped[str]
        category: Mapped[str]
        source: Mapped[str]
        callback: Mapped[str]
        assignee: Mapped[str]
        satisfaction: Mapped[int | None]
        no_survey: Mapped[bool | None]
        call_back: Mapped[bool | None]
        news_by: Mapped[str | None]
        news: Mapped[str | None]
        result: Mapped[str | None]
        lessons: Mapped[str | None]
        anonymous: Mapped[bool | None]
        happened: Mapped[str | None]
        affected: Mapped[str | None]

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    number: Mapped[str | None] = mapped_column(String(20), unique=True)
    call_id: Mapped[str | None] = mapped_column(
        ForeignKey("calls.id", ondelete="SET NULL"), unique=True
    )
    status: Mapped[str] = mapped_column(String(16))
    opened_key: Mapped[str | None] = mapped_column(String(64))
    callback_hash: Mapped[bytes | None] = mapped_column(LargeBinary(16))
    caller: Mapped[str] = mapped_column(EncryptedText("tickets.caller"))
    caller_hash: Mapped[bytes | None] = mapped_column(LargeBinary(16))
    opened_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    acknowledged_at: Mapped[datetime | None]
    on_site_at: Mapped[datetime | None]
    resolved_at: Mapped[datetime | None]
    feedback_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    acknowledge_due_at: Mapped[datetime]
    on_site_due_at: Mapped[datetime]
    feedback_due_at: Mapped[datetime]
    next_due_at: Mapped[datetime | None]
    paused_at: Mapped[datetime | None]
    waits_for: Mapped[str | None] = mapped_column(String(16))
    # When reminders look at it next; each change of its deadlines lets them look at once.
    remind_at: Mapped[datetime | None]
    due_from: Mapped[datetime | None]  # None: since it was opened
    # Since when nobody holds it: it became urgent, or was given back. None: since `due_from`.
    unheld_since: Mapped[datetime | None]
    planned_cost: Mapped[int | None] = mapped_column(BigInteger)  # of its tasks, in hundredths
    # The ticket that this one is the same matter as. It takes no steps and has no deadlines.
    merged_into: Mapped[int | None] = mapped_column(BigId)
    # The case of several owners that it is of now.
    group_id: Mapped[int | None] = mapped_column(BigId)
    # What is done first: 0 before all others (`call_logs.tickets.priority`).
    precedence: Mapped[int] = mapped_column(SmallInteger, server_default="58")
    # When a person first confirmed or changed what it was taken for, and who.
    assessed_at: Mapped[datetime | None]
    assessed_by: Mapped[str | None] = mapped_column(String(100))
    # What a record must have and this one lacks, a word each (`call_logs.tickets.gaps`). None: not
    # written since there are gaps.
    gaps: Mapped[str | None] = mapped_column(String(64))
    # Since then nothing personal is left of it, but what was written after.
    purged_at: Mapped[datetime | None]
    # Who may see it (`call_logs.viewing`): sensitive since; its circle, a reference a line; whom
    # of the directory it complains about, with a keyed hash that finds it.
    sensitive_at: Mapped[datetime | None]
    circle: Mapped[str] = mapped_column(String(CIRCLE_LIMIT), server_default="")
    about: Mapped[str | None] = mapped_column(EncryptedText("tickets.about"))
    about_hash: Mapped[bytes | None] = mapped_column(LargeBinary(16))
    version: Mapped[int] = mapped_column(Integer)


for _name, _field in FIELDS.items():
    setattr(TicketRow, _name, _field.make_column())

# A list is filtered by some of these and read newest first: the id ends each index.
Index("ix_tickets_class_status", TicketRow.ticket_class, TicketRow.status, TicketRow.id)
Index("ix_tickets_class", TicketRow.ticket_class, TicketRow.id)
Index("ix_tickets_status", TicketRow.status, TicketRow.id)
Index("ix_tickets_category", TicketRow.category, TicketRow.id)
Index("ix_tickets_kind", TicketRow.kind, TicketRow.id)
Index("ix_tickets_assignee", TicketRow.assignee, TicketRow.id)
Index("ix_tickets_callback_hash", TicketRow.callback_hash, TicketRow.id)
Index("ix_tickets_caller_hash", TicketRow.caller_hash, TicketRow.id)
Index("ix_tickets_closed_at", TicketRow.closed_at, TicketRow.id)
Index("ix_tickets_next_due_at", TicketRow.next_due_at)
# A list by priority walks this one; only what is still due stands in it.
_DUE = TicketRow.next_due_at.is_not(None)
Index(
    "ix_tickets_precedence",
    TicketRow.precedence,
    TicketRow.next_due_at,
    TicketRow.id,
    sqlite_where=_DUE,
    postgresql_where=_DUE,
)
_OPEN = and_(TicketRow.closed_at.is_(None), TicketRow.merged_into.is_(None))
Index("ix_tickets_open", TicketRow.id, sqlite_where=_OPEN, postgresql_where=_OPEN)
# Of the few that are: SQLite would else look for those that are not in it.
for _column in (
    TicketRow.group_id,
    TicketRow.merged_into,
    TicketRow.sensitive_at,
    TicketRow.about_hash,
):
    Index(
        f"ix_tickets_{_column.key}",
        _column,
        sqlite_where=_column.is_not(None),
        postgresql_where=_column.is_not(None),
    )
_ANONYMOUS = TicketRow.anonymous == true()
Index(
    "ix_tickets_anonymous",
    TicketRow.anonymous,
    sqlite_where=_ANONYMOUS,
    postgresql_where=_ANONYMOUS,
)
Index("ix_tickets_remind_at", TicketRow.remind_at)
Index("ux_tickets_opened_key", TicketRow.opened_key, unique=True)
Index("ix_tickets_opened_at", TicketRow.opened_at)


class TicketChangeRow(Base):
    __tablename__ = "ticket_history"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(100))
    action: Mapped[str] = mapped_column(String(16))
    changes: Mapped[Any] = mapped_column(EncryptedJson("ticket_history.changes"))
    note: Mapped[str] = mapped_column(EncryptedText("ticket_history.note"))


_OPENED = TicketChangeRow.action == "opened"
Index(
    "ix_ticket_history_opened",
    TicketChangeRow.actor,
    TicketChangeRow.ticket_id,
    sqlite_where=_OPENED,
    postgresql_where=_OPENED,
)


class TicketTokenRow(Base):
    """Keyed hashes of the words of a ticket: the index of the text search.

    No foreign key and no second index: at a million tickets this is by far the largest table,
    and a ticket's tokens are always known from its text.
    """

    __tablename__ = "ticket_tokens"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012  (the primary key is the table)

    token: Mapped[bytes] = mapped_column(LargeBinary(8), primary_key=True)
    ticket_id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)


class EnquiryTryRow(Base):
    """A caller could not show that a ticket is theirs. Tickets are never deleted: no key."""

    __tablename__ = "enquiry_tries"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    ticket_id: Mapped[int] = mapped_column(BigId, index=True)
    at: Mapped[datetime] = mapped_column(index=True)
