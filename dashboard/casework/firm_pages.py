"""The pages of somebody of an outside firm: the firm's tasks, and one of them. There are no others
for them (`FIRM_PATHS`)."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Header, Request, Response

from call_logs.casework import FIRM_NOTE_LIMIT, EvidenceRefused, WrongField
from call_logs.users import Permission
from dashboard.casework.evidence_pages import NOTE_LIMIT, NOTHING_SENT, Sender
from dashboard.casework.labels import FILE_REFUSALS
from dashboard.casework.sending import evidence_response
from dashboard.web.access import note_access
from dashboard.web.errors import ForgedRequest
from dashboard.web.inputs import RowId
from dashboard.web.render import go, page
from dashboard.web.signin import CSRF_FIELD, FIRM_HOME, FirmWorker, Login, check_token
from dashboard.web.site import Site, SiteOf
from dashboard.web.texts import N_
from dashboard.web.uploads import SentForm

router = APIRouter(prefix=FIRM_HOME)

NO_NOTE = N_("Write a note of at most 1,000 characters; a task takes 4,000 in all.")
PhotoSender = Annotated[Login, Depends(Sender(Permission.DO_FIRM_TASKS))]


@router.get("")
async def show_tasks(request: Request, site: SiteOf, login: FirmWorker) -> Response:
    await note_access(site, login, "listed", "task", again=True)
    tasks = await site.store.firm_tasks.all(login.actor)
    return await page(
        request,
        site,
        login,
        "casework/firm_tasks.html",
        tasks=[each for each in tasks if each.done_at is None],
        done=[each for each in tasks if each.done_at is not None],
    )


@router.get("/{task_id}")
async def show_task(request: Request, site: SiteOf, login: FirmWorker, task_id: RowId) -> Response:
    return await _page(request, site, login, task_id)


@router.post("/{task_id}/acknowledge")
async def acknowledge(site: SiteOf, login: FirmWorker, task_id: RowId) -> Response:
    await site.store.firm_tasks.acknowledge(task_id, login.actor)
    return go(f"{FIRM_HOME}/{task_id}")


@router.post("/{task_id}/arrived")
async def arrived(site: SiteOf, login: FirmWorker, task_id: RowId) -> Response:
    await site.store.firm_tasks.arrive(task_id, login.actor)
    return go(f"{FIRM_HOME}/{task_id}")


@router.post("/{task_id}/done")
async def done(site: SiteOf, login: FirmWorker, task_id: RowId) -> Response:
    await site.store.firm_tasks.finish(task_id, login.actor)
    return go(f"{FIRM_HOME}/{task_id}")


@router.post("/{task_id}/notes")
async def add_note(
    *,
    request: Request,
    site: SiteOf,
    login: FirmWorker,
    task_id: RowId,
    note: Annotated[str, Form()] = "",
) -> Response:
    try:
        await site.store.firm_tasks.note(task_id, login.actor, note)
    except WrongField:
        return await _page(request, site, login, task_id, problem=NO_NOTE, written=note)
    return go(f"{FIRM_HOME}/{task_id}")


@router.post("/{task_id}/photos")
async def add_photos(
    request: Request, site: SiteOf, login: PhotoSender, task_id: RowId
) -> Response:
    """Take the photos of the form, each by itself; those that were taken stay."""
    form = SentForm(request)
    problem, count = "", 0
    async for sent in form.files():
        check_token(request, form.fields.get(CSRF_FIELD), login.session.csrf_token)
        count += 1
        note = form.fields.get("note", "")[:NOTE_LIMIT]
        try:
            await site.store.firm_tasks.add_photo(task_id, login.actor, sent.content, note=note)
        except EvidenceRefused as error:
            problem = FILE_REFUSALS[error.reason]
            break
    if not form.fields and not count:
        raise ForgedRequest
    if problem or not count:
        return await _page(request, site, login, task_id, problem=problem or NOTHING_SENT)
    return go(f"{FIRM_HOME}/{task_id}")


@router.get("/{task_id}/photos/{evidence_id}")
async def send_photo(
    *,
    site: SiteOf,
    login: FirmWorker,
    task_id: RowId,
    evidence_id: str,
    range: Annotated[str | None, Header()] = None,
) -> Response:
    return await sent_photo(site, login, task_id, evidence_id, range)


async def sent_photo(
    site: Site, login: Login, task_id: int, evidence_id: str, range_header: str | None
) -> Response:
    """A photo that the firm has added."""
    evidence, reader = await site.store.firm_tasks.open_photo(task_id, evidence_id, login.actor)
    await note_access(site, login, "looked", "evidence", evidence_id, again=True)
    return evidence_response(evidence, reader, range_header)


async def _page(
    request: Request, site: Site, login: Login, task_id: int, problem: str = "", **context: Any
) -> Response:
    task = await site.store.firm_tasks.get(task_id, login.actor)
    await note_access(site, login, "looked", "ticket", task.ticket_id, again=True)
    return await page(
        request,
        site,
        login,
        "casework/firm_task.html",
        HTTPStatus.UNPROCESSABLE_ENTITY if problem else HTTPStatus.OK,
        task=task,
        note_limit=FIRM_NOTE_LIMIT,
        photo_bytes=site.store.evidence.rules.max_bytes,
        problem=problem,
        **context,
    )
