"""What is past its keeping time now, by kind; nothing is changed here.

Whatever belongs to a ticket waits for all of its case: while one ticket of it is open, or held, or
a risk or a search goes on, nothing of any of them is due.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, exists, or_, select
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from call_logs.privacy.cases import SOME, Case, Member, Standing, cases_of, in_parts
from call_logs.privacy.keep import KeepRules, Kind, Rule
from call_logs.recordings.recording import RecordingStatus
from call_logs.recordings.transcript import TranscriptStatus
from call_logs.storage.database import Database
from call_logs.tables.calls import CallRow
from call_logs.tables.casework import EvidenceRow
from call_logs.tables.recordings import RecordingRow, TranscriptRow
from call_logs.tables.ticket_kinds import TicketClass
from call_logs.tables.tickets import TicketRow

__all__ = ["Due", "call_standing", "tickets_of"]

_Query = Select[*tuple[Any, ...]]


class Due:
    """What is due at one moment, by the rules."""

    def __init__(self, database: Database, rules: KeepRules, now: datetime) -> None:
        self._database = database
        self._rules = rules
        self._now = now

    async def tickets(self) -> tuple[dict[int, Rule], dict[Standing, int]]:
        """Tickets with their rules; and how many are past their time, and kept by what."""
        due: dict[int, Rule] = {}
        kept: Counter[Standing] = Counter()
        limit = self._first_limit(Kind.TICKETS)
        if limit is None:
            return due, {}
        query = select(TicketRow.id).where(
            TicketRow.closed_at < limit,
            or_(TicketRow.purged_at.is_(None), TicketRow.purged_at < TicketRow.closed_at),
        )
        async for session, rows in self._pages(query, TicketRow.id):
            ids = [row.id for row in rows]
            cases = await cases_of(session, ids)
            for each in ids:
                case = cases[each]
                if each in due or not all(map(self._is_past, case.members)):
                    continue
                if case.standing is not Standing.OVER:
                    kept[case.standing] += 1
                    continue
                for member in case.members:
                    if not member.is_emptied:
                        due[member.id] = self._rules.rule(Kind.TICKETS, member.ticket_class)
        return due, dict(kept)

    async def recordings(self) -> dict[str, Rule]:
        """Recordings whose sound goes by its own time."""
        query = select(RecordingRow.id, RecordingRow.call_id, RecordingRow.ended_at).where(
            RecordingRow.status == RecordingStatus.SEALED
        )
        return await self._of_calls(Kind.RECORDINGS, query)

    async def transcripts(self) -> dict[str, Rule]:
        """Transcripts that go by their own time, counted from the end of the recording."""
        query = (
            select(RecordingRow.id, RecordingRow.call_id, RecordingRow.ended_at)
            .join(TranscriptRow, TranscriptRow.recording_id == RecordingRow.id)
            .where(TranscriptRow.status != TranscriptStatus.PURGED)
        )
        return await self._of_calls(Kind.TRANSCRIPTS, query)

    async def evidence(self) -> dict[int, Rule]:
        """Tickets whose evidence goes by its own time, counted from the last closing of the
        case."""
        due: dict[int, Rule] = {}
        if self._first_limit(Kind.EVIDENCE) is None:
            return due
        there = exists().where(
            EvidenceRow.ticket_id == TicketRow.id, EvidenceRow.removed_at.is_(None)
        )
        over = or_(TicketRow.closed_at.is_not(None), TicketRow.merged_into.is_not(None))
        async for session, rows in self._pages(
            select(TicketRow.id).where(over, there), TicketRow.id
        ):
            cases = await cases_of(session, [row.id for row in rows])
            for row in rows:
                case = cases[row.id]
                (its_class,) = (each.ticket_class for each in case.members if each.id == row.id)
                rule = self._rules.rule(Kind.EVIDENCE, its_class)
                past = self._closed_before(case.members, rule)
                if past and case.standing is Standing.OVER:
                    due[row.id] = rule
        return due

    async def calls(
        self, tickets: Collection[int], recordings: Collection[str], transcripts: Collection[str]
    ) -> dict[str, Rule]:
        """Calls whose numbers and events go: past their time, and nothing that is left has to do
        with them once `tickets`, `recordings` and `transcripts` are gone."""
        rule = self._rules.rule(Kind.CALLS)
        limit = rule.limit(self._now)
        due: dict[str, Rule] = {}
        if limit is None:
            return due
        query = select(CallRow.seq, CallRow.id).where(
            CallRow.ended_at < limit, CallRow.purged_at.is_(None)
        )
        async for session, rows in self._pages(query, CallRow.seq):
            ids = [row.id for row in rows]
            of = await tickets_of(session, ids)
            cases = await cases_of(session, set().union(*of.values()))
            purged = {
                member.id for case in cases.values() for member in case.members if member.is_emptied
            }
            needed = await _with_sound(session, ids, recordings)
            needed |= await _with_words(session, ids, transcripts)
            for each in ids:
                if each not in needed and of.get(each, set()) <= purged | set(tickets):
                    due[each] = rule
        return due

    async def with_tickets(self, tickets: Mapping[int, Rule]) -> dict[str, Rule]:
        """Recordings that go with these tickets, which are due. In a call about one of them another
        ticket may have been opened, which stays longer: then they stay, too."""
        due: dict[str, Rule] = {}
        for part in in_parts(tickets):
            async with self._database.reading() as session:
                rules = await _calls_of(session, part, tickets)
                for calls in in_parts(rules):
                    of = await tickets_of(session, calls)
                    cases = await cases_of(session, set().union(*of.values()))
                    going = [
                        each
                        for each in calls
                        if self._may_go(cases, of.get(each, set()), rules[each])
                    ]
                    rows = await session.execute(
                        select(RecordingRow.id, RecordingRow.call_id).where(
                            RecordingRow.call_id.in_(going)
                        )
                    )
                    due |= {row.id: rules[row.call_id] for row in rows}
        return due

    async def may_go(self, session: AsyncSession, tickets: Collection[int], rule: Rule) -> bool:
        """Whether what is due by `rule` is so in this transaction, too: since it was found, any of
        these tickets may have been opened again, and closed again."""
        return self._may_go(await cases_of(session, tickets), tickets, rule)

    async def call_may_go(self, session: AsyncSession, call_id: str, rule: Rule) -> bool:
        """`may_go` of what belongs to a call."""
        tickets = (await tickets_of(session, [call_id])).get(call_id, set())
        return await self.may_go(session, tickets, rule)

    def _may_go(self, cases: Mapping[int, Case], tickets: Collection[int], rule: Rule) -> bool:
        of = [cases[each] for each in tickets if each in cases]
        if any(case.standing is not Standing.OVER for case in of):
            return False
        members = {member for case in of for member in case.members}
        match rule.kind:
            case Kind.TICKETS:
                return all(each.is_emptied or self._is_past(each) for each in members)
            case Kind.EVIDENCE:
                return self._closed_before(members, rule)
            case Kind.CALLS:
                return all(each.is_emptied for each in members if each.id in tickets)
            case _:
                return True

    async def _of_calls(self, kind: Kind, query: _Query) -> dict[str, Rule]:
        limit = self._first_limit(kind)
        due: dict[str, Rule] = {}
        if limit is None:
            return due
        async for session, rows in self._pages(
            query.where(RecordingRow.ended_at < limit), RecordingRow.id
        ):
            tickets = await tickets_of(session, [row.call_id for row in rows])
            cases = await cases_of(session, set().union(*tickets.values()))
            for row in rows:
                of = tickets.get(row.call_id, set())
                its_cases = [cases[each] for each in of if each in cases]
                rule = self._longest(kind, _classes(its_cases, of))
                its_limit = rule.limit(self._now)
                past = its_limit is not None and row.ended_at < its_limit
                if past and all(case.standing is Standing.OVER for case in its_cases):
                    due[row.id] = rule
        return due

    def _longest(self, kind: Kind, classes: Sequence[TicketClass]) -> Rule:
        """Of a call that is about several tickets, what stays longest counts."""
        of = [self._rules.rule(kind, each) for each in classes] or [self._rules.rule(kind)]
        return max(of, key=lambda rule: rule.days or float("inf"))

    def _is_past(self, member: Member) -> bool:
        if member.closed_at is None:  # merged: it ends with the other; or open, as the case says
            return True
        limit = self._rules.rule(Kind.TICKETS, member.ticket_class).limit(self._now)
        return limit is not None and member.closed_at < limit

    def _closed_before(self, members: Iterable[Member], rule: Rule) -> bool:
        closed = (each.closed_at for each in members if each.closed_at)
        limit = rule.limit(self._now)
        return limit is not None and max(closed, default=self._now) < limit

    def _first_limit(self, kind: Kind) -> datetime | None:
        return self._rules.first_limit(kind, self._now)

    async def _pages(
        self, query: _Query, key: InstrumentedAttribute[Any]
    ) -> AsyncIterator[tuple[AsyncSession, Sequence[Row[Any]]]]:
        """In the order of `key`, each page in a transaction of its own."""
        ordered = query.order_by(key).limit(SOME)
        further = None
        while True:
            async with self._database.reading() as session:
                rows = (
                    await session.execute(ordered if further is None else ordered.where(further))
                ).all()
                if rows:
                    yield session, rows
            if len(rows) < SOME:
                return
            further = key > getattr(rows[-1], key.key)


def _classes(cases: Iterable[Case], tickets: Collection[int]) -> list[TicketClass]:
    return [
        member.ticket_class for case in cases for member in case.members if member.id in tickets
    ]


async def _with_sound(
    session: AsyncSession, calls: Sequence[str], gone: Collection[str]
) -> set[str]:
    rows = await session.execute(
        select(RecordingRow.call_id, RecordingRow.id).where(
            RecordingRow.call_id.in_(calls), RecordingRow.status != RecordingStatus.PURGED
        )
    )
    return {call for call, recording in rows if recording not in gone}


async def _with_words(
    session: AsyncSession, calls: Sequence[str], gone: Collection[str]
) -> set[str]:
    rows = await session.execute(
        select(TranscriptRow.call_id, TranscriptRow.recording_id).where(
            TranscriptRow.call_id.in_(calls), TranscriptRow.status != TranscriptStatus.PURGED
        )
    )
    return {call for call, recording in rows if recording not in gone}


async def _calls_of(
    session: AsyncSession, tickets: Collection[int], rules: Mapping[int, Rule]
) -> dict[str, Rule]:
    """The calls of tickets that go, with their rules."""
    opened = await session.execute(
        select(TicketRow.call_id, TicketRow.id).where(
            TicketRow.id.in_(tickets), TicketRow.call_id.is_not(None)
        )
    )
    about = await session.execute(
        select(CallRow.id, CallRow.ticket_id).where(CallRow.ticket_id.in_(tickets))
    )
    return {call: rules[ticket] for call, ticket in (*opened, *about)}


async def call_standing(session: AsyncSession, call_id: str) -> Standing:
    """What keeps any of the cases that a call is of, if anything does."""
    tickets = (await tickets_of(session, [call_id])).get(call_id, set())
    standings = {case.standing for case in (await cases_of(session, tickets)).values()}
    for each in (Standing.HELD, Standing.OPEN):
        if each in standings:
            return each
    return Standing.OVER


async def tickets_of(session: AsyncSession, calls: Sequence[str]) -> Mapping[str, set[int]]:
    """The tickets of calls: that were opened in them, and that they are about."""
    opened = await session.execute(
        select(TicketRow.call_id, TicketRow.id).where(TicketRow.call_id.in_(calls))
    )
    about = await session.execute(
        select(CallRow.id, CallRow.ticket_id).where(
            CallRow.id.in_(calls), CallRow.ticket_id.is_not(None)
        )
    )
    found: dict[str, set[int]] = defaultdict(set)
    for call, ticket in (*opened, *about):
        found[call].add(ticket)
    return found
