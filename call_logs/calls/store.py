"""Calls and their events. Writes go through the journal, so that no call waits for a database."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select, update

from call_logs.calls.call import (
    INTERRUPTED,
    OUTGOING,
    CallEvent,
    CallEventKind,
    CallFilter,
    CallRecord,
    NewCall,
)
from call_logs.calls.live import Live
from call_logs.storage.database import Database, changed
from call_logs.storage.errors import NotFound
from call_logs.storage.journal import Journal
from call_logs.storage.keys import Keys
from call_logs.storage.page import COUNT_LIMIT, Page
from call_logs.storage.phone import phone_hash
from call_logs.storage.readable import readable
from call_logs.tables.calls import CallEventRow, CallRow
from call_logs.tables.tickets import TicketRow
from call_logs.users.actor import Actor
from call_logs.users.permissions import Permission
from call_logs.viewing.guard import caller_kept_back
from call_logs.viewing.viewer import Part, viewer_now


class Calls:
    """`begin`, `answered`, `language`, `event` and `end` go to the journal: they return at once
    and never fail. `flush` waits for them. The rest reads."""

    def __init__(
        self,
        database: Database,
        keys: Keys,
        region: str,
        *,
        journal: Journal,
        live: Live,
        node: str,
    ) -> None:
        self._database = database
        self._keys = keys
        self._region = region
        self._journal = journal
        self._live = live
        self._node = node

    def begin(self, call: NewCall) -> None:
        """The call exists from now on."""
        self._live.add(call)
        payload = {
            "id": call.id,
            "caller": call.caller,
            "callee": call.callee,
            "trunk": call.trunk,
            "direction": call.direction,
            "language": call.language,
            "sip_call_id": call.sip_call_id,
            "node": self._node,
            "started_at": (call.started_at or self._database.clock.now()).isoformat(),
            "ticket_id": call.ticket_id,
            "withheld": call.withheld or None,
        }
        self._journal.add("call.begin", payload)

    def answered(
        self, call_id: str, at: datetime | None = None, language: str | None = None
    ) -> None:
        """The call was answered; also written as an event."""
        moment = at or self._database.clock.now()
        payload = {"id": call_id, "at": moment.isoformat(), "language": language}
        self._journal.add("call.answered", payload)
        self.event(call_id, CallEventKind.ANSWERED, at=moment)

    def language(self, call_id: str, language: str) -> None:
        """The caller chose a language; also written as an event."""
        self._journal.add("call.answered", {"id": call_id, "at": None, "language": language})
        self._live.update(call_id, language=language)
        self.event(call_id, CallEventKind.LANGUAGE, {"language": language})

    def about(self, call_id: str, ticket_id: int) -> None:
        """The call is about a case whose ticket was opened before: its sound, words and log
        are the ticket's, too."""
        self._journal.add("call.about", {"id": call_id, "ticket_id": ticket_id})

    def event(
        self,
        call_id: str,
        kind: CallEventKind,
        data: Mapping[str, Any] | None = None,
        at: datetime | None = None,
    ) -> None:
        """Note that something happened. `data` is JSON."""
        moment = (at or self._database.clock.now()).isoformat()
        payload = {"call_id": call_id, "kind": kind.value, "at": moment, "data": dict(data or {})}
        self._journal.add("call.event", payload)

    def end(self, call_id: str, reason: str, at: datetime | None = None) -> None:
        """The call is over. The first end counts; later ones change nothing."""
        self._live.remove(call_id)
        payload = {
            "id": call_id,
            "reason": reason,
            "at": (at or self._database.clock.now()).isoformat(),
        }
        self._journal.add("call.end", payload)

    def missed(self, call_id: str) -> None:
        """Nobody learnt what the caller wanted: somebody has to see to it."""
        self._journal.add("call.missed", {"id": call_id})

    async def handle(self, call_id: str, actor: Actor) -> CallRecord:
        """A person has seen to a missed call. The first one counts.

        Raises:
            NotAllowed.
            NotFound: no call has this id.
        """
        actor.check(Permission.CONTROL_CALLS)
        async with self._database.session() as session:
            handled = await session.execute(
                update(CallRow)
                .where(CallRow.id == call_id, CallRow.handled_at.is_(None))
                .values(handled_by=actor.name, handled_at=self._database.clock.now())
                .returning(CallRow.id)
            )
            if handled.first() is not None:
                changed(session, "call", call_id)
        return await self.get(call_id)

    async def missed_count(self) -> int:
        """How many missed calls have still to be seen to, up to `COUNT_LIMIT`."""
        ids = select(CallRow.seq).where(*_waits()).limit(COUNT_LIMIT).subquery()
        async with self._database.reading() as session:
            return await session.scalar(select(func.count()).select_from(ids)) or 0

    async def flush(self) -> None:
        """Wait until everything written so far is in the database (or spooled)."""
        await self._journal.flush()

    async def get(self, call_id: str) -> CallRecord:
        """Raises:
        NotFound: no call has this id.
        """
        async with self._database.reading() as session:
            row = (await session.execute(_calls().where(CallRow.id == call_id))).first()
        if row is None:
            raise NotFound(f"there is no call {call_id}")
        return _call_record(*row)

    async def list(self, filter: CallFilter | None = None) -> Page[CallRecord]:
        """Calls, newest first."""
        wanted = filter or CallFilter()
        async with self._database.reading() as session:
            conditions = self._conditions(wanted)
            query = _calls().where(*conditions)
            if wanted.before is not None:
                query = query.where(CallRow.seq < wanted.before)
            found = await readable(
                session,
                query.order_by(CallRow.seq.desc()).limit(wanted.limit + 1),
                lambda row, *more: (row.seq, _call_record(row, *more)),
            )
            ids = select(CallRow.seq).where(*conditions).limit(COUNT_LIMIT + 1).subquery()
            total = await session.scalar(select(func.count()).select_from(ids)) or 0
        shown = found[: wanted.limit]
        further = shown[-1][0] if len(found) > wanted.limit else None
        return Page.of((record for _, record in shown), next_cursor=further, counted=total)

    async def events(self, call_id: str) -> tuple[CallEvent, ...]:
        """What happened in a call, in order."""
        async with self._database.reading() as session:
            query = (
                select(CallEventRow)
                .where(CallEventRow.call_id == call_id)
                .order_by(CallEventRow.at, CallEventRow.id)
            )
            return tuple(await readable(session, query, _call_event))

    async def withheld(self, call_id: str) -> str:
        """The number of a caller who shows it to nobody, to call them back; "" when it is not
        known. It is no part of the record: records are shown."""
        async with self._database.reading() as session:
            query = select(CallRow.withheld).where(CallRow.id == call_id)
            return await session.scalar(query) or ""

    async def call_backs(self, number: str, since: datetime) -> int:
        """How often this number was called back since then, whoever left it."""
        hashed = phone_hash(self._keys, number, self._region)
        query = select(func.count()).where(
            CallRow.caller_hash == hashed,
            CallRow.direction == OUTGOING,
            CallRow.started_at >= since,
        )
        async with self._database.reading() as session:
            return await session.scalar(query) or 0

    async def interrupt(self) -> tuple[str, ...]:
        """Close the calls of this node that have no end: a crash cut them off. Returns their
        ids. Only at the start, before the first call."""
        now = self._database.clock.now()
        async with self._database.session() as session:
            ended = await session.execute(
                update(CallRow)
                .where(
                    CallRow.ended_at.is_(None),
                    CallRow.node == self._node,
                    CallRow.id.not_in(self._live.ids()),
                )
                .values(ended_at=now, end_reason=INTERRUPTED)
                .returning(CallRow.id)
            )
            ids = tuple(call_id for (call_id,) in ended.all())
            for call_id in ids:
                changed(session, "call", call_id)
        for call_id in ids:
            self.event(call_id, CallEventKind.INTERRUPTED, at=now)
        return ids

    def _conditions(self, wanted: CallFilter) -> tuple[ColumnElement[bool], ...]:
        conditions: list[ColumnElement[bool]] = []
        if wanted.caller:
            if (viewer := viewer_now()) is not None:
                viewer.check(Part.NUMBER)
                conditions.append(~caller_kept_back(CallRow.id.expression))
            hashed = phone_hash(self._keys, wanted.caller, self._region)
            conditions.append(CallRow.caller_hash == hashed)
        if wanted.ticket_id is not None:
            opened_in = select(TicketRow.call_id).where(TicketRow.id == wanted.ticket_id)
            conditions.append(
                or_(
                    CallRow.ticket_id == wanted.ticket_id,
                    CallRow.id == opened_in.scalar_subquery(),
                )
            )
        if wanted.trunk is not None:
            conditions.append(CallRow.trunk == wanted.trunk)
        if wanted.active is not None:
            is_active = CallRow.ended_at.is_(None)
            conditions.append(is_active if wanted.active else ~is_active)
        if wanted.missed:
            conditions += _waits()
        if wanted.since is not None:
            conditions.append(CallRow.started_at >= wanted.since)
        if wanted.until is not None:
            conditions.append(CallRow.started_at < wanted.until)
        return tuple(conditions)


