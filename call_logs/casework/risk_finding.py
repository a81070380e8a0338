"""Which rules fire for a ticket, asked of the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import false, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from call_logs.casework.risk_rules import Finding, RiskKind, RiskRules, words_found
from call_logs.storage.database import now_of
from call_logs.storage.keys import Keys
from call_logs.storage.readable import readable
from call_logs.tables.ticket_kinds import TicketClass
from call_logs.tables.tickets import TicketChangeRow, TicketRow
from call_logs.tickets.life import TicketStatus
from call_logs.tickets.listing import matching_ids
from call_logs.tickets.search import searched_place
from call_logs.tickets.ticket import TicketFilter

NO_CATEGORY = ("", "other")
MOST_COUNTED = 200


@dataclass(frozen=True)
class Finder:
    """Asks everything in the caller's transaction."""

    keys: Keys
    region: str
    rules: RiskRules

    async def of(self, session: AsyncSession, row: TicketRow) -> Sequence[Finding]:
        """Those that fire for a ticket which is worked on."""
        if row.merged_into is not None or row.closed_at is not None:
            return ()
        since = now_of(session) - timedelta(days=self.rules.days)
        found = [
            *words_found(self.rules, row.id, row.text),
            await self._reopened(session, row),
            await self._repeated(session, row, since),
            await self._place(session, row, since),
            await self._group(session, row),
            self._overdue(row, now_of(session)),
        ]
        return [each for each in found if each and self.rules.fires(each.kind, each.count)]

    def _overdue(self, row: TicketRow, now: datetime) -> Finding | None:
        urgent = row.ticket_class == TicketClass.URGENT
        late = row.next_due_at is not None and row.next_due_at < now - self.rules.overdue
        return Finding(RiskKind.OVERDUE, f"ticket {row.id}", 1) if urgent and late else None

    async def _reopened(self, session: AsyncSession, row: TicketRow) -> Finding | None:
        if not self.rules.reopened or row.due_from is None:  # was never opened again
            return None
        query = select(TicketChangeRow).where(
            TicketChangeRow.ticket_id == row.id, TicketChangeRow.action == "moved"
        )
        moves = await readable(session, query, lambda line: line.changes.get("status"))
        count = sum(1 for move in moves if move and move[1] == TicketStatus.REOPENED)
        return Finding(RiskKind.REOPENED, f"ticket {row.id}", count)

    async def _repeated(
        self, session: AsyncSession, row: TicketRow, since: datetime
    ) -> Finding | None:
        hashes = {row.caller_hash, row.callback_hash} - {None}
        # Nobody learns by a count whose anonymous ticket it is.
        if not self.rules.repeated or not hashes or row.anonymous:
            return None
        counts = (
            TicketRow.opened_at >= since,
            TicketRow.merged_into.is_(None),
            func.coalesce(TicketRow.anonymous, false()) == false(),
        )
        ids_of = [
            select(TicketRow.id)
            .where(column.in_(hashes), *counts)
            .order_by(TicketRow.id.desc())
            .limit(MOST_COUNTED)
            for column in (TicketRow.caller_hash, TicketRow.callback_hash)  # an OR walks all
        ]
        ids = tuple(sorted({each for query in ids_of for each in await session.scalars(query)}))
        owner = row.callback_hash or row.caller_hash
        assert owner is not None
        return Finding(RiskKind.REPEATED, f"owner {owner.hex()}", len(ids), tickets=ids)

    async def _place(
        self, session: AsyncSession, row: TicketRow, since: datetime
    ) -> Finding | None:
        if not self.rules.place or row.category in NO_CATEGORY or not row.building:
            return None
        wanted = TicketFilter(
            text=searched_place("building", row.building),
            category=row.category,
            since=since,
            limit=MOST_COUNTED,
        )
        ids, _ = await matching_ids(session, self.keys, self.region, wanted)
        query = select(TicketRow).where(TicketRow.id.in_(ids), TicketRow.merged_into.is_(None))
        told = await readable(session, query, lambda each: (each.id, each.group_id, each.building))
        here = [(each, group) for each, group, building in told if building == row.building]
        # Tickets of one case are one event, not one that comes back.
        cases = {("case", group) if group else ("ticket", each) for each, group in here}
        place = self.keys.search_hash(f"{row.category} {row.building}", "risk place")[:16].hex()
        found = tuple(sorted((each for each, _ in here), reverse=True))
        return Finding(RiskKind.PLACE, f"place {place}", len(cases), tickets=found)

    async def _group(self, session: AsyncSession, row: TicketRow) -> Finding | None:
        if not self.rules.group or row.group_id is None:
            return None
        query = select(TicketRow.id).where(TicketRow.group_id == row.group_id)
        ids = tuple(sorted(await session.scalars(query), reverse=True))
        return Finding(RiskKind.GROUP, f"case {row.group_id}", len(ids), tickets=ids)
