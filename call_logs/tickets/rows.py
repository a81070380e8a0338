"""Between a ticket's row and its value; how a row changes, with history, index and deadlines."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from call_logs.deadlines import Deadlines
from call_logs.storage.announcing import Announced, announce
from call_logs.storage.database import changed, now_of
from call_logs.storage.errors import AboutThem, NotAllowed, NotFound, StoreError, VersionConflict
from call_logs.storage.keys import Keys
from call_logs.storage.phone import phone_hash
from call_logs.tables.ticket_fields import FIELDS, facts_of
from call_logs.tables.ticket_kinds import TicketClass
from call_logs.tables.tickets import TicketChangeRow, TicketRow
from call_logs.tickets.due import WaitsFor, resume_row, set_deadlines, set_next_due
from call_logs.tickets.edit import TicketEdit
from call_logs.tickets.gaps import Gap, gaps
from call_logs.tickets.life import TicketStatus
from call_logs.tickets.priority import set_precedence
from call_logs.tickets.search import reindex, tokens_of
from call_logs.tickets.ticket import Ticket, TicketChange
from call_logs.users.actor import Actor
from call_logs.users.permissions import Permission
from call_logs.viewing.viewer import Part, kept_circle, members_of, shown_parts


async def locked_row(session: AsyncSession, ticket_id: int, version: int | None) -> TicketRow:
    """The row, locked until the transaction ends where the database can do that.

    Raises:
        NotFound: no ticket has this id.
        VersionConflict: it changed since `version` was read.
    """
    row = await session.get(TicketRow, ticket_id, with_for_update=True)
    if row is None:
        raise NotFound(f"there is no ticket with id {ticket_id}")
    if version is not None and version != row.version:
        raise VersionConflict(
            f"ticket {row.number} was changed by somebody else: look at it again",
            expected=version,
            actual=row.version,
        )
    return row


async def apply_edit(
    session: AsyncSession,
    row: TicketRow,
    edit: TicketEdit,
    *,
    keys: Keys,
    region: str,
    deadlines: Deadlines,
) -> dict[str, tuple[Any, Any]]:
    """Change the row; returns field -> (before, after) of those that really changed."""
    check_seen(row, edit)
    tokens_before = tokens_of(row)
    changes: dict[str, tuple[Any, Any]] = {}
    for name, value in edit.values.items():
        kept = FIELDS[name].kept(value)
        before = getattr(row, name)
        if before != kept:
            setattr(row, name, kept)
            changes[name] = (before, kept)
    set_precedence(row)
    row.gaps = " ".join(gaps(row))
    if changes.get("ticket_class", ("", ""))[1] == TicketClass.URGENT:
        row.unheld_since = now_of(session)  # who is to hurry has known of it since then
    if "callback" in changes:
        row.callback_hash = phone_hash(keys, row.callback, region)
    if _other_target(row, changes, deadlines):
        # What it waited for may be nothing to wait for in another class.
        changes |= await resume_row(session, row, deadlines, now_of(session))
        await set_deadlines(session, row, deadlines)
    if changes:
        await reindex(session, keys, row.id, tokens_before, tokens_of(row))
    return changes


def check_not_about(row: TicketRow, refs: Collection[str]) -> None:
    """`refs`: every reference to whoever should have a part in the ticket.

    Raises:
        AboutThem: it complains about them.
    """
    if row.about_hash is not None and row.about in refs:
        raise AboutThem(f"{', '.join(sorted(refs))}: the ticket is about them; name somebody else")


def is_confidential(row: TicketRow) -> bool:
    """Whether anybody who may see tickets may not see this one."""
    return row.sensitive_at is not None or row.about_hash is not None


def check_seen(row: TicketRow, edit: TicketEdit) -> None:
    """Raises:
    NotAllowed: whoever does this writes over what is kept from them, or takes it away from
        whoever told something without a name that it stays so.
    """
    kept_back = fields_kept_back(row)
    written = sorted(kept_back & set(edit.values))
    if written:
        raise NotAllowed(
            Permission.SEE_NAMES, f"{', '.join(written)} is kept back, and is not written over"
        )
    known = edit.values.get("anonymous") is False and bool(row.anonymous)
    if known and kept_back:
        raise NotAllowed(
            Permission.CONFIDE, "whoever told it wants to be known to the circle alone"
        )


def _other_target(
    row: TicketRow, changes: Mapping[str, tuple[Any, Any]], deadlines: Deadlines
) -> bool:
    """Whether it is due by other rules than before: of another class, or of a category with
    targets of its own."""
    if "ticket_class" in changes:
        return True
    before, after = changes.get("category", ("", ""))
    target, ticket_class = deadlines.rules.target, TicketClass(row.ticket_class)
    return target(ticket_class, before) != target(ticket_class, after)


async def write_history(
    session: AsyncSession,
    row: TicketRow,
    actor: str,
    action: str,
    *,
    changes: Mapping[str, tuple[Any, Any]] | None = None,
    note: str = "",
    at: datetime | None = None,
) -> None:
    """One line of history, the next version, and a word to the followers."""
    now = at or now_of(session)
    row.updated_at = max(now, row.updated_at)
    row.version += 1
    await session.flush()
    await session.execute(
        insert(TicketChangeRow).values(
            ticket_id=row.id,
            at=now,
            actor=actor,
            action=action,
            changes={
                name: [plain(value) for value in pair] for name, pair in (changes or {}).items()
            },
            note=note,
        )
    )
    changed(session, "ticket", row.id)
    opened = action == "opened"
    announce(
        session,
        Announced.TICKET_OPENED if opened else Announced.TICKET_CHANGED,
        {
            "number": row.number,
            "version": row.version,
            "status": row.status,
            "class": row.ticket_class,
            "kind": row.kind,
            "category": row.category,
            "source": row.source,
            "action": action,
            "fields": sorted(changes or {}),
        },
        ticket_id=row.id,
    )


def raised(
    row: TicketRow, actor: Actor, now: datetime, *, seen_to: bool
) -> dict[str, tuple[Any, Any]]:
    """A ticket has become urgent: who had it before has not accepted this, unless the person
    who raises it says so."""
    before = row.acknowledged_at
    if seen_to:
        row.acknowledged_at = before or now
    elif actor.is_person:
        row.acknowledged_at = None
    if row.acknowledged_at == before:
        return {}
    set_next_due(row)
    return {"acknowledged_at": (plain(before), plain(row.acknowledged_at))}


def assessed(row: TicketRow, actor: Actor, now: datetime) -> dict[str, tuple[Any, Any]]:
    """A person has said what the ticket is: by whom and when stands from the first time on."""
    if row.assessed_at is not None:
        return {}
    row.assessed_at, row.assessed_by = now, actor.name
    return {"assessed_at": (None, plain(now))}


async def stamp(
    session: AsyncSession, ticket_id: int, field: str, at: datetime, actor: str
) -> bool:
    """Set `acknowledged_at` or `on_site_at` once, in the caller's transaction; False when it
    was set before."""
    if field not in {"acknowledged_at", "on_site_at"}:
        raise StoreError(f"{field} of a ticket is not stamped")
    row = await locked_row(session, ticket_id, None)
    if getattr(row, field) is not None:
        return False
    setattr(row, field, at)
    changes: dict[str, tuple[Any, Any]] = {field: (None, at.isoformat())}
    if field == "on_site_at" and row.acknowledged_at is None:
        row.acknowledged_at = at  # nobody arrives without knowing
        changes["acknowledged_at"] = (None, at.isoformat())
    set_next_due(row)
    await write_history(session, row, actor, "updated", changes=changes)
    return True


async def unstamp(
    session: AsyncSession, ticket_id: int, field: str, at: datetime, actor: str
) -> None:
    """Take back the stamp that was set at `at`, in the caller's transaction; one of another
    moment stays."""
    row = await locked_row(session, ticket_id, None)
    if getattr(row, field) != at:
        return
    setattr(row, field, None)
    if field == "acknowledged_at":
        row.unheld_since = now_of(session)
    set_next_due(row)
    await write_history(session, row, actor, "updated", changes={field: (at.isoformat(), None)})


async def give_to(
    session: AsyncSession, ticket_id: int, ref: str, actor: str, at: datetime
) -> None:
    """Who has accepted it has it from now on, whoever had it before; in the caller's
    transaction."""
    row = await locked_row(session, ticket_id, None)
    before = row.assignee
    if before == ref or (row.about_hash is not None and row.about == ref):
        return
    row.assignee = ref
    await write_history(session, row, actor, "updated", changes={"assignee": (before, ref)}, at=at)


async def take_from(session: AsyncSession, ticket_id: int, ref: str, actor: str) -> None:
    """Who has given it up does not have it any more: whoever had it before does, as far as the
    history says. One that has gone to somebody else since stays there."""
    row = await locked_row(session, ticket_id, None)
    if row.assignee != ref:
        return
    lines = await session.scalars(
        select(TicketChangeRow)
        .where(TicketChangeRow.ticket_id == ticket_id)
        .order_by(TicketChangeRow.id.desc())
    )
    changes = (line.changes["assignee"] for line in lines if "assignee" in line.changes)
    before = next((was for was, became in changes if became == ref), "")
    if row.about_hash is not None and row.about == before:
        before = ""
    row.assignee = before
    await write_history(session, row, actor, "updated", changes={"assignee": (ref, before)})


def plain(value: Any) -> Any:
    """As JSON and columns keep it."""
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, datetime):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value


# The fields of each part; what is not shown is empty.
_FIELDS_OF: Mapping[Part, tuple[str, ...]] = {
    Part.NAME: ("name",),
    Part.NUMBER: ("caller", "callback"),
}


def fields_kept_back(row: TicketRow | Ticket) -> frozenset[str]:
    """The fields that whoever looks now may not see, and so cannot change."""
    circle = kept_circle(row.circle) if isinstance(row, Ticket) else row.circle or ""
    shown = shown_parts(anonymous=bool(row.anonymous), circle=circle)
    return frozenset(
        name for part, names in _FIELDS_OF.items() for name in names if part not in shown
    )


def ticket_of(row: TicketRow) -> Ticket:
    """As whoever looks now may see it."""
    return as_seen(whole_of(row))


def as_seen(ticket: Ticket) -> Ticket:
    """What whoever looks now may see of a ticket that was read by the program."""
    kept_back = fields_kept_back(ticket)
    empty: dict[str, Any] = dict.fromkeys(kept_back, "")
    return replace(ticket, kept_back=kept_back, **empty) if kept_back else ticket


def whole_of(row: TicketRow) -> Ticket:
    """For the program's own use."""
    return Ticket(
        id=row.id,
        number=row.number or "",
        call_id=row.call_id,
        status=TicketStatus(row.status),
        caller=row.caller,
        opened_at=row.opened_at,
        updated_at=row.updated_at,
        acknowledged_at=row.acknowledged_at,
        on_site_at=row.on_site_at,
        resolved_at=row.resolved_at,
        feedback_at=row.feedback_at,
        closed_at=row.closed_at,
        acknowledge_due_at=row.acknowledge_due_at,
        on_site_due_at=row.on_site_due_at,
        feedback_due_at=row.feedback_due_at,
        next_due_at=row.next_due_at,
        paused_at=row.paused_at,
        waits_for=None if row.waits_for is None else WaitsFor(row.waits_for),
        merged_into=row.merged_into,
        group_id=row.group_id,
        precedence=row.precedence,
        planned_cost=row.planned_cost or 0,
        purged_at=row.purged_at,
        version=row.version,
        sensitive_at=row.sensitive_at,
        circle=members_of(row.circle or ""),
        about=row.about or "",
        assessed_at=row.assessed_at,
        assessed_by=row.assessed_by or "",
        gaps=tuple(map(Gap, (row.gaps or "").split())),
        **facts_of(row),
    )


def change_of(row: TicketChangeRow, kept_back: Collection[str] = ()) -> TicketChange:
    """`kept_back`: fields whose values are not shown."""
    return TicketChange(
        id=row.id,
        ticket_id=row.ticket_id,
        at=row.at,
        actor=row.actor,
        action=row.action,
        changes={
            name: (before, after)
            for name, (before, after) in row.changes.items()
            if name not in kept_back
        },
        note=row.note,
    )
