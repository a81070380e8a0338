"""What somebody of an outside firm may read at all: the other way round than for everybody else.

A table that is not named here has nothing for them, also one that comes later.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, or_, select

from call_logs.storage.base import Base
from call_logs.tables.case_records import CaseRecordRow
from call_logs.tables.casework import EvidenceRow
from call_logs.tables.record_fields import RecordKind
from call_logs.tables.tickets import TicketRow
from call_logs.viewing.marks import in_circle
from call_logs.viewing.viewer import Viewer

#: Tables of which the program itself reads for them, to know who they are.
NEEDED = frozenset({"login_failures", "login_sessions", "roster_entries", "users"})


def tasks_of(viewer: Viewer) -> Select[Any]:
    """Ids of the tasks that were given to the viewer's firm itself, of tickets that are not kept
    from it: to have the ticket, or to have been rung for it, opens no sensitive one to a firm."""
    r, t = CaseRecordRow.__table__.c, TicketRow.__table__.c
    told = and_(
        or_(t.sensitive_at.is_(None), in_circle(t.circle, viewer)),
        or_(t.about_hash.is_(None), t.about_hash.not_in(sorted(viewer.about))),
    )
    firm = viewer.actor.firm
    return select(r.id).where(
        r.kind == RecordKind.TASK.value,
        r.holder == firm if firm else false(),
        r.ticket_id.in_(select(t.id).where(told)),
    )


def of_firm(
    entity: type[Base], viewer: Viewer, column: Callable[[str], ColumnElement[Any]]
) -> ColumnElement[bool] | None:
    """As `guard.condition`."""
    if entity.__tablename__ in NEEDED:
        return None
    if entity is TicketRow:
        r = CaseRecordRow.__table__.c
        given = select(r.ticket_id).where(r.id.in_(tasks_of(viewer)))
        return column("id").in_(given)
    if entity is CaseRecordRow:
        return column("id").in_(tasks_of(viewer))
    if entity is EvidenceRow:
        return column("record_id").in_(tasks_of(viewer))
    return false()
