"""What the dashboard and the command line ask of the running program: of the node that
holds a call, or, without a call, of whichever node is there.

    waiting --a node takes it--> taken --carried out--> answered, with an outcome
       +----withdrawn: it is gone

A request that nobody takes stays `waiting`: the page says so, because nobody rings then.
`docs/decisions/orders.md` tells what each order comes to in which state of its ticket.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import delete, insert, or_, select, update

from call_logs.calls.live import Live
from call_logs.storage.database import Database, changed
from call_logs.storage.errors import OutcomeUnknown
from call_logs.storage.once import first_time, forget_old, key_of
from call_logs.storage.readable import readable
from call_logs.tables.calls import RequestRow
from call_logs.users.actor import Actor
from call_logs.users.permissions import Permission

KEEP = timedelta(days=1)
TAKE_WAIT_S = 5.0


class RequestAction(StrEnum):
    HANGUP = "hangup"
    SURVEY = "survey"  # play the satisfaction survey
    DRILL = "drill"  # of no call, {"policy": ...}: ring the policy's people as a test
    # Of no call, but of a ticket:
    RING = "ring"  # {"policy": ...} or {"person": ...}, {"again": True}: whoever had it
    NEXT_LEVEL = "next_level"  # {}: ring the next level now, besides who is being rung
    HAND_OVER = "hand_over"  # {"person": ...}: ring them; they have it once they accept
    END_SEARCH = "end_search"  # {"dispatch": ...}: somebody has taken it on the dashboard


class RequestOutcome(StrEnum):
    """What an order of a ticket has come to."""

    DONE = "done"  # the telephone rings, or will in a moment
    ALREADY = "already"  # it was so before: pressed twice, or by two people
    HELD = "held"  # somebody has it by now; nobody was rung
    OVER = "over"  # the ticket is closed
    NO_LEVEL = "no_level"  # no level is left; who rings, rings on
    NOT_RINGING = "not_ringing"  # nobody is being rung, so there is no next level
    NOBODY = "nobody"  # the policy reaches nobody now, or the person has no number
    TAKEN_BACK = "taken_back"  # whoever had taken it took that back in time
    STALE = "stale"  # the program came too late: nobody is woken for what was asked long ago
    FAILED = "failed"  # a fault; the log tells


_RIGHTS: Mapping[RequestAction, Permission] = {
    RequestAction.HANGUP: Permission.CONTROL_CALLS,
    RequestAction.SURVEY: Permission.CONTROL_CALLS,
    RequestAction.DRILL: Permission.MANAGE_ROSTER,
    RequestAction.RING: Permission.WORK_TICKETS,
    RequestAction.NEXT_LEVEL: Permission.WORK_TICKETS,
    RequestAction.HAND_OVER: Permission.WORK_TICKETS,
    RequestAction.END_SEARCH: Permission.WORK_TICKETS,
}

ANY_NODE = ""  # the `call_id` of what is asked of no call


@dataclass(frozen=True)
class Request:
    id: int
    action: RequestAction
    call_id: str
    data: Mapping[str, Any] = field(repr=False)
    actor: str
    created_at: datetime
    ticket_id: int | None = None
    taken_at: datetime | None = None
    outcome: RequestOutcome | None = None

    @property
    def ordered_by(self) -> Actor:
        """In whose name it is carried out: the right was asked when it was written."""
        return Actor.in_name_of(self.actor)


class Requests:
    def __init__(self, database: Database, live: Live) -> None:
        self._database = database
        self._live = live

    async def add(
        self,
        action: RequestAction,
        call_id: str,
        data: Mapping[str, Any] | None = None,
        *,
        actor: Actor,
        ticket_id: int | None = None,
        key: str = "",
    ) -> int:
        """Ask the node that holds `call_id`, or with `ANY_NODE` the first that looks (follow
        topic "request"). Returns the request's id; 0 when `actor` has asked it already under
        this `key`.

        Raises:
            NotAllowed: the actor has no right to ask for this.
        """
        actor.check(_RIGHTS[action])
        key = key_of(key, data)
        async with self._database.session() as session:
            if not await first_time(
                session, f"{action} {call_id} {ticket_id or ''}", key, actor.name
            ):
                return 0
            request_id: int | None = await session.scalar(
                insert(RequestRow)
                .values(
                    action=action.value,
                    call_id=call_id,
                    data=dict(data or {}),
                    ticket_id=ticket_id,
                    actor=actor.name,
                    created_at=self._database.clock.now(),
                )
                .returning(RequestRow.id)
            )
            changed(session, "request", call_id)
            if ticket_id is not None:
                changed(session, "ticket", ticket_id)
        assert request_id is not None  # RETURNING of an insert always gives a row
        return request_id

    async def take(self) -> tuple[Request, ...]:
        """The requests for calls that this process holds, and those of no call, each given
        out once."""
        ids = (ANY_NODE, *self._live.ids())
        async with self._database.reading() as session:  # asked often: no write lock for it
            waiting = await session.scalar(
                select(RequestRow.id)
                .where(RequestRow.taken_at.is_(None), RequestRow.call_id.in_(ids))
                .limit(1)
            )
        if waiting is None:
            return ()
        requests: list[Request] = []
        try:
            async with self._database.session(TAKE_WAIT_S) as session:
                found = await session.scalars(
                    select(RequestRow.id)
                    .where(RequestRow.taken_at.is_(None), RequestRow.call_id.in_(ids))
                    .with_for_update(skip_locked=True)
                )
                taken = RequestRow.id.in_(found.all())
                query = select(RequestRow).where(taken).order_by(RequestRow.id)
                requests = await readable(session, query, _request)
                await session.execute(
                    update(RequestRow).where(taken).values(taken_at=self._database.clock.now())
                )
                for ticket_id in {request.ticket_id for request in requests} - {None}:
                    changed(session, "ticket", ticket_id)
        except OutcomeUnknown as error:
            # Nobody else would carry out what is written down as taken.
            if not await error.outcome():
                raise
        return tuple(requests)

    async def was_taken(self, request_id: int) -> bool:
        """Whether some node has begun to carry it out."""
        async with self._database.reading() as session:
            row = await session.get(RequestRow, request_id)
            return row is None or row.taken_at is not None

    async def answer(self, request_id: int, outcome: RequestOutcome) -> None:
        """Say what an order has come to; the pages of its ticket show it."""
        async with self._database.session() as session:
            ticket_id = await session.scalar(
                update(RequestRow)
                .where(RequestRow.id == request_id)
                .values(outcome=outcome.value)
                .returning(RequestRow.ticket_id)
            )
            if ticket_id is not None:
                changed(session, "ticket", ticket_id)

    async def for_ticket(self, ticket_id: int, since: datetime) -> tuple[Request, ...]:
        """What was asked about a ticket since then, newest first."""
        async with self._database.reading() as session:
            rows = await session.scalars(
                select(RequestRow)
                .where(RequestRow.ticket_id == ticket_id, RequestRow.created_at >= since)
                .order_by(RequestRow.id.desc())
            )
            return tuple(map(_request, rows))

    async def withdraw(self, request_id: int, actor: Actor) -> None:
        """Ask no more, when nobody has taken it yet.

        Raises:
            NotAllowed: the actor has no right to ask for such a thing.
        """
        async with self._database.session() as session:
            row = await session.get(RequestRow, request_id, with_for_update=True)
            if row is None:
                return
            actor.check(_RIGHTS[RequestAction(row.action)])
            if row.taken_at is None:
                await session.delete(row)

    async def prune(self) -> None:
        """Delete those that were carried out, or whose call is long over, and old keys."""
        async with self._database.session() as session:
            await forget_old(session)
            await session.execute(
                delete(RequestRow).where(
                    or_(
                        RequestRow.taken_at < self._database.clock.now() - KEEP,
                        RequestRow.created_at < self._database.clock.now() - KEEP,
                    )
                )
            )


def _request(row: RequestRow) -> Request:
    return Request(
        id=row.id,
        action=RequestAction(row.action),
        call_id=row.call_id,
        data=row.data,
        actor=row.actor,
        created_at=row.created_at,
        ticket_id=row.ticket_id,
        taken_at=row.taken_at,
        outcome=RequestOutcome(row.outcome) if row.outcome else None,
    )
