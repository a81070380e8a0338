"""Who asks about a ticket and cannot show that it is theirs: counted, so that nobody guesses on.

Four digits are guessed in ten thousand tries; so many are let nobody have, in however many
calls and across restarts.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, func, select

from call_logs.storage.database import Database
from call_logs.tables.tickets import EnquiryTryRow
from call_logs.tickets.rows import locked_row

MOST_WRONG_A_DAY = 10  # of one ticket
DAY = timedelta(days=1)


class Enquiries:
    """The tries of the last day, by ticket."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take_try(self, ticket_id: int) -> bool:
        """Whether one more guess may be made. It counts from here on, as a wrong one: a
        caller who hangs up before they are told has tried, and many who call at once share
        what is left.

        Raises:
            NotFound: no ticket has this id.
        """
        now = self._database.clock.now()
        async with self._database.session() as session:
            await locked_row(session, ticket_id, None)
            await session.execute(delete(EnquiryTryRow).where(EnquiryTryRow.at <= now - DAY))
            tries = await session.scalar(
                select(func.count()).where(EnquiryTryRow.ticket_id == ticket_id)
            )
            if (tries or 0) >= MOST_WRONG_A_DAY:
                return False
            session.add(EnquiryTryRow(ticket_id=ticket_id, at=now))
            return True

    async def was_right(self, ticket_id: int) -> None:
        """The last try was none of a stranger."""
        last = (
            select(EnquiryTryRow.id)
            .where(EnquiryTryRow.ticket_id == ticket_id)
            .order_by(EnquiryTryRow.id.desc())
            .limit(1)
            .scalar_subquery()
        )
        async with self._database.session() as session:
            await session.execute(delete(EnquiryTryRow).where(EnquiryTryRow.id == last))
