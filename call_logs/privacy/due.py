"""What is past its keeping time now, by kind; nothing is changed here.

Whatever belongs to a ticket waits for all of its case: while one ticket of it is open, or held, or
a risk or a search goes on, nothing of any of them is due. Nearly all tickets are a case of their
own (`alone`): of these the database tells by itself, and only the others' cases are put together.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from call_logs.privacy.alone import alone, is_emptied, of_live_ticket, with_sound, with_words
from call_logs.privacy.cases import (
    MANY,
    SOME,
    Case,
    Member,
    Standing,
    cases_of,
    in_parts,
    in_ranges,
)
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
        single = query.add_columns(TicketRow.ticket_class, TicketRow.closed_at).where(alone())
        async for _, rows in self._pages(single, TicketRow.id, MANY):
            for row in rows:
                rule = self._rules.rule(Kind.TICKETS, TicketClass(row.ticket_class))
                if _is_before(row.closed_at, rule.limit(self._now)):
                    due[row.id] = rule
        async for session, rows in self._pages(query.where(~alone()), TicketRow.id):
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
        limit = self._first_limit(Kind.EVIDENCE)
        if limit is None:
            return due
        there = exists().where(
            EvidenceRow.ticket_id == TicketRow.id, EvidenceRow.removed_at.is_(None)
        )
        for over in (TicketRow.closed_at < limit, TicketRow.merged_into.is_not(None)):
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
        if limit is None:
            return {}
        found: set[str] = set()
        past = (CallRow.ended_at < limit, CallRow.purged_at.is_(None))
        left = (of_live_ticket(), with_sound(), with_words())
        query = select(CallRow.seq, CallRow.id).where(*past, *(~each for each in left))
        async for _, rows in self._pages(query, CallRow.seq, MANY):
            found |= {row.id for row in rows}
        for call_ids in await self._with_what_goes(tickets, recordings, transcripts):
            async with self._database.reading() as session:
                ids = list(
                    await session.scalars(select(CallRow.id).where(CallRow.id.in_(call_ids), *past))
                )
                of = await tickets_of(session, ids)
                live = await _not_emptied(session, set().union(*of.values()))
                needed = await _with_sound(session, ids, recordings)
                needed |= await _with_words(session, ids, transcripts)
            found |= {
                each
                for each in ids
                if each not in needed and of.get(each, set()) & live <= set(tickets)
            }
        return dict.fromkeys(sorted(found), rule)

    async def _with_what_goes(
        self, tickets: Collection[int], recordings: Collection[str], transcripts: Collection[str]
    ) -> Iterator[list[str]]:
        """Calls to which anything belongs that is due, in parts."""
        calls: set[str] = set()
        for low, high, part in in_ranges(tickets):
            async with self._database.reading() as session:
                calls |= (await _calls_of(session, low, high, part)).keys()
        for each in in_parts({*recordings, *transcripts}):
            query = select(RecordingRow.call_id).where(RecordingRow.id.in_(each))
            async with self._database.reading() as session:
                calls |= set(await session.scalars(query))
        return in_parts(calls)

    async def with_tickets(
        self, tickets: Mapping[int, Rule], known: Collection[str]
    ) -> tuple[dict[str, Rule], dict[str, Rule]]:
        """Recordings whose sound, and whose words, go with these tickets, which are due; but for
        the `known`. In a call about one of them another ticket may have been opened, which stays
        longer: then they stay, too."""
        sound: dict[str, Rule] = {}
        words: dict[str, Rule] = {}
        for low, high, part in in_ranges(tickets):
            async with self._database.reading() as session:
                calls = await _calls_of(session, low, high, part, with_sound() | with_words())
                for some in in_parts(calls):
                    rows = [
                        row
                        for row in await session.execute(
                            select(
                                RecordingRow.id,
                                RecordingRow.call_id,
                                RecordingRow.status,
                                TranscriptRow.status.label("words"),
                            )
                            .outerjoin(TranscriptRow, TranscriptRow.recording_id == RecordingRow.id)
                            .where(RecordingRow.call_id.in_(some))
                        )
                        if row.id not in known
                    ]
                    of = await tickets_of(session, sorted({row.call_id for row in rows}))
                    cases = await cases_of(session, set().union(*of.values()))
                    for row in rows:
                        rule = tickets[calls[row.call_id]]
                        if not self._may_go(cases, of.get(row.call_id, set()), rule):
                            continue
                        if row.status == RecordingStatus.SEALED:
                            sound[row.id] = rule
                        if row.words not in (None, TranscriptStatus.PURGED):
                            words[row.id] = rule
        return sound, words

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
        past = query.where(RecordingRow.ended_at < limit)
        mine: _Query = (
            past.add_columns(TicketRow.ticket_class)
            .join(CallRow, CallRow.id == RecordingRow.call_id)
            .outerjoin(TicketRow, TicketRow.call_id == CallRow.id)
        )
        single = and_(
            CallRow.ticket_id.is_(None),
            or_(TicketRow.id.is_(None), and_(TicketRow.closed_at.is_not(None), alone())),
        )
        async for _, rows in self._pages(mine.where(single), RecordingRow.id, MANY):
            for row in rows:
                its_class = TicketClass(row.ticket_class) if row.ticket_class else None
                rule = self._rules.rule(kind, its_class)
                if _is_before(row.ended_at, rule.limit(self._now)):
                    due[row.id] = rule
        async for session, rows in self._pages(mine.where(~single), RecordingRow.id):
            tickets = await tickets_of(session, [row.call_id for row in rows])
            cases = await cases_of(session, set().union(*tickets.values()))
            for row in rows:
                of = tickets.get(row.call_id, set())
                its_cases = [cases[each] for each in of if each in cases]
                rule = self._longest(kind, _classes(its_cases, of))
                its_limit = rule.limit(self._now)
                if not _is_before(row.ended_at, its_limit):
                    continue
                if all(case.standing is Standing.OVER for case in its_cases):
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
        self, query: _Query, key: InstrumentedAttribute[Any], most: int = SOME
    ) -> AsyncIterator[tuple[AsyncSession, Sequence[Row[Any]]]]:
        """In the order of `key`, each page in a transaction of its own."""
        ordered = query.order_by(key).limit(most)
        further = None
        while True:
            async with self._database.reading() as session:
                rows = (
                    await session.execute(ordered if further is None else ordered.where(further))
                ).all()
                if rows:
                    yield session, rows
            if len(rows) < most:
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
    session: AsyncSession,
    low: int,
    high: int,
    tickets: Collection[int],
    condition: ColumnElement[bool] | None = None,
) -> dict[str, int]:
    """The calls of these tickets, whose ids are between two, each with a ticket of it."""
    opened = (
        select(CallRow.id, TicketRow.id)
        .join(TicketRow, TicketRow.call_id == CallRow.id)
        .where(TicketRow.id.between(low, high))
    )
    about = select(CallRow.id, CallRow.ticket_id).where(CallRow.ticket_id.between(low, high))
    queries = (each if condition is None else each.where(condition) for each in (opened, about))
    rows = [row for query in queries for row in await session.execute(query)]
    return {call: ticket for call, ticket in rows if ticket is not None and ticket in tickets}


async def _not_emptied(session: AsyncSession, tickets: Collection[int]) -> set[int]:
    found: set[int] = set()
    for part in in_parts(tickets):
        query = select(TicketRow.id).where(TicketRow.id.in_(part), ~is_emptied())
        found |= set(await session.scalars(query))
    return found


def _is_before(at: datetime, limit: datetime | None) -> bool:
    return limit is not None and at < limit


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
