"""How outside firms work: tasks done in time, tickets that were opened again after their work, and
what the owners of those tickets think of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import fmean
from typing import Any

from sqlalchemy import select

from call_logs.reports.pages import ROWS
from call_logs.reports.reopenings import reopenings
from call_logs.staff.staff import Staff
from call_logs.storage.database import Database
from call_logs.tables.case_records import CaseRecordRow
from call_logs.tables.record_fields import RecordKind
from call_logs.tables.tickets import TicketRow
from call_logs.users.user import Role

__all__ = ["FirmWork", "read_firms"]


@dataclass(frozen=True)
class FirmWork:
    """Of a firm (a reference of the directory) its `tasks`: those `done`; of those with a date, in
    time or too late, undone ones too once it has passed. `tickets`: on which it has done
    something; `reopened`: of them, after that. `scores`: how many of them owners gave a mark."""

    ref: str
    tasks: int = 0
    done: int = 0
    in_time: int = 0
    late: int = 0
    tickets: int = 0
    reopened: int = 0
    scores: int = 0
    satisfaction: float | None = None  # on average

    @property
    def share_in_time(self) -> float | None:
        dated = self.in_time + self.late
        return self.in_time / dated if dated else None


async def read_firms(
    database: Database, staff: Staff, start: datetime, end: datetime
) -> tuple[FirmWork, ...]:
    """Every firm that has an account, by the tasks it was given in this time; those with most
    tasks first."""
    firms = {each.firm for each in staff.users if each.role is Role.FIRM and each.firm}
    r = CaseRecordRow
    query = select(r.holder, r.ticket_id, r.due_at, r.done_at).where(
        r.kind == RecordKind.TASK.value,
        r.holder.in_(sorted(firms)),
        r.created_at >= start,
        r.created_at < end,
    )
    async with database.reading() as session:
        rows = (await session.execute(query)).all()
    given: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        given[row.holder].append(row)
    worked_on = sorted({row.ticket_id for row in rows if row.done_at is not None})
    again = await reopenings(database, worked_on)
    scores = await _scores(database, worked_on)
    now = database.clock.now()
    found = (_work(ref, given[ref], again, scores, now) for ref in firms)
    return tuple(sorted(found, key=lambda each: (-each.tasks, each.ref)))


async def _scores(database: Database, tickets: Sequence[int]) -> dict[int, int]:
    found: dict[int, int] = {}
    for first in range(0, len(tickets), ROWS):
        query = select(TicketRow.id, TicketRow.satisfaction).where(
            TicketRow.id.in_(tickets[first : first + ROWS])
        )
        async with database.reading() as session:
            rows = (await session.execute(query)).all()
        found |= {id_: score for id_, score in rows if score is not None}
    return found


def _work(
    ref: str,
    tasks: Sequence[Any],
    again: Sequence[tuple[int, datetime]],
    scores: dict[int, int],
    now: datetime,
) -> FirmWork:
    first_done: dict[int, datetime] = {}
    for row in tasks:
        if row.done_at is not None:
            before = first_done.get(row.ticket_id, row.done_at)
            first_done[row.ticket_id] = min(before, row.done_at)
    given = [scores[each] for each in first_done if each in scores]
    dated = [row for row in tasks if row.due_at is not None]
    return FirmWork(
        ref=ref,
        tasks=len(tasks),
        done=sum(row.done_at is not None for row in tasks),
        in_time=sum(row.done_at is not None and row.done_at <= row.due_at for row in dated),
        late=sum((row.done_at or now) > row.due_at for row in dated),
        tickets=len(first_done),
        reopened=len({id_ for id_, at in again if id_ in first_done and at > first_done[id_]}),
        scores=len(given),
        satisfaction=fmean(given) if given else None,
    )
