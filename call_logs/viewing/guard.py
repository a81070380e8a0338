"""May this viewer see this ticket: one condition, put into every query that a viewer's task makes.

Each table is asked by its own column: the ticket's id, the call's id, or whatever it belongs to by
a foreign key. A table that comes later is found by its columns; one that has none of them must
stand in `OPEN` with a reason (`tests/call_logs/viewing/test_guard.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    TableClause,
    and_,
    event,
    false,
    inspect,
    or_,
    select,
    true,
)
from sqlalchemy.orm import Mapper, ORMExecuteState, with_loader_criteria
from sqlalchemy.sql import visitors
from sqlalchemy.sql.base import ExecutableOption

from call_logs.storage.base import Base
from call_logs.storage.transactions import StoreSession
from call_logs.tables.calls import CallEventRow, CallRow
from call_logs.tables.case_records import CaseRecordRow
from call_logs.tables.dispatches import AttemptRow, DispatchRow
from call_logs.tables.recordings import RecordingRow, SecondHearingRow, TranscriptRow
from call_logs.tables.team import TeamMemberRow
from call_logs.tables.tickets import TicketChangeRow, TicketRow
from call_logs.viewing.firms import of_firm
from call_logs.viewing.marks import in_circle
from call_logs.viewing.viewer import Part, Viewer, viewer_now

TICKETS = TicketRow.__table__
CALLS = CallRow.__table__

# What a column with a ticket's id is called, with a foreign key or without.
_TICKET_COLUMNS = ("ticket_id", "other_id")
# What was said in a call: with an anonymous caller's voice, words and keys.
_SAID: tuple[type[Base], ...] = (CallEventRow, RecordingRow, TranscriptRow, SecondHearingRow)

#: Tables of which nothing belongs to one ticket or call, and why.
OPEN: Mapping[str, str] = {
    "access_log": "who looked at what: ids alone; a right of its own",
    "article_versions": "what the company knows, for all who see tickets",
    "articles": "what the company knows, for all who see tickets",
    "api_tokens": "names of programs and their rights",
    "changes": "ids alone; whoever follows asks for what they name",
    "deadline_targets": "the company's own targets, shown to all who see tickets",
    "destructions": "that something was destroyed, and why; a right of its own",
    "done_once": "keys of what was asked for twice",
    "equipment": "the company's own lifts and pumps",
    "faults": "announced to all owners",
    "form_links": "codes on walls",
    "inbound_sources": "names of systems that send",
    "leases": "which program runs",
    "login_failures": "keyed hashes",
    "login_sessions": "who is signed in",
    "owners": "the owners' book, with a right of its own",
    "register_entries": "the company's own; the store keeps back trainings of others, and what "
    "follows from tickets that are not for whoever looks",
    "register_versions": "the same",
    "roster_entries": "who works here",
    "roster_history": "who works here",
    "settings": "of the database itself",
    "stock_movements": "parts and tools; the store keeps back for which ticket",
    "ticket_groups": "a case of several owners; its tickets are its members",
    "users": "who works here",
    "webhook_deliveries": "what other systems answered; a right of its own",
    "webhook_events": "ids and states for other systems; a right of its own",
    "webhooks": "addresses of other systems; a right of its own",
}


def unseen(viewer: Viewer) -> Select[Any]:
    """Ids of the confidential tickets that this viewer may not see."""
    t = TICKETS.c
    kept_back: list[ColumnElement[bool]] = []
    if not viewer.sees_sensitive:
        inside = or_(
            in_circle(t.circle, viewer),
            and_(t.assignee != "", t.assignee.in_(sorted(viewer.circle))),
            t.id.in_(_held(viewer)),
        )
        kept_back.append(and_(t.sensitive_at.is_not(None), ~inside))
    if viewer.about:
        kept_back.append(and_(t.about_hash.is_not(None), t.about_hash.in_(sorted(viewer.about))))
    return select(t.id).where(or_(*kept_back) if kept_back else false())


def theirs(viewer: Viewer) -> Select[Any]:
    """Ids of the tickets that whoever does not see everybody's sees: given to them, their
    department or one of it, worked on together, opened by them; and while people are searched
    for somebody in need, that one: whoever can help shall find it."""
    t, d, name = TICKETS.c, DispatchRow.__table__.c, viewer.actor.name
    team, history = TeamMemberRow.__table__.c, TicketChangeRow.__table__.c
    records = CaseRecordRow.__table__.c
    given = select(t.id).where(t.assignee.in_(sorted(viewer.around)))
    together = select(team.ticket_id).where(team.member.in_(sorted(viewer.circle)))
    tasks = select(records.ticket_id).where(records.holder.in_(sorted(viewer.circle)))
    searched = select(d.open_key).where(d.open_key.is_not(None))
    opened = select(history.ticket_id).where(history.action == "opened", history.actor == name)
    confided = select(t.id).where(
        or_(t.sensitive_at.is_not(None), t.anonymous == true()), in_circle(t.circle, viewer)
    )
    every = (confided, given, together, tasks, searched, _held(viewer), opened)
    return select(t.id).where(or_(*(t.id.in_(each) for each in every)))


def _held(viewer: Viewer) -> Select[Any]:
    """Tickets of emergencies that this person holds, or has been rung for while one is searched
    for."""
    d, a = DispatchRow.__table__.c, AttemptRow.__table__.c
    people = sorted(viewer.people)
    rung = select(a.dispatch_id).where(a.person.in_(people))
    return select(d.ticket_id).where(
        d.ticket_id.is_not(None),
        or_(d.person.in_(people), and_(d.open_key.is_not(None), d.id.in_(rung))),
    )


def unheard(viewer: Viewer) -> Select[Any]:
    """Ids of anonymous tickets whose teller this viewer may not know."""
    t = TICKETS.c
    return select(t.id).where(t.anonymous == true(), ~in_circle(t.circle, viewer))


def caller_kept_back(call_id: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether who called in this call is kept from whoever looks now."""
    viewer = viewer_now()
    if viewer is None:
        return false()
    if not viewer.may_see(Part.NUMBER):
        return true()
    t, c, anonymous = TICKETS.c, CALLS.c, unheard(viewer)
    opened = select(t.call_id).where(t.call_id.is_not(None), t.id.in_(anonymous))
    about = select(c.id).where(c.ticket_id.is_not(None), c.ticket_id.in_(anonymous))
    return or_(call_id.in_(opened), call_id.in_(about))


