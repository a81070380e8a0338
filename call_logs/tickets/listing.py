"""Lists of tickets: filter, order, page by page, fast at a million rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    exists,
    false,
    func,
    literal,
    null,
    or_,
    select,
    tuple_,
    union,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, aliased

from call_logs.storage.database import now_of
from call_logs.storage.keys import Keys
from call_logs.storage.page import COUNT_LIMIT
from call_logs.storage.phone import phone_hash
from call_logs.tables.dispatches import DispatchRow
from call_logs.tables.ticket_kinds import TicketClass
from call_logs.tables.tickets import TicketRow, TicketTokenRow
from call_logs.tickets.leads import By, columns_asked, find_lead, is_open
from call_logs.tickets.search import hashes, mark, question, rarest_first
from call_logs.tickets.ticket import TicketFilter, TicketOrder
from call_logs.viewing.guard import unheard
from call_logs.viewing.viewer import Part, viewer_now


@dataclass(frozen=True)
class TicketCounts:
    """Tickets that are not closed."""

    open: int
    by_class: Mapping[TicketClass, int]
    overdue: int


async def matching_ids(
    session: AsyncSession, keys: Keys, region: str, wanted: TicketFilter
) -> tuple[list[int], int]:
    """Up to `limit` + 1 ids in the order of the filter, and how many match (counted to
    COUNT_LIMIT + 1)."""
    now = now_of(session)
    conditions = _conditions(keys, region, wanted, now)
    asked = question(wanted.text) if wanted.text else []
    tokens: list[bytes] = []
    if asked:
        if wanted.ticket_class is not None:
            asked.append(mark("class", wanted.ticket_class))
        if wanted.status is not None:
            asked.append(mark("status", wanted.status))
        tokens, rarest = await rarest_first(session, hashes(keys, asked))
        if not tokens:
            return [], 0
        lead = await find_lead(session, wanted, rarest)
        if lead.by is By.WORD:
            column, query = _by_words(tokens, conditions)
        else:
            # Summed up, the id offers no order, in which SQLite would walk through everything.
            column = TicketRow.id + 0 if lead.by is By.TIME else TicketRow.id.expression
            led = _conditions(keys, region, wanted, now, lead=lead.by)
            query = select(column).where(*led, *map(_has, tokens))
        if lead.ids is not None:
            query = query.where(column.between(*lead.ids))
    else:
        column, query = TicketRow.id.expression, select(TicketRow.id).where(*conditions)
    if wanted.order is TicketOrder.NEWEST:
        page = query if wanted.before is None else query.where(column < wanted.before)
        ids = list(await session.scalars(page.order_by(column.desc()).limit(wanted.limit + 1)))
    else:
        due = _conditions(keys, region, wanted, now, lead=By.DUE)
        ids = await _by_deadline(session, [*due, *map(_has, tokens)], query, column, wanted)
    if wanted.before is None and len(ids) <= wanted.limit:
        return ids, len(ids)
    # In the list's own order: the database then walks the same index and stops at the limit.
    some = query.order_by(column.desc()).limit(COUNT_LIMIT + 1).subquery()
    return ids, await session.scalar(select(func.count()).select_from(some)) or 0


async def _by_deadline(
    session: AsyncSession,
    conditions: Sequence[ColumnElement[bool]],
    rest: Select[int],
    column: ColumnElement[int],
    wanted: TicketFilter,
) -> list[int]:
    """What is due first, in the order of an index of tickets that are due at all; then the
    `rest`, newest first. The cursor is the last id: its own row says where the list goes on."""
    keys: list[InstrumentedAttribute[Any]] = [TicketRow.next_due_at, TicketRow.id]
    if wanted.order is TicketOrder.PRIORITY:
        keys.insert(0, TicketRow.precedence)
    last = None
    if wanted.before is not None:
        last = (await session.execute(select(*keys).where(TicketRow.id == wanted.before))).first()
        if last is None:
            return []
    ids: list[int] = []
    if last is None or last.next_due_at is not None:
        due = select(TicketRow.id).where(TicketRow.next_due_at.is_not(None), *conditions)
        if last is not None:
            typed = [literal(value, key.type) for key, value in zip(keys, last, strict=True)]
            due = due.where(tuple_(*keys) > tuple_(*typed))
        ids += await session.scalars(due.order_by(*keys).limit(wanted.limit + 1))
    if len(ids) <= wanted.limit:
        own = aliased(TicketRow)
        rest = rest.where(exists().where(own.id == column, own.next_due_at.is_(None)))
        if last is not None and last.next_due_at is None:
            rest = rest.where(column < wanted.before)
        room = wanted.limit + 1 - len(ids)
        ids += await session.scalars(rest.order_by(column.desc()).limit(room))
    return ids


async def count_open(session: AsyncSession) -> TicketCounts:
    rows = await session.execute(
        select(TicketRow.ticket_class, func.count())
        .where(is_open())
        .group_by(TicketRow.ticket_class)
    )
    found = dict(rows.all())
    overdue = await session.scalar(
        select(func.count()).select_from(TicketRow).where(TicketRow.next_due_at < now_of(session))
    )
    by_class = {ticket_class: found.get(ticket_class, 0) for ticket_class in TicketClass}
    return TicketCounts(sum(by_class.values()), by_class, overdue or 0)


async def unsought(session: AsyncSession, since: datetime) -> Sequence[TicketRow]:
    """Urgent, with nobody on it and no search: what must not be."""
    rows = await session.scalars(
        select(TicketRow)
        .where(
            TicketRow.ticket_class == TicketClass.URGENT.value,
            TicketRow.acknowledged_at.is_(None),
            TicketRow.resolved_at.is_(None),
            TicketRow.closed_at.is_(None),
            TicketRow.updated_at >= since,
            ~exists().where(DispatchRow.open_key == TicketRow.id),
        )
        .order_by(TicketRow.id)
    )
    return rows.all()


async def known_categories(session: AsyncSession) -> tuple[str, ...]:
    """Distinct categories by hopping through their index: a million rows, a few steps."""
    categories: list[str] = []
    last = ""
    while (
        following := await session.scalar(
            select(func.min(TicketRow.category)).where(TicketRow.category > last)
        )
    ) is not None:
        categories.append(following)
        last = following
    return tuple(categories)


def _by_words(
    tokens: list[bytes], conditions: list[ColumnElement[bool]]
) -> tuple[ColumnElement[int], Select[int]]:
    """Walk the tickets of the rarest token and look the rest up for each."""
    lead = aliased(TicketTokenRow)
    query = select(lead.ticket_id).where(lead.token == tokens[0])
    for token in tokens[1:]:
        other = aliased(TicketTokenRow)
        query = query.where(exists().where(other.token == token, other.ticket_id == lead.ticket_id))
    if conditions:
        query = query.where(exists().where(and_(TicketRow.id == lead.ticket_id, *conditions)))
    return lead.ticket_id.expression, query


def _has(token: bytes) -> ColumnElement[bool]:
    """A ticket with this word, looked up for each that is due."""
    other = aliased(TicketTokenRow)
    return exists().where(other.token == token, other.ticket_id == TicketRow.id)


def _conditions(
    keys: Keys, region: str, wanted: TicketFilter, now: datetime, *, lead: By | None = None
) -> list[ColumnElement[bool]]:
    """`lead`: the one index that may be walked; no other column offers its own, of which SQLite
    takes the first. What is due is never closed or merged."""
    conditions: list[ColumnElement[bool]] = [
        (column if lead in (None, by) else func.coalesce(column, "")) == value
        for by, (column, value) in columns_asked(wanted).items()
    ]
    if wanted.number is not None:
        conditions.append(TicketRow.number == wanted.number)
    conditions += _of_times(wanted, lead)
    if wanted.assignees is not None:
        assignee = TicketRow.assignee if lead is None else func.coalesce(TicketRow.assignee, "")
        conditions.append(assignee.in_(sorted(wanted.assignees)))
    if wanted.overdue is not None:
        is_overdue = TicketRow.next_due_at < now
        not_overdue = or_(TicketRow.next_due_at.is_(None), TicketRow.next_due_at >= now)
        conditions.append(is_overdue if wanted.overdue else not_overdue)
    if wanted.due_before is not None:
        conditions.append(TicketRow.next_due_at < wanted.due_before)
    conditions += _of_record(wanted)
    viewer = viewer_now()
    if wanted.text and viewer is not None:
        viewer.check(Part.NAME)  # a name finds its ticket, and nobody can tell it from a word
    if wanted.caller:
        if viewer is not None:
            viewer.check(Part.NUMBER)
            conditions.append(TicketRow.id.not_in(unheard(viewer)))
        hashed = phone_hash(keys, wanted.caller, region)
        # An OR of both would be answered by walking through all tickets in their order.
        by_number = union(
            select(TicketRow.id).where(TicketRow.caller_hash == hashed),
            select(TicketRow.id).where(TicketRow.callback_hash == hashed),
        )
        conditions.append(TicketRow.id.in_(by_number))
    return conditions


def _of_record(wanted: TicketFilter) -> list[ColumnElement[bool]]:
    """What is asked with a yes or a no."""
    asked = (
        (wanted.paused, TicketRow.paused_at.is_not(None)),
        (wanted.sensitive, TicketRow.sensitive_at.is_not(None)),
        (wanted.assessed, TicketRow.assessed_at.is_not(None)),
        (wanted.gaps, func.coalesce(TicketRow.gaps, "") != ""),
    )
    return [holds if is_so else ~holds for is_so, holds in asked if is_so is not None]


def _of_times(wanted: TicketFilter, lead: By | None) -> Iterator[ColumnElement[bool]]:
    """When it came, and whether it is over."""
    opened_at, closed_at = TicketRow.opened_at.expression, TicketRow.closed_at.expression
    if lead not in (None, By.TIME):
        opened_at = func.coalesce(opened_at, null())
    if lead not in (None, By.OPEN):
        closed_at = func.coalesce(closed_at, null())
    if wanted.since is not None:
        yield opened_at >= wanted.since
    if wanted.until is not None:
        yield opened_at < wanted.until
    if lead is By.DUE:
        if wanted.open is False:
            yield false()
    elif wanted.open:
        yield and_(closed_at.is_(None), TicketRow.merged_into.is_(None))
    elif wanted.open is not None:
        yield closed_at.is_not(None)