def _waits() -> tuple[ColumnElement[bool], ...]:
    """Missed, and nobody has seen to it: neither a person nor a ticket that came of it."""
    opened = select(TicketRow.id).where(TicketRow.call_id == CallRow.id)
    return (
        CallRow.missed.is_(True),
        CallRow.handled_at.is_(None),
        CallRow.ticket_id.is_(None),
        ~opened.correlate(CallRow).exists(),
    )


def _calls() -> Select[CallRow, int, bool]:
    kept_back = caller_kept_back(CallRow.id.expression).label("kept_back")
    joined = select(CallRow, TicketRow.id, kept_back)
    return joined.outerjoin(TicketRow, TicketRow.call_id == CallRow.id)


def _call_record(row: CallRow, opened_id: int | None, kept_back: bool) -> CallRecord:
    """`opened_id`: of the ticket that was opened in the call. `kept_back`: who called is."""
    outgoing = row.direction == OUTGOING
    return CallRecord(
        id=row.id,
        caller="" if kept_back and not outgoing else row.caller,
        callee="" if kept_back and outgoing else row.callee,
        trunk=row.trunk,
        direction=row.direction,
        language=row.language,
        node=row.node,
        started_at=row.started_at,
        answered_at=row.answered_at,
        ended_at=row.ended_at,
        end_reason=row.end_reason,
        ticket_id=opened_id if row.ticket_id is None else row.ticket_id,
        sip_call_id="" if kept_back else row.sip_call_id,
        missed=row.missed,
        handled_by=row.handled_by,
        handled_at=row.handled_at,
    )


def _call_event(row: CallEventRow) -> CallEvent:
    return CallEvent(
        id=row.id, call_id=row.call_id, kind=CallEventKind(row.kind), at=row.at, data=row.data
    )
