"""What was done to reach somebody, written down as it happens: `store.dispatches`.

Every method is one transaction.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.exc import StatementError
from sqlalchemy.ext.asyncio import AsyncSession

from call_logs.dispatches import holding
from call_logs.dispatches.dispatch import (
    ATTEMPT_TRANSITIONS,
    NO_ORDER,
    Acceptance,
    AcknowledgedVia,
    Acknowledgement,
    Attempt,
    AttemptStatus,
    Dispatch,
    DispatchReason,
    DispatchStatus,
    Order,
    TakenBack,
    check_attempt,
    check_dispatch,
)
from call_logs.dispatches.events import Arrived, DispatchStep, Fact
from call_logs.dispatches.reading import DispatchReader
from call_logs.dispatches.rows import (
    SYSTEM,
    attempt_of,
    attempt_step,
    dispatch_of,
    locked,
    locked_attempt,
    new_attempt,
    new_dispatch,
    set_attempt,
    step,
)
from call_logs.roster.contacts import Contact
from call_logs.roster.errors import RosterError
from call_logs.roster.people import Person
from call_logs.roster.policies import Policy
from call_logs.storage.database import Database, changed
from call_logs.storage.errors import IllegalMove, NotFound, StoreBusy
from call_logs.storage.keys import Keys
from call_logs.storage.metrics import ACCEPT_SECONDS, OUTCOMES
from call_logs.storage.readable import BROKEN
from call_logs.storage.signed_links import (
    LINK_LIFETIME,
    PURPOSE,
    AcknowledgeClaim,
    AcknowledgeLinks,
)
from call_logs.tables.dispatches import AttemptRow, DispatchEventRow, DispatchRow
from call_logs.tables.tickets import TicketRow
from call_logs.users.actor import Actor
from call_logs.users.permissions import Permission

__all__ = ["DispatchStore"]

WAIT_S = 2.0  # a caller in distress is on the line: longer, and the ring goes on unwritten

_LIVE_ATTEMPTS = [status.value for status, targets in ATTEMPT_TRANSITIONS.items() if targets]


class DispatchStore(DispatchReader):
    """Searches, their attempts and their timeline."""

    def __init__(self, database: Database, keys: Keys, region: str, node: str = "main") -> None:
        """`region` is not needed here; all facades of the store are made alike."""
        super().__init__(database)
        self._node = node
        self._cut_off: list[str] | None = None  # rings that a stop has cut off, once they are known
        self._begun: set[str] | None = set()  # drills and rings of this run, until it has recovered
        self._links = AcknowledgeLinks(keys.lasting(PURPOSE))

    # The search --------------------------------------------------------------------------

    async def open(
        self,
        ticket_id: int,
        policy: Policy,
        *,
        actor: Actor,
        call_id: str | None = None,
        order: Order = NO_ORDER,
        at: datetime | None = None,
    ) -> Dispatch:
        """Begin a search for a ticket, or give the one that goes on for it: a phrase heard
        twice, or found again in the transcript, does not ring everybody twice.

        Raises:
            NotAllowed: the actor has no right to work on tickets.
            NotFound: there is no such ticket; it must exist before the first ring.
        """
        actor.check(Permission.WORK_TICKETS)
        async with self._database.session(WAIT_S) as session:
            # The ticket's row is the lock under which two openers meet (PostgreSQL; SQLite
            # has one writer anyway).
            ticket = await session.scalar(
                select(TicketRow.id).where(TicketRow.id == ticket_id).with_for_update()
            )
            if ticket is None:
                raise NotFound(f"there is no ticket with id {ticket_id} to search somebody for")
            row = await session.scalar(select(DispatchRow).where(DispatchRow.open_key == ticket_id))
            if row is None:
                row = new_dispatch(
                    ticket_id,
                    policy,
                    call_id=call_id,
                    node=self._node,
                    order=order,
                    at=at or self._database.clock.now(),
                )
                await _begin(session, row)
            return dispatch_of(row)

    async def open_drill(
        self, policy: Policy, actor: Actor, *, at: datetime | None = None
    ) -> Dispatch:
        """Begin a drill of a policy. It has no ticket: nobody is in need, and nothing that
        counts tickets knows of it.

        Raises:
            NotAllowed: the actor has no right to ring people as a test.
        """
        actor.check(Permission.MANAGE_ROSTER)
        async with self._database.session(WAIT_S) as session:
            row = new_dispatch(
                None,
                policy,
                call_id=None,
                node=self._node,
                order=Order(actor.name),
                at=at or self._database.clock.now(),
            )
            self._note_begun(row.id)
            await _begin(session, row)
            return dispatch_of(row)

    async def purge_drills(self, keep_days: int) -> int:
        """Forget drills that were begun more than `keep_days` ago, with their rings and steps;
        how many. A search is kept as long as its ticket."""
        limit = self._database.clock.now() - timedelta(days=keep_days)
        async with self._database.session() as session:
            gone = await session.scalars(
                delete(DispatchRow)
                .where(DispatchRow.drill.is_(True), DispatchRow.opened_at < limit)
                .returning(DispatchRow.id)
            )
            ids = list(gone)
            for each in ids:
                changed(session, "dispatch", each)
        return len(ids)

    async def move(
        self,
        dispatch_id: str,
        status: DispatchStatus,
        *,
        reason: DispatchReason = DispatchReason.NONE,
        round: int = 0,
        actor: Actor,
        at: datetime | None = None,
    ) -> Dispatch:
        """Ring again, end a round (with its number, in the follow-up) unanswered, or close. The
        same status again is no error. Leaving `ACCEPTED` for anything but `CLOSED` forgets who
        had accepted, and an acknowledgement that was theirs.

        Raises:
            NotAllowed: the actor has no right to work on tickets.
            IllegalMove: the table has no such move, or it is `ACCEPTED`: see `accept`.
        """
        actor.check(Permission.WORK_TICKETS)
        if status is DispatchStatus.ACCEPTED:
            raise IllegalMove("a dispatch becomes accepted only by `accept`")
        async with self._database.session(WAIT_S) as session:
            row = await locked(session, dispatch_id)
            before = DispatchStatus(row.status)
            if before is status:
                return dispatch_of(row)
            check_dispatch(before, status)
            if before is DispatchStatus.ACCEPTED and status is not DispatchStatus.CLOSED:
                await holding.give_up(session, row)
            at = at or self._database.clock.now()
            row.status, row.reason = status.value, reason.value
            if status is DispatchStatus.CLOSED:
                row.closed_at, row.open_key = at, None
            step(session, row, DispatchStep(status, reason, round), at, actor=actor.name)
            dispatch = dispatch_of(row)
        if not dispatch.drill:
            OUTCOMES.labels(status).inc()
        return dispatch

    # The rings ---------------------------------------------------------------------------

    async def attempt(
        self,
        dispatch_id: str,
        person: Person,
        contact: Contact,
        *,
        level: int,
        round: int = 1,
        id: str | None = None,
        at: datetime | None = None,
    ) -> Attempt:
        """Write down a ring before it is made. `id` (32 hex digits) is the caller's own,
        for one that must not wait for the database; asked again with it, the ring that stands
        there already is given.

        Raises:
            RosterError: the contact is not one of the person's: it must not be rung.
            IllegalMove: the search is closed.
        """
        if contact not in person.contacts:
            raise RosterError(f"{contact.masked} is no contact of {person.id}; it is not rung")
        async with self._database.session(WAIT_S) as session:
            dispatch = await locked(session, dispatch_id)
            known = await session.get(AttemptRow, id) if id else None
            if known is not None:
                return attempt_of(known)
            if dispatch.status == DispatchStatus.CLOSED:
                raise IllegalMove("the dispatch is closed; nobody more is rung for it")
            at = at or self._database.clock.now()
            row = new_attempt(dispatch_id, person, contact, level, id=id, round=round, at=at)
            self._note_begun(row.id)
            session.add(row)
            await session.flush()
            attempt_step(session, dispatch, row, row.started_at)
            return attempt_of(row)

    async def outcome(
        self,
        attempt_id: str,
        status: AttemptStatus,
        *,
        at: datetime | None = None,
    ) -> Attempt:
        """What became of a ring. The same status again is no error, nor is any end after an
        end: a hang-up may be reported twice, and cross with ours; the first one stays.

        Raises:
            IllegalMove: the table has no such move, or it is `ACCEPTED`: see `accept`.
        """
        if status is AttemptStatus.ACCEPTED:
            raise IllegalMove("an attempt becomes accepted only by `accept`")
        async with self._database.session(WAIT_S) as session:
            dispatch, row = await locked_attempt(session, attempt_id)
            before = AttemptStatus(row.status)
            both_over = not ATTEMPT_TRANSITIONS[before] and not ATTEMPT_TRANSITIONS[status]
            if before is status or both_over:
                return attempt_of(row)
            check_attempt(before, status)
            set_attempt(session, dispatch, row, status, at or self._database.clock.now())
            return attempt_of(row)

    async def accept(self, attempt_id: str, *, at: datetime | None = None) -> Acceptance:
        """The person of an answered attempt pressed 1. Exactly one attempt of a dispatch
        wins; asked again, the winner is told again that it won.

        Raises:
            IllegalMove: the attempt was not answered.
        """
        at = at or self._database.clock.now()
        async with self._database.session(WAIT_S) as session:
            acceptance, won = await holding.accept(session, attempt_id, at)
        if won and not acceptance.dispatch.drill:
            OUTCOMES.labels(DispatchStatus.ACCEPTED).inc()
            ACCEPT_SECONDS.observe((at - acceptance.dispatch.opened_at).total_seconds())
        return acceptance

    async def acknowledge(
        self,
        dispatch_id: str,
        actor: Actor,
        via: AcknowledgedVia,
        *,
        at: datetime | None = None,
    ) -> Acknowledgement:
        """The actor (a person of the roster, or a user) says that it has the case. The first one
        counts.

        Raises:
            NotAllowed: the actor has no right to work on tickets.
        """
        actor.check(Permission.WORK_TICKETS)
        at = at or self._database.clock.now()
        async with self._database.session(WAIT_S) as session:
            return await holding.acknowledge(session, dispatch_id, actor.name, via, at)

    async def take_back(
        self, dispatch_id: str, actor: Actor, *, at: datetime | None = None
    ) -> TakenBack:
        """The actor has pressed by mistake and does not have it. Until then nobody was told, and
        people are rung on. Said again, it stays so.

        Raises:
            NotAllowed: the actor has no right to work on tickets.
        """
        actor.check(Permission.WORK_TICKETS)
        at = at or self._database.clock.now()
        async with self._database.session(WAIT_S) as session:
            return await holding.take_back(session, dispatch_id, actor.name, at)

    async def note(
        self,
        dispatch_id: str,
        what: Fact,
        *,
        actor: Actor,
        at: datetime | None = None,
    ) -> None:
        """Add a step to the timeline; an arrival stamps the ticket too. The same step of the
        same moment again is no error, and is not written twice.

        Raises:
            NotAllowed: the actor has no right to work on tickets.
        """
        actor.check(Permission.WORK_TICKETS)
        at = at or self._database.clock.now()
        async with self._database.session(WAIT_S) as session:
            row = await locked(session, dispatch_id)
            if await _stands(session, dispatch_id, what, actor.name, at):
                return
            step(session, row, what, at, actor=actor.name)
            if isinstance(what, Arrived):
                await holding.stamp_ticket(session, row, "on_site_at", at, actor.name)

    async def recover(self) -> tuple[Dispatch, ...]:
        """At start, and again until it succeeds: rings of this node that a stop cut off end as
        `INTERRUPTED`; gives this node's searches and drills that are still open, oldest first.

        A database that is slow at start lets it succeed only after people are rung already: what
        this run has begun is not among them.
        """
        at = self._database.clock.now()
        if self._cut_off is None:
            live = await self._live_attempts()
            self._cut_off = [each for each in live if each not in (self._begun or ())]
        while self._cut_off:
            attempt_id = self._cut_off[-1]
            try:
                await self.outcome(attempt_id, AttemptStatus.INTERRUPTED, at=at)
            except StoreBusy:
                raise
            except (*BROKEN, StatementError):
                self._database.unreadable.add(AttemptRow.__tablename__, attempt_id)
            self._cut_off.pop()
        left = await self.open_of_node(self._node)
        begun, self._begun = self._begun or set(), None
        return tuple(each for each in left if each.id not in begun)

    def _note_begun(self, id: str) -> None:
        if self._begun is not None:
            self._begun.add(id)

    async def _live_attempts(self) -> list[str]:
        async with self._database.reading() as session:
            found = await session.scalars(
                select(AttemptRow.id)
                .join(DispatchRow, DispatchRow.id == AttemptRow.dispatch_id)
                .where(AttemptRow.status.in_(_LIVE_ATTEMPTS), DispatchRow.node == self._node)
            )
            return list(found)

    # Signed links ------------------------------------------------------------------------

    def link_token(
        self, dispatch_id: str, person: str, *, expires_at: datetime | None = None
    ) -> str:
        """What a notice's link ends with; good for `LINK_LIFETIME` unless said otherwise."""
        expires_at = expires_at or self._database.clock.now() + LINK_LIFETIME
        return self._links.make(dispatch_id, person, expires_at=expires_at)

    def verify_token(self, token: str, *, now: datetime | None = None) -> AcknowledgeClaim:
        """Raises:
        LinkExpired, LinkInvalid: it must not acknowledge anything.
        """
        return self._links.verify(token, now or self._database.clock.now())


async def _begin(session: AsyncSession, row: DispatchRow) -> None:
    session.add(row)
    await session.flush()
    actor = row.ordered_by or SYSTEM
    step(session, row, DispatchStep(DispatchStatus.RINGING), row.opened_at, actor=actor)


async def _stands(
    session: AsyncSession, dispatch_id: str, what: Fact, actor: str, at: datetime
) -> bool:
    """Whether this step was written before by somebody who was not told so."""
    found = await session.scalar(
        select(DispatchEventRow.id).where(
            DispatchEventRow.dispatch_id == dispatch_id,
            DispatchEventRow.at == at,
            DispatchEventRow.kind == what.kind.value,
            DispatchEventRow.actor == actor,
        )
    )
    return found is not None
