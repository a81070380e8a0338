"""A message becomes a ticket, or is added to the one it belongs to: `store.inbound`.

All of it is one transaction, one message at a time: whoever sends a message again, after any
kill, finds it taken whole or not at all, and two messages of a new conversation open one ticket.
"""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from call_logs.casework.link_store import TicketLinkStore
from call_logs.inbound.message import IncomingMessage, OtherContent, Taken, TakenAs
from call_logs.storage.database import Database, now_of
from call_logs.storage.keys import Keys
from call_logs.tables.inbound import InboundMessageRow
from call_logs.tables.ticket_kinds import TicketClass
from call_logs.tables.tickets import TicketRow
from call_logs.tickets.rows import locked_row, ticket_of, write_history
from call_logs.tickets.store import Tickets
from call_logs.users.permissions import Permission

__all__ = ["Inbound"]

# "inbound": one message is taken at a time. A new one has no row that could be locked.
_ADVISORY_LOCK = 0x696E626F_756E6400


class Inbound:
    def __init__(
        self, database: Database, keys: Keys, tickets: Tickets, links: TicketLinkStore
    ) -> None:
        self._database = database
        self._keys = keys
        self._tickets = tickets
        self._links = links

    async def take(self, message: IncomingMessage) -> Taken:
        """What has become of the message; asked again, what became of it then.

        Raises:
            NotAllowed, StoreBusy.
            OtherContent: another message had this id.
        """
        actor = message.matter.actor
        actor.check(Permission.WORK_TICKETS)
        async with self._database.session() as session:
            if not self._database.is_sqlite:  # which has one writer anyway
                await session.execute(select(func.pg_advisory_xact_lock(_ADVISORY_LOCK)))
            mark = self._mark(message.channel, message.id)
            content = self._keys.search_hash(message.content.hex(), "inbound content")
            before = await session.scalar(
                select(InboundMessageRow).where(InboundMessageRow.message_hash == mark)
            )
            if before is not None:
                if before.content_hash != content:
                    raise OtherContent("another message had this id: give each one its own")
                row = await locked_row(session, before.ticket_id, None)
                return Taken(ticket_of(row), TakenAs.KNOWN)
            former = await self._former(session, message)
            if former is not None and _belongs(message, former):
                await write_history(session, former, actor.name, "note", note=message.matter.text)
                taken = Taken(ticket_of(former), TakenAs.ADDED)
            else:
                opened = await self._tickets.open_within(
                    session, replace(message.matter, key=f"inbound {mark.hex()}")
                )
                if former is not None and former.id != opened.id:
                    await self._links.relate_within(session, opened.id, former.id, actor)
                row = await locked_row(session, opened.id, None)
                taken = Taken(ticket_of(row), TakenAs.OPENED)
            session.add(
                InboundMessageRow(
                    message_hash=mark,
                    content_hash=content,
                    conversation_hash=self._optional(message, message.conversation),
                    sender_hash=self._optional(message, message.sender.casefold()),
                    ticket_id=taken.ticket.id,
                    at=now_of(session),
                )
            )
            return taken

    async def _former(self, session: AsyncSession, message: IncomingMessage) -> TicketRow | None:
        """The ticket that it speaks of, locked: by its number, by a message that it answers, by
        its conversation; the one that is worked on, if that was merged."""
        found = await self._named(session, message)
        if found is None:
            found = await self._of_messages(session, message)
        while found is not None:
            row = await locked_row(session, found, None)
            if row.merged_into is None:
                # A purged one is nobody's any more.
                return None if row.purged_at is not None else row
            found = row.merged_into
        return None

    async def _named(self, session: AsyncSession, message: IncomingMessage) -> int | None:
        if not message.number:
            return None
        query = select(TicketRow.id).where(TicketRow.number == message.number)
        if message.sender:
            sender = self._optional(message, message.sender.casefold())
            query = query.where(
                TicketRow.id.in_(
                    select(InboundMessageRow.ticket_id).where(
                        InboundMessageRow.sender_hash == sender
                    )
                )
            )
        return await session.scalar(query)

    async def _of_messages(self, session: AsyncSession, message: IncomingMessage) -> int | None:
        conversation = self._optional(message, message.conversation)
        answered = [self._mark(message.channel, each) for each in message.answers]
        if conversation is None and not answered:
            return None
        return await session.scalar(
            select(InboundMessageRow.ticket_id)
            .where(
                or_(
                    # IS NULL would be every message without one.
                    InboundMessageRow.conversation_hash == (conversation or b""),
                    InboundMessageRow.message_hash.in_(answered),
                )
            )
            .order_by(InboundMessageRow.id.desc())
            .limit(1)
        )

    def _mark(self, channel: str, message_id: str) -> bytes:
        return self._keys.search_hash(f"{channel}\n{message_id}", "inbound message")

    def _optional(self, message: IncomingMessage, value: str) -> bytes | None:
        if not value:
            return None
        return self._keys.search_hash(f"{message.channel}\n{value}", "inbound sender")


def _belongs(message: IncomingMessage, former: TicketRow) -> bool:
    """Whether it is added to the ticket. What is over is another matter; and a cry for help is a
    case of its own, for which people are rung, unless they are rung for it already."""
    if former.closed_at is not None:
        return False
    if message.matter.ticket_class is not TicketClass.URGENT:
        return True
    same = former.ticket_class == TicketClass.URGENT and former.category == message.matter.category
    return same and former.resolved_at is None
