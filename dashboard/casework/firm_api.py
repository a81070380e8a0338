"""Tasks of an outside firm, for its own programs: the same as its pages, and nothing else."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response

from call_logs.tickets import TicketClass
from dashboard.casework.evidence_api import FILE_BODY
from dashboard.casework.evidence_pages import NOTE_LIMIT
from dashboard.casework.firm_pages import sent_photo
from dashboard.web.access import note_access
from dashboard.web.api_models import In, Out
from dashboard.web.inputs import RowId
from dashboard.web.signin import FirmWorker, Login
from dashboard.web.site import Site, SiteOf

router = APIRouter(prefix="/firm/tasks", tags=["casework"])


class FirmPhotoOut(Out):
    id: str
    note: str
    added_at: datetime


class FirmTaskOut(Out):
    """A task that was given to the firm of whoever asks. `photos`: those that the firm added;
    empty in the list."""

    id: int
    ticket_number: str
    ticket_class: TicketClass
    building: str
    unit: str
    floor: str
    room: str
    area: str
    what: str
    material: str
    notes: str
    due: datetime | None
    acknowledged_at: datetime | None
    arrived_at: datetime | None
    done_at: datetime | None
    photos: tuple[FirmPhotoOut, ...]


class FirmNoteIn(In):
    text: str


@router.get("")
async def list_firm_tasks(site: SiteOf, login: FirmWorker) -> list[FirmTaskOut]:
    """What the firm is to do, due next first; then what it has done in the last seven days."""
    await note_access(site, login, "listed", "task", again=True)
    return [
        FirmTaskOut.model_validate(each) for each in await site.store.firm_tasks.all(login.actor)
    ]


@router.get("/{task_id}")
async def get_firm_task(site: SiteOf, login: FirmWorker, task_id: RowId) -> FirmTaskOut:
    """One task with its photos."""
    return await _task(site, login, task_id)


@router.post("/{task_id}/acknowledge")
async def acknowledge_firm_task(site: SiteOf, login: FirmWorker, task_id: RowId) -> FirmTaskOut:
    """The firm has it. What is said twice was said the first time; so for the next two."""
    await site.store.firm_tasks.acknowledge(task_id, login.actor)
    return await _task(site, login, task_id)


@router.post("/{task_id}/arrived")
async def arrive_at_firm_task(site: SiteOf, login: FirmWorker, task_id: RowId) -> FirmTaskOut:
    """Somebody of the firm is there."""
    await site.store.firm_tasks.arrive(task_id, login.actor)
    return await _task(site, login, task_id)


@router.post("/{task_id}/done")
async def finish_firm_task(site: SiteOf, login: FirmWorker, task_id: RowId) -> FirmTaskOut:
    """It is done."""
    await site.store.firm_tasks.finish(task_id, login.actor)
    return await _task(site, login, task_id)


@router.post("/{task_id}/notes")
async def note_on_firm_task(
    site: SiteOf, login: FirmWorker, task_id: RowId, body: FirmNoteIn
) -> FirmTaskOut:
    """A line under the notes of the task."""
    await site.store.firm_tasks.note(task_id, login.actor, body.text)
    return await _task(site, login, task_id)


@router.post(
    "/{task_id}/photos",
    status_code=201,
    openapi_extra=FILE_BODY,
    responses={422: {"description": "The file is not taken; `reason` says why."}},
)
async def add_firm_photo(
    *,
    request: Request,
    site: SiteOf,
    login: FirmWorker,
    task_id: RowId,
    note: Annotated[str, Query(max_length=NOTE_LIMIT)] = "",
) -> FirmTaskOut:
    """Add a photo: the body is its content, whose first bytes say what kind it is."""
    await site.store.firm_tasks.add_photo(task_id, login.actor, request.stream(), note=note)
    return await _task(site, login, task_id)


@router.get("/{task_id}/photos/{evidence_id}", response_class=Response)
async def get_firm_photo(
    *,
    site: SiteOf,
    login: FirmWorker,
    task_id: RowId,
    evidence_id: str,
    range: Annotated[str | None, Header()] = None,
) -> Response:
    """A photo that the firm has added."""
    return await sent_photo(site, login, task_id, evidence_id, range)


async def _task(site: Site, login: Login, task_id: int) -> FirmTaskOut:
    task = await site.store.firm_tasks.get(task_id, login.actor)
    await note_access(site, login, "looked", "ticket", task.ticket_id, again=True)
    return FirmTaskOut.model_validate(task)
