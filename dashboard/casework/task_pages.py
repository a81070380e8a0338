"""What whoever is signed in is to do, and the departments around: over all tickets."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from call_logs.casework import read_record
from dashboard.web.inputs import RowId
from dashboard.web.render import go, page
from dashboard.web.signin import Login, TicketReader, TicketWorker
from dashboard.web.site import Site, SiteOf

router = APIRouter(prefix="/tasks")


@router.get("")
async def show_tasks(
    request: Request, site: SiteOf, login: TicketReader, department: bool = False
) -> Response:
    """`department`: with those of everybody in the same departments."""
    staff = await site.store.staff.current()
    holders = staff.around(login.user) if department else staff.own(login.user)
    return await page(
        request,
        site,
        login,
        "casework/tasks.html",
        tasks=await site.store.tasks.open(holders, login.actor),
        department=department,
    )


@router.post("/{ticket_id}/{record_id}/done")
async def done(
    *,
    site: SiteOf,
    login: TicketWorker,
    ticket_id: RowId,
    record_id: RowId,
    version: Annotated[RowId, Form()],
) -> Response:
    await finish_task(site, login, ticket_id, record_id, version)
    return go("/tasks")


async def finish_task(
    site: Site, login: Login, ticket_id: int, record_id: int, version: int
) -> None:
    """The task is done, by whoever presses."""
    record = await site.store.records.get(ticket_id, record_id, login.actor)
    values = {
        "done_at": site.store.clock.now(),
        "done_by": login.user.full_name or login.user.name,
    }
    edit = read_record(record.kind, values, whole=False)
    await site.store.records.change(ticket_id, record_id, edit, login.actor, version=version)
