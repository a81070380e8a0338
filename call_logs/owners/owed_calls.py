"""What owners are to be called for: which is due, what becomes of each ring.

docs/decisions/survey.md has the table of states. A ring is written before it is dialled; what a
stop has cut off is found again. Surveys and news are kept so, each with tables of its own.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from call_logs.owners.call_rules import CallRules
from call_logs.storage.database import Database, changed
from call_logs.tables.tickets import TicketRow
from call_logs.tickets.owed import OwedState, go

__all__ = ["AT_ONCE", "OwedCalls", "OwedTry", "TryOutcome", "tries_of"]

AT_ONCE = 100  # rows that one look takes
LOST_AFTER = timedelta(hours=1)  # a ring of another node that goes on for longer has no end


class TryOutcome(StrEnum):
    """What became of one ring, or of one message."""

    ANSWERED = "answered"  # with a score; the owner was told
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    SILENT = "silent"  # somebody, or a machine, picked up and gave nothing
    HUNG_UP = "hung_up"  # without a score
    LOST = "lost"  # the line
    NOT_DIALLED = "not_dialled"  # the number was called too often today
    NOT_TAKEN = "not_taken"  # the message, by the service that sends it
    NOBODY = "nobody"  # the owner was there, and nobody of ours to speak with
    INTERRUPTED = "interrupted"  # the program stopped


_DECLINED = TryOutcome.ANSWERED, TryOutcome.HUNG_UP  # a score would have closed it


@dataclass(frozen=True)
class OwedTry:
    at: datetime
    outcome: TryOutcome | None  # None: it goes on


class OwedCalls(ABC):
    """Each method is a transaction. `_Row` has `id`, `ticket_id`, `state` and `next_at`; `_Try`
    has `owed_id`, `at`, `node` and `outcome`."""

    _Row: Any
    _Try: Any

    def __init__(self, database: Database, node: str, zone: ZoneInfo) -> None:
        self._database = database
        self._node = node
        self._zone = zone

    async def due(self) -> tuple[int, ...]:
        """Those whose next call may be made now, the longest waiting first."""
        return await self._due()

    async def ticket_of(self, owed_id: int) -> int:
        """Of which ticket it is."""
        async with self._database.reading() as session:
            found: int = (await session.get_one(self._Row, owed_id)).ticket_id
            return found

    async def begin(
        self, owed_id: int, rules: CallRules, *, can_call: bool, rung_lately: bool = False
    ) -> bool:
        """Write the ring that is about to be dialled; False when it is not to be, which the
        state then says. Of two who begin one only the first may dial.
        `can_call`: there is a number that may be dialled; `rung_lately`: it was rung within
        `rules.rest`, perhaps for another ticket."""
        now = self._database.clock.now()
        async with self._database.session() as session:
            row, ticket = await self._locked(session, owed_id)
            rules = self._rules(row, rules)
            if row.state != OwedState.WAITING or row.next_at is None or row.next_at > now:
                return False
            if not rules.allows(now, self._zone):  # the hours passed meanwhile
                row.next_at = rules.first(now - rules.after, self._zone)
                return False
            changed(session, "ticket", row.ticket_id)
            if ticket is None or not await self._holds(session, row, ticket):
                go(row, OwedState.OVERTAKEN)
                return False
            if not can_call or not self._wanted(row, ticket):
                go(row, OwedState.NOT_CALLED)
                return False
            if rung_lately and rules.rest:
                row.next_at = rules.rested(now, self._zone)
                return False
            self._begin(session, row, now)
            return True

    async def finish(self, owed_id: int, outcome: TryOutcome, rules: CallRules) -> None:
        """The ring is over. Where a person has done it meanwhile that stands."""
        async with self._database.session() as session:
            row, _ = await self._locked(session, owed_id)
            await self._finish(session, row, outcome, self._rules(row, rules))

    async def cut_off(self, rules: CallRules, going: Collection[int]) -> int:
        """End the rings that a stop has cut off: those of this node that are not `going` on in
        this program, and what another node has left behind; how many there were."""
        lost = self._database.clock.now() - LOST_AFTER
        tries = self._Try
        query = (
            select(tries.owed_id)
            .where(
                tries.outcome.is_(None),
                or_(
                    and_(tries.node == self._node, tries.owed_id.not_in(going)),
                    and_(tries.node != self._node, tries.at < lost),
                ),
            )
            .order_by(tries.id)
            .limit(AT_ONCE)
        )
        async with self._database.reading() as session:
            found = tuple(await session.scalars(query))
        for owed_id in found:
            await self.finish(owed_id, TryOutcome.INTERRUPTED, rules)
        return len(found)

    # -- what the kinds differ in --------------------------------------------------------

    def _rules(self, row: Any, rules: CallRules) -> CallRules:
        return rules

    @abstractmethod
    async def _holds(self, session: AsyncSession, row: Any, ticket: TicketRow) -> bool:
        """Whether there is still something to call for."""

    @abstractmethod
    def _wanted(self, row: Any, ticket: TicketRow) -> bool:
        """Whether the owner wants to be called."""

    # -- inside --------------------------------------------------------------------------

    async def _due(self, *conditions: ColumnElement[bool]) -> tuple[int, ...]:
        row = self._Row
        query = (
            select(row.id)
            .where(
                row.state == OwedState.WAITING.value,
                row.next_at <= self._database.clock.now(),
                *conditions,
            )
            .order_by(row.next_at, row.id)
            .limit(AT_ONCE)
        )
        async with self._database.reading() as session:
            return tuple(await session.scalars(query))

    def _begin(self, session: AsyncSession, row: Any, now: datetime) -> None:
        go(row, OwedState.CALLING)
        session.add(self._Try(owed_id=row.id, at=now, node=self._node))

    async def _finish(
        self, session: AsyncSession, row: Any, outcome: TryOutcome, rules: CallRules
    ) -> None:
        await session.execute(
            update(self._Try)
            .where(self._Try.owed_id == row.id, self._Try.outcome.is_(None))
            .values(outcome=outcome.value)
        )
        changed(session, "ticket", row.ticket_id)
        if row.state != OwedState.CALLING:
            return
        if outcome in _DECLINED:
            go(row, OwedState.DECLINED)
            return
        tries = await tries_of(session, self._Try, row.id)
        ended = sum(each.outcome is not TryOutcome.INTERRUPTED for each in tries)
        used_up = ended >= rules.tries or len(tries) >= 2 * rules.tries
        if used_up or outcome is TryOutcome.NOBODY:  # an owner is not called twice to wait
            go(row, OwedState.GIVEN_UP)
            return
        go(row, OwedState.WAITING, rules.again([each.at for each in tries], self._zone))

    async def _locked(self, session: AsyncSession, owed_id: int) -> tuple[Any, TicketRow | None]:
        """The ticket first, as whoever takes a step does: two that wait for each other would
        wait for ever."""
        row = self._Row
        ticket_id = await session.scalar(select(row.ticket_id).where(row.id == owed_id))
        ticket = await session.get(TicketRow, ticket_id, with_for_update=True)
        return await session.get_one(row, owed_id, with_for_update=True), ticket


async def tries_of(session: AsyncSession, table: Any, owed_id: int) -> tuple[OwedTry, ...]:
    rows = await session.scalars(select(table).where(table.owed_id == owed_id).order_by(table.id))
    return tuple(
        OwedTry(row.at, None if row.outcome is None else TryOutcome(row.outcome)) for row in rows
    )
