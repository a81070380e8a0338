"""The purge: what is past its keeping time is found, told, and destroyed.

Found first, as a whole (`plan`, which changes nothing); then destroyed thing by thing, each in a
transaction that looks once more whether it may go. A kill in between leaves the rest to the next
run, and nothing half done: files go before the row that says so.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from call_logs.casework.evidence_store import EvidenceStore
from call_logs.privacy.cases import SOME, Standing
from call_logs.privacy.due import Due
from call_logs.privacy.emptying import (
    empty_call,
    empty_evidence,
    empty_ticket,
    empty_transcript,
)
from call_logs.privacy.keep import KeepRules, Kind, Rule
from call_logs.recordings.store import Recordings
from call_logs.storage.database import Database
from call_logs.storage.errors import StoreError
from call_logs.storage.journal import Journal
from call_logs.storage.keys import Keys
from call_logs.storage.loops import one_by_one
from call_logs.tables.calls import CallRow
from call_logs.tables.recordings import RecordingRow
from call_logs.tables.tickets import TicketRow
from call_logs.tables.users import AccessRow
from call_logs.tickets.rows import locked_row, write_history
from call_logs.users.actor import HOTLINE
from call_logs.viewing.viewer import PROGRAM, looking

__all__ = ["PURGED", "Plan", "Purge"]

_Destroy = Callable[[Any], Awaitable[bool]]  # whether it was done

PURGED = "purged"  # a line of a ticket's history


@dataclass(frozen=True)
class Plan:
    """What would go now: by its id, with the rule. `kept`: cases past their time that something
    keeps."""

    at: datetime
    tickets: Mapping[int, Rule] = field(default_factory=dict)
    recordings: Mapping[str, Rule] = field(default_factory=dict)
    transcripts: Mapping[str, Rule] = field(default_factory=dict)
    evidence: Mapping[int, Rule] = field(default_factory=dict)  # by ticket
    calls: Mapping[str, Rule] = field(default_factory=dict)
    access_log: int = 0
    rejected: int = 0
    kept: Mapping[Standing, int] = field(default_factory=dict)

    def counts(self) -> dict[Kind, int]:
        return {
            Kind.TICKETS: len(self.tickets),
            Kind.RECORDINGS: len(self.recordings),
            Kind.TRANSCRIPTS: len(self.transcripts),
            Kind.EVIDENCE: len(self.evidence),
            Kind.CALLS: len(self.calls),
            Kind.ACCESS_LOG: self.access_log,
            Kind.REJECTED: self.rejected,
        }


class Purge:
    def __init__(
        self,
        database: Database,
        keys: Keys,
        rules: KeepRules,
        *,
        recordings: Recordings,
        evidence: EvidenceStore,
        journal: Journal,
    ) -> None:
        self._database = database
        self._keys = keys
        self._recordings = recordings
        self._evidence = evidence
        self._journal = journal
        self.rules = rules
        # Whether no byte is left of what went; a program that ended before may have left some.
        self._wiped = False

    async def plan(self) -> Plan:
        """What the next run would destroy, whoever looks; nothing is changed."""
        with looking(PROGRAM):
            return await self._plan()

    async def _plan(self) -> Plan:
        now = self._database.clock.now()
        due = Due(self._database, self.rules, now)
        tickets, kept = await due.tickets()
        recordings, transcripts = await due.recordings(), await due.transcripts()
        known = recordings.keys() & transcripts.keys()
        sound, words = await due.with_tickets(tickets, known)
        recordings, transcripts = sound | recordings, words | transcripts
        evidence = await due.evidence()
        return Plan(
            at=now,
            tickets=tickets,
            recordings=recordings,
            transcripts=transcripts,
            evidence={each: rule for each, rule in evidence.items() if each not in tickets},
            calls=await due.calls(tickets, recordings, transcripts),
            access_log=await self._count_access(now),
            rejected=await self._journal.count_rejected(self.rules.rule(Kind.REJECTED).limit(now)),
            kept=kept,
        )

    async def run(self) -> Mapping[Kind, int]:
        """Destroy what is due; how many of each kind.

        Raises:
            StoreError: some could not be destroyed; all the others are.
        """
        plan = await self.plan()
        done: dict[Kind, int] = dict.fromkeys(plan.counts(), 0)

        async def all_of(kind: Kind, keys: Collection[Any], destroy: _Destroy) -> None:
            async def one(key: Any) -> None:
                destroyed = await destroy(key)
                done[kind] += destroyed
                self._wiped = self._wiped and not destroyed

            await one_by_one(f"{kind.value} to destroy", keys, one)

        works = (
            partial(all_of, Kind.RECORDINGS, plan.recordings, partial(self._destroy_sound, plan)),
            partial(all_of, Kind.TRANSCRIPTS, plan.transcripts, partial(self._empty_words, plan)),
            partial(all_of, Kind.EVIDENCE, plan.evidence, partial(self._empty_evidence, plan)),
            partial(all_of, Kind.TICKETS, plan.tickets, partial(self._empty_ticket, plan)),
            partial(all_of, Kind.CALLS, plan.calls, partial(self._empty_call, plan)),
            partial(self._forget_rest, plan, done),
        )
        problems = []
        for work in works:
            try:
                await work()
            except StoreError as error:
                problems.append(str(error))
        if problems:
            raise StoreError("; ".join(problems))
        return done

    async def _forget_rest(self, plan: Plan, done: dict[Kind, int]) -> None:
        """What has no content of its own, and the bytes that are left of all that went."""
        done[Kind.ACCESS_LOG] = await self._forget_access(plan.at)
        limit = self.rules.rule(Kind.REJECTED).limit(plan.at)
        done[Kind.REJECTED] = await self._journal.forget_rejected(limit)
        if done[Kind.ACCESS_LOG] or done[Kind.REJECTED] or not self._wiped:
            self._wiped = False
            await self._database.wipe_deleted()
            self._wiped = True

    def _due(self, plan: Plan) -> Due:
        """By the time of the plan: nothing grows older while it is carried out."""
        return Due(self._database, self.rules, plan.at)

    async def _destroy_sound(self, plan: Plan, recording_id: str) -> bool:
        rule = plan.recordings[recording_id]
        async with self._database.reading() as session:
            call = await _call_of(session, recording_id)
            if not await self._due(plan).call_may_go(session, call, rule):
                return False
        await self._recordings.destroy(recording_id)
        return True

    async def _empty_words(self, plan: Plan, recording_id: str) -> bool:
        rule = plan.transcripts[recording_id]
        async with self._database.session() as session:
            call = await _call_of(session, recording_id)
            if not await self._due(plan).call_may_go(session, call, rule):
                return False
            await empty_transcript(session, recording_id)
        return True

    async def _empty_evidence(self, plan: Plan, ticket_id: int) -> bool:
        rule = plan.evidence[ticket_id]
        async with self._database.session() as session:
            row = await locked_row(session, ticket_id, None)
            if not await self._due(plan).may_go(session, [ticket_id], rule):
                return False
            ids = await empty_evidence(session, ticket_id, HOTLINE.name)
            await _note(session, row, rule)
        await self._evidence.destroy(ids)
        return True

    async def _empty_ticket(self, plan: Plan, ticket_id: int) -> bool:
        rule = plan.tickets[ticket_id]
        async with self._database.session() as session:
            row = await locked_row(session, ticket_id, None)
            if not await self._due(plan).may_go(session, [ticket_id], rule):
                return False
            ids = await empty_evidence(session, ticket_id, HOTLINE.name)
            await empty_ticket(session, row, self._keys)
            await _note(session, row, rule)
        await self._evidence.destroy(ids)
        return True

    async def _empty_call(self, plan: Plan, call_id: str) -> bool:
        rule = plan.calls[call_id]
        async with self._database.session() as session:
            if not await self._due(plan).call_may_go(session, call_id, rule):
                return False
            row = await session.scalar(select(CallRow).where(CallRow.id == call_id))
            if row is None or row.purged_at is not None:
                return False
            await empty_call(session, row, {"kind": rule.kind.value, "days": rule.days})
        return True

    async def _count_access(self, now: datetime) -> int:
        limit = self.rules.rule(Kind.ACCESS_LOG).limit(now)
        if limit is None:
            return 0
        async with self._database.reading() as session:
            query = select(func.count()).select_from(AccessRow).where(AccessRow.at < limit)
            return await session.scalar(query) or 0

    async def _forget_access(self, now: datetime) -> int:
        """In pieces: nobody waits for a year of lines."""
        limit = self.rules.rule(Kind.ACCESS_LOG).limit(now)
        gone = 0
        while limit is not None:
            async with self._database.session() as session:
                old = select(AccessRow.id).where(AccessRow.at < limit).limit(SOME)
                ids = list(await session.scalars(old))
                await session.execute(delete(AccessRow).where(AccessRow.id.in_(ids)))
            gone += len(ids)
            if len(ids) < SOME:
                break
        return gone


async def _note(session: AsyncSession, row: TicketRow, rule: Rule) -> None:
    """What of the ticket went, and by which rule: all that the history says of it."""
    await write_history(
        session,
        row,
        HOTLINE.name,
        PURGED,
        changes={PURGED: (rule.kind.value, rule.days)},
    )


async def _call_of(session: AsyncSession, recording_id: str) -> str:
    query = select(RecordingRow.call_id).where(RecordingRow.id == recording_id)
    return await session.scalar(query) or ""