def _sees(viewer: Viewer, column: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether the ticket of this id may be seen."""
    seen = column.not_in(unseen(viewer))
    return seen if viewer.sees_everybodys else and_(seen, column.in_(theirs(viewer)))


def _sees_call(viewer: Viewer, column: ColumnElement[Any], *, said: bool) -> ColumnElement[bool]:
    """Whether the call of this id may be seen. `said`: also what was said in it."""
    t, c = TICKETS.c, CALLS.c
    kept_back = [unseen(viewer), *([unheard(viewer)] if said else [])]
    opened = select(t.call_id).where(
        t.call_id.is_not(None), or_(*(t.id.in_(each) for each in kept_back))
    )
    about = select(c.id).where(
        c.ticket_id.is_not(None), or_(*(c.ticket_id.in_(each) for each in kept_back))
    )
    seen = and_(column.not_in(opened), column.not_in(about))
    if viewer.sees_everybodys:
        return seen
    own = theirs(viewer)
    return and_(
        seen,
        or_(
            column.in_(select(t.call_id).where(t.call_id.is_not(None), t.id.in_(own))),
            column.in_(select(c.id).where(c.ticket_id.in_(own))),
        ),
    )


def condition(
    entity: type[Base], viewer: Viewer, column: Callable[[str], ColumnElement[Any]]
) -> ColumnElement[bool] | None:
    """What a row of this table must be for the viewer to see it; None: the table is open.
    `column`: its columns by the names of their attributes."""
    if entity is TicketRow:
        return _sees(viewer, column("id"))
    if entity is CallRow:
        return _sees_call(viewer, column("id"), said=False)
    mapper: Mapper[Any] = inspect(entity)
    names = [attribute.key for attribute in mapper.column_attrs]
    by_ticket = [
        or_(column(name).is_(None), _sees(viewer, column(name)))
        for name in names
        if name in _TICKET_COLUMNS
    ]
    by_call = None
    if "call_id" in names:
        call = column("call_id")
        heard = _sees_call(viewer, call, said=entity in _SAID)
        by_call = or_(call.is_(None), call == "", heard)
        if by_ticket:  # the ticket decides, where there is one
            by_call = or_(column("ticket_id").is_not(None), by_call)
    by_owner = [
        column(name).in_(select(_key(owner)).where(seen))
        for name in names
        if (owner := _owner(mapper.columns[name])) is not None
        and (seen := condition(owner, viewer, _columns(owner))) is not None
    ]
    parts = [*by_ticket, *by_owner] if by_call is None else [*by_ticket, by_call, *by_owner]
    return and_(*parts) if parts else None


def _columns(entity: type[Base]) -> Callable[[str], ColumnElement[Any]]:
    """The columns of its table, which no criteria are put on again."""
    mapper: Mapper[Any] = inspect(entity)
    return lambda name: mapper.columns[name]


def _attributes(entity: type[Base]) -> Callable[[str], ColumnElement[Any]]:
    """As the ORM knows them: an alias of the class in a query has them as its own."""
    return lambda name: getattr(entity, name).expression


def _key(entity: type[Base]) -> ColumnElement[Any]:
    key: ColumnElement[Any] = inspect(entity).primary_key[0]
    return key


def _owner(column: ColumnElement[Any]) -> type[Base] | None:
    """The mapped class that a foreign key points to, other than a ticket or a call."""
    for key in column.foreign_keys:
        for mapper in Base.registry.mappers:
            owner: type[Base] = mapper.class_
            if key.column.table is mapper.local_table and owner not in (TicketRow, CallRow):
                return owner
    return None


@lru_cache(maxsize=4096)
def _criterion(entity: type[Base], viewer: Viewer) -> ExecutableOption | None:
    if viewer.actor.is_outside:
        found = of_firm(entity, viewer, _attributes(entity))
    elif entity.__tablename__ in OPEN:
        return None
    else:
        found = condition(entity, viewer, _attributes(entity))
    return None if found is None else with_loader_criteria(entity, found, include_aliases=True)


@cache
def _entities() -> Mapping[str, type[Base]]:
    return {mapper.class_.__tablename__: mapper.class_ for mapper in Base.registry.mappers}


def _tables(statement: Any) -> set[str]:
    """The names of all tables that a statement reads, its subqueries' too. Criteria of every table
    on every statement would cost more than the query."""
    found: set[str] = set()
    for element in visitors.iterate(statement):
        table = getattr(element, "table", element)
        while isinstance(table, FromClause) and not isinstance(table, TableClause):
            table = getattr(table, "element", None)  # of an alias
        if isinstance(table, TableClause):
            found.add(table.name)
    return found


@event.listens_for(StoreSession, "do_orm_execute")
def _narrow(state: ORMExecuteState) -> None:
    viewer = viewer_now()
    if viewer is None or not state.is_select or state.is_column_load:
        return
    known = _entities()
    criteria = [
        option
        for name in sorted(_tables(state.statement) & known.keys())
        if (option := _criterion(known[name], viewer)) is not None
    ]
    if criteria:
        state.statement = state.statement.options(*criteria)
