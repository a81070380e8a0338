"""Tickets: opened once a call, corrected, moved through their life, found again."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from call_logs.deadlines import Deadlines
from call_logs.staff.store import StaffStore
from call_logs.storage.database import Database, now_of
from call_logs.storage.errors import IllegalMove, NotFound, StoreError
from call_logs.storage.journal import Entry, Handler, Journal
from call_logs.storage.keys import Keys
from call_logs.storage.once import first_time, key_of
from call_logs.storage.page import COUNT_LIMIT, Page
from call_logs.storage.phone import phone_hash
from call_logs.storage.readable import readable
from call_logs.tables.calls import CallRow
from call_logs.tables.ticket_fields import FIELDS, facts_of, kept
from call_logs.tables.ticket_kinds import TicketClass
from call_logs.tables.tickets import TicketChangeRow, TicketRow
from call_logs.tickets.costs import way_of
from call_logs.tickets.due import resume_row, set_deadlines, set_next_due
from call_logs.tickets.edit import NOTHING, TicketEdit, check_edit, read_edit
from call_logs.tickets.gaps import gaps
from call_logs.tickets.life import BROUGHT, NOTE, Move, TicketStatus, check_move, moves_for
from call_logs.tickets.listing import (
    TicketCounts,
    count_open,
    known_categories,
    matching_ids,
    unsought,
)
from call_logs.tickets.lowering import lowered
from call_logs.tickets.number import ticket_number
from call_logs.tickets.owing import Owing
from call_logs.tickets.placing import Placed, Placing
from call_logs.tickets.priority import set_precedence
from call_logs.tickets.rows import (
    apply_edit,
    as_seen,
    assessed,
    change_of,
    check_not_about,
    fields_kept_back,
    locked_row,
    raised,
    ticket_of,
    write_history,
)
from call_logs.tickets.search import reindex, searched_place, tokens_of
from call_logs.tickets.surveyed import CONTENT, close_survey
from call_logs.tickets.ticket import NewTicket, Ticket, TicketChange, TicketFilter
from call_logs.users.actor import HOTLINE, Actor
from call_logs.users.permissions import Permission

ALIKE_WITHIN = timedelta(days=1)
OPEN_WAIT_S = 2.0  # the longest that a caller waits for their ticket's number

# What a move stamps the first time. Who has registered a ticket has acknowledged it; who
# investigates or works is on site.
_STAMPS: Mapping[TicketStatus, tuple[str, ...]] = {
    TicketStatus.REGISTERED: ("acknowledged_at",),
    TicketStatus.INVESTIGATING: ("acknowledged_at", "on_site_at"),
    TicketStatus.IN_PROGRESS: ("acknowledged_at", "on_site_at"),
    TicketStatus.RESOLVED: ("acknowledged_at", "resolved_at"),
    TicketStatus.FEEDBACK_GIVEN: ("feedback_at",),
    TicketStatus.CLOSED: ("closed_at",),
}
_CLEARED_BY_REOPENING = ("on_site_at", "resolved_at", "feedback_at", "closed_at")


class Tickets:
    def __init__(
        self,
        database: Database,
        keys: Keys,
        region: str,
        *,
        journal: Journal,
        deadlines: Deadlines,
        approve_above: int | None = None,
        staff: StaffStore,
        owing: Owing,
    ) -> None:
        """`approve_above`: what tasks may cost, in hundredths, before a plan must be approved
        whatever its class; None: any amount."""
        self._database = database
        self._keys = keys
        self._region = region
        self._journal = journal
        self._placing = Placing(database, staff)
        self.deadlines = deadlines
        self._approve_above = approve_above
        self._owing = owing

    async def open(self, new: NewTicket) -> Ticket:
        """Open a ticket; a call has one. Opening a call's ticket again brings it up to date
        with the fields that are given and that nobody else changed.

        Raises:
            NotAllowed.
            Deferred: the database is away or slower than `OPEN_WAIT_S`. The ticket is safe
                and follows by itself; its number is not known yet.
        """
        new.actor.check(Permission.WORK_TICKETS)
        placed = await self._placing.of_new(new.actor, new.assignee)
        done = self._journal.add("ticket.open", self._payload(new, placed))
        ticket: Ticket = await self._journal.settle(done, OPEN_WAIT_S)
        return as_seen(ticket)

    async def open_within(self, session: AsyncSession, new: NewTicket) -> Ticket:
        """As `open`, in a transaction of this package, and for whom it was given to before."""
        new.actor.check(Permission.WORK_TICKETS)
        return await self._open(session, self._payload(new, Placed(new.assignee)))

    def _payload(self, new: NewTicket, placed: Placed) -> dict[str, Any]:
        opened_at = new.opened_at or self._database.clock.now()
        return kept(new) | {
            "assignee": placed.ref,
            "handed_over_from": placed.away,
            "tells_assignee": placed.tells,
            "call_id": new.call_id,
            "caller": new.caller,
            "actor": new.actor.name,
            "key": _digest(new.actor, new.key),
            "opened_at": opened_at.isoformat(),
        }

    async def update(
        self,
        ticket_id: int,
        actor: Actor,
        changes: TicketEdit,
        *,
        version: int | None = None,
        note: str = "",
        seen_to: bool = False,
        assesses: bool = False,
    ) -> Ticket:
        """Change fields: `edit(room="1501")`. With `version`, only if nobody else changed the
        ticket since that version was read. `assesses`: a person confirms what it was taken for,
        or says what it is; the first time is kept.

        A person who raises a ticket to urgent wants somebody to be rung for it, whoever had
        it before; with `seen_to` they say that somebody is on it already, in their name.

        Raises:
            NotAllowed, Lacking: also as `lowered`; nothing was changed.
            NotFound, VersionConflict, StoreBusy.
        """
        check_edit(actor, changes)
        placed = await self._placing.of_edit(actor, ticket_id, changes)
        async with self._database.session() as session:
            row = await locked_row(session, ticket_id, version)
            check_not_about(row, placed.means)
            allowed = await lowered(session, row, placed.put_into(changes), actor, note)
            changed = await self._apply(session, row, allowed)
            if "assignee" in changed:
                changed |= await placed.told(session, row.id, now_of(session))
            if changed.get("ticket_class", ("", ""))[1] == TicketClass.URGENT:
                changed |= raised(row, actor, now_of(session), seen_to=seen_to)
            action = "updated"
            if assesses:
                action = "assessed"
                changed |= assessed(row, actor, now_of(session))
            if changed or note or assesses:
                await write_history(session, row, actor.name, action, changes=changed, note=note)
            await self._owing.edited(session, row, changed, actor.name)
            return ticket_of(row)

    async def move(
        self,
        ticket_id: int,
        status: TicketStatus,
        actor: Actor,
        note: str = "",
        version: int | None = None,
        *,
        changes: TicketEdit = NOTHING,
        key: str = "",
    ) -> Ticket:
        """Go on to `status`, as `TRANSITIONS` allows for the ticket's class, with the changes
        that the step needs. Asked by `actor` again under the same `key`, nothing more is done.

        Raises:
            IllegalMove, NotAllowed, Lacking: as `check_move`; nothing was changed.
            NotFound, VersionConflict, StoreBusy.
        """
        check_edit(actor, changes)
        if foreign := sorted(set(changes.values) - BROUGHT):
            # The class, say, decides which steps there are: it is changed on its own, before.
            raise StoreError(f"no step brings {', '.join(foreign)} with it")
        now = self._database.clock.now()
        key = key_of(key, [status, note, changes])
        async with self._database.session() as session:
            if not await first_time(session, f"move {ticket_id}", key, actor.name):
                return ticket_of(await locked_row(session, ticket_id, None))
            row = await locked_row(session, ticket_id, version)
            if row.merged_into is not None:
                raise IllegalMove("a ticket that was merged takes no steps: the other one does")
            changed = await self._apply(session, row, changes)
            said = facts_of(row) | {NOTE: note}
            way = way_of(TicketClass(row.ticket_class), row.planned_cost, self._approve_above)
            check_move(way, TicketStatus(row.status), status, actor, said)
            brought = frozenset(changed)
            changed |= await self._go(session, row, status, now)
            await self._owing.went(session, row, brought, actor.name)
            if status is TicketStatus.SURVEYED:
                await close_survey(session, row, said["satisfaction"], actor.name, now)
            await write_history(
                session, row, actor.name, "moved", changes=changed, note=note, at=now
            )
            if status is TicketStatus.SURVEYED and said["satisfaction"] < CONTENT:
                # Whoever is not content does not have to call again.
                reopened = await self._go(session, row, TicketStatus.REOPENED, now)
                why = f"satisfaction {said['satisfaction']} of 5"
                await write_history(
                    session, row, HOTLINE.name, "moved", changes=reopened, note=why, at=now
                )
            return ticket_of(row)

    async def _go(
        self, session: AsyncSession, row: TicketRow, status: TicketStatus, now: datetime
    ) -> dict[str, tuple[Any, Any]]:
        """The row in its new status, with what that stamps or clears."""
        before = row.status
        changes = await resume_row(session, row, self.deadlines, now)  # who goes on waits no more
        tokens_before = tokens_of(row)
        row.status = status.value
        await reindex(session, self._keys, row.id, tokens_before, tokens_of(row))
        for field in _STAMPS.get(status, ()):
            if getattr(row, field) is None:
                setattr(row, field, now)
        if status is TicketStatus.REOPENED:
            for field in _CLEARED_BY_REOPENING:
                setattr(row, field, None)
            row.due_from = now
            await set_deadlines(session, row, self.deadlines)
        set_next_due(row)
        return changes | {"status": (before, status.value)}

    def moves(self, ticket: Ticket, actor: Actor) -> tuple[Move, ...]:
        """The steps that `actor` may take with the ticket now."""
        way = way_of(ticket.ticket_class, ticket.planned_cost, self._approve_above)
        return moves_for(way, ticket.status, actor)

    async def unsought(self, since: datetime) -> tuple[Ticket, ...]:
        """Urgent tickets that were touched since then, that nobody has, and for whom nobody is
        searched; oldest first."""
        async with self._database.reading() as session:
            return tuple(map(ticket_of, await unsought(session, since)))

    async def note(self, ticket_id: int, actor: Actor, text: str, *, key: str = "") -> Ticket:
        """Add a remark to the history; under one `key` once.

        Raises:
            NotAllowed, NotFound, StoreBusy.
        """
        actor.check(Permission.WORK_TICKETS)
        key = key_of(key, text)
        async with self._database.session() as session:
            row = await locked_row(session, ticket_id, None)
            if await first_time(session, f"note {ticket_id}", key, actor.name):
                await write_history(session, row, actor.name, "note", note=text)
            return ticket_of(row)

    async def get(self, ticket_id: int) -> Ticket:
        """Raises:
        NotFound: no ticket has this id.
        """
        async with self._database.reading() as session:
            row = await session.get(TicketRow, ticket_id)
        if row is None:
            raise NotFound(f"there is no ticket with id {ticket_id}")
        return ticket_of(row)

    async def by_number(self, number: str) -> Ticket:
        """Raises:
        NotFound: no ticket has this number (`valid_number` tells a mistyped one).
        """
        async with self._database.reading() as session:
            row = await session.scalar(select(TicketRow).where(TicketRow.number == number))
        if row is None:
            raise NotFound(f"there is no ticket {number}")
        return ticket_of(row)

    async def for_call(self, call_id: str) -> Ticket | None:
        """The ticket that was opened in a call, or that a call back is about."""
        about = select(CallRow.ticket_id).where(CallRow.id == call_id).scalar_subquery()
        async with self._database.reading() as session:
            row = await session.scalar(
                select(TicketRow)
                .where(or_(TicketRow.call_id == call_id, TicketRow.id == about))
                .order_by(TicketRow.call_id.is_distinct_from(call_id))
                .limit(1)
            )
            return None if row is None else ticket_of(row)

    async def list(self, filter: TicketFilter | None = None) -> Page[Ticket]:
        """Tickets in the order of the filter."""
        wanted = filter or TicketFilter()
        async with self._database.reading() as session:
            ids, total = await matching_ids(session, self._keys, self._region, wanted)
            shown = ids[: wanted.limit]
            query = select(TicketRow).where(TicketRow.id.in_(shown))
            found = {each.id: each for each in await readable(session, query, ticket_of)}
            items = tuple(found[each] for each in shown if each in found)
        return Page(
            items=items,
            next_cursor=shown[-1] if len(ids) > wanted.limit else None,
            total=min(total, COUNT_LIMIT),
            total_is_exact=total <= COUNT_LIMIT,
        )

    async def history(self, ticket_id: int) -> tuple[TicketChange, ...]:
        """Everything that was done to a ticket, in order."""
        async with self._database.reading() as session:
            row = await session.get(TicketRow, ticket_id)
            if row is None:
                return ()
            kept_back = fields_kept_back(row)
            query = (
                select(TicketChangeRow)
                .where(TicketChangeRow.ticket_id == ticket_id)
                .order_by(TicketChangeRow.id)
            )
            found = await readable(session, query, lambda line: change_of(line, kept_back))
            return tuple(found)

    async def alike(self, building: str, category: str) -> tuple[Ticket, ...]:
        """Open tickets of the same building and category that came within a day: perhaps the
        same matter. Newest first."""
        wanted = TicketFilter(
            text=searched_place("building", building),
            category=category,
            open=True,
            since=self._database.clock.now() - ALIKE_WITHIN,
        )
        found = await self.list(wanted)
        return tuple(ticket for ticket in found.items if ticket.building == building)

    async def counts(self) -> TicketCounts:
        """Of the tickets that are not closed."""
        async with self._database.reading() as session:
            return await count_open(session)

    async def categories(self) -> tuple[str, ...]:
        """Every category that occurs."""
        async with self._database.reading() as session:
            return await known_categories(session)

    def handlers(self) -> dict[str, Handler]:
        """How the journal opens tickets."""

        async def open_all(session: AsyncSession, entries: Sequence[Entry]) -> Sequence[Ticket]:
            return [await self._open(session, entry.payload) for entry in entries]

        return {"ticket.open": open_all}

    async def _open(self, session: AsyncSession, new: Mapping[str, Any]) -> Ticket:
        row = None
        if new["call_id"] is not None:
            row = await session.scalar(
                select(TicketRow).where(TicketRow.call_id == new["call_id"]).with_for_update()
            )
        if row is not None:
            await self._bring_up_to_date(session, row, new)
            return ticket_of(row)
        if key := new.get("key"):  # entries of an older program have none
            row = await session.scalar(select(TicketRow).where(TicketRow.opened_key == key))
            if row is not None:
                return ticket_of(row)
        opened_at = datetime.fromisoformat(new["opened_at"])
        caller = new["caller"] or await self._caller_of(session, new["call_id"])
        # An older program may have written the entry, without a field that came later.
        fields = {name: field.kept(field.read(new.get(name))) for name, field in FIELDS.items()}
        row = TicketRow(
            number=None,
            call_id=new["call_id"],
            opened_key=key,
            status=TicketStatus.RECEIVED.value,
            caller=caller,
            caller_hash=phone_hash(self._keys, caller, self._region),
            callback_hash=phone_hash(self._keys, fields["callback"], self._region),
            opened_at=opened_at,
            updated_at=opened_at,
            acknowledged_at=None,
            on_site_at=None,
            resolved_at=None,
            feedback_at=None,
            closed_at=None,
            version=0,
            **fields,
        )
        set_precedence(row)
        row.gaps = " ".join(gaps(row))
        await set_deadlines(session, row, self.deadlines)
        session.add(row)
        await session.flush()
        row.number = ticket_number(row.id)
        await reindex(session, self._keys, row.id, [], tokens_of(row))
        placed = Placed(
            row.assignee, new.get("handed_over_from", ""), new.get("tells_assignee", False)
        )
        handed = await placed.told(session, row.id, opened_at)
        await write_history(session, row, new["actor"], "opened", changes=handed, at=opened_at)
        await self._owing.opened(session, row, new["actor"])
        return ticket_of(row)

    async def _caller_of(self, session: AsyncSession, call_id: str | None) -> str:
        if call_id is None:
            return ""
        return await session.scalar(select(CallRow.caller).where(CallRow.id == call_id)) or ""

    async def _bring_up_to_date(
        self, session: AsyncSession, row: TicketRow, new: Mapping[str, Any]
    ) -> None:
        given = {name: new[name] for name in FIELDS if new.get(name)}
        if all(getattr(row, name) == value for name, value in given.items()):
            return
        history = await session.scalars(
            select(TicketChangeRow).where(TicketChangeRow.ticket_id == row.id)
        )
        theirs = {name for line in history if line.actor != new["actor"] for name in line.changes}
        fields = {name: value for name, value in given.items() if name not in theirs}
        allowed = await lowered(session, row, read_edit(fields), HOTLINE)
        changes = await self._apply(session, row, allowed)
        if changes:
            await write_history(session, row, new["actor"], "updated", changes=changes)

    async def apply_within(
        self, session: AsyncSession, row: TicketRow, edit: TicketEdit, actor: Actor
    ) -> dict[str, tuple[Any, Any]]:
        """Change a locked row, in a transaction of this package; whoever does it writes the
        history and has asked for the right."""
        changes = await self._apply(session, row, edit)
        await self._owing.edited(session, row, changes, actor.name)
        return changes

    async def _apply(
        self, session: AsyncSession, row: TicketRow, edit: TicketEdit
    ) -> dict[str, tuple[Any, Any]]:
        return await apply_edit(
            session, row, edit, keys=self._keys, region=self._region, deadlines=self.deadlines
        )


def _digest(actor: Actor, key: str) -> str:
    """What makes an opening the same one, also when the journal writes it again."""
    return hashlib.sha256(f"{actor.name}\n{key or secrets.token_hex(16)}".encode()).hexdigest()
