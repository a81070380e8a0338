"""What somebody is to do, for programs."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter

from call_logs.casework import RecordKind, Task
from dashboard.casework.record_api import RecordOut
from dashboard.web.api_models import Out
from dashboard.web.signin import TicketReader
from dashboard.web.site import SiteOf

router = APIRouter(prefix="/tasks", tags=["casework"])


class TaskOut(Out):
    """A task, question or measure that is not done, of the ticket `ticket_number`."""

    record: RecordOut
    ticket_number: str
    holder: str
    due: datetime | None
    overdue: bool


@router.get("")
async def list_tasks(
    site: SiteOf, login: TicketReader, holder: str = "", kind: RecordKind | None = None
) -> list[TaskOut]:
    """What whoever asks is to do, or the `holder`: a reference, an id or a name of the
    directory. With a `kind` (task, question, measure) those of everybody instead. What is
    due next comes first."""
    now = site.store.clock.now()
    if kind is not None:
        every = await site.store.tasks.of_kind(kind, login.actor)
        return [_out(task, now) for task in every]
    staff = await site.store.staff.current()
    holders = frozenset({staff.meant(holder)}) if holder else staff.own(login.user)
    return [_out(task, now) for task in await site.store.tasks.open(holders, login.actor)]


def _out(task: Task, now: datetime) -> TaskOut:
    return TaskOut(
        record=RecordOut.model_validate(task.record),
        ticket_number=task.ticket.number,
        holder=task.holder,
        due=task.record["due"],
        overdue=task.overdue(now),
    )
