"""Who is on call, and the roster, for programs."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from typing import Annotated

from anyio.to_thread import run_sync
from fastapi import APIRouter, File, Form, Query, UploadFile

from call_logs import FileKind, import_file
from call_logs.roster import EntryKind, ImportFailed, ImportProblem, SavedEntry, duties, on_call
from dashboard.oncall.api_models import (
    DutyOut,
    EntryIn,
    EntryOut,
    GapOut,
    ImportedOut,
    PersonOut,
    PlanOut,
    RingingOut,
    RosterChangeOut,
    ServingOut,
)
from dashboard.oncall.duty_plan import on_call_at
from dashboard.oncall.file_pages import READ_LIMIT
from dashboard.web.access import note_access
from dashboard.web.errors import BadInput
from dashboard.web.inputs import Moment, RowId
from dashboard.web.signin import OnCallReader, RosterManager
from dashboard.web.site import SiteOf
from dashboard.web.texts import N_

router = APIRouter(tags=["on call"])

LONGEST = timedelta(days=366)
WEEK = timedelta(days=7)


@router.get("/oncall")
async def who_is_on_call(
    site: SiteOf,
    login: OnCallReader,
    at: Moment | None = None,
    role: str | None = None,
    category: str | None = None,
) -> list[PersonOut]:
    """Who is on call at a moment (default: now), in the order in which they are asked."""
    roster = await site.store.roster.current()
    people = on_call(roster, at or site.store.clock.now(), role=role, category=category)
    return [PersonOut.model_validate(person) for person in people]


@router.get("/oncall/plan")
async def who_would_be_rung(site: SiteOf, login: OnCallReader, at: Moment | None = None) -> PlanOut:
    """Who is on call at a moment (default: now), schedule by schedule, and whom each category
    would ring then."""
    roster = await site.store.roster.current()
    asked = await on_call_at(roster, site.settings.urgent_categories, at or site.store.clock.now())
    return PlanOut(
        at=asked.at,
        serving=[
            ServingOut(
                schedule=each.schedule.id,
                people=[PersonOut.model_validate(person) for person in each.people],
            )
            for each in asked.serving
        ],
        ringing=[
            RingingOut(
                category=each.category,
                levels=[[target.person.id for target in level.targets] for level in each.levels],
            )
            for each in asked.ringing
        ],
    )


@router.get("/oncall/duties")
async def list_duties(
    *,
    site: SiteOf,
    login: OnCallReader,
    start: Moment | None = None,
    end: Moment | None = None,
    person: str | None = None,
    schedule: str | None = None,
) -> list[DutyOut]:
    """Who serves when, at most a year at once (default: the coming week)."""
    first = start or site.store.clock.now()
    last = end or first + WEEK
    if not first < last <= first + LONGEST:
        raise BadInput(N_("`end` must be after `start` and at most a year later."), "end")
    roster = await site.store.roster.current()

    def look() -> list[DutyOut]:
        found = duties(roster, first, last, schedule=schedule, person=person)
        return [DutyOut.model_validate(duty) for duty in found]

    return await run_sync(look)


@router.get("/oncall/gaps")
async def list_coverage_gaps(site: SiteOf, login: OnCallReader) -> list[GapOut]:
    """The times of the next 30 days at which nobody could be reached."""
    return [GapOut.model_validate(gap) for gap in await site.coverage.gaps()]


@router.get("/roster/entries")
async def list_roster_entries(
    site: SiteOf, login: RosterManager, kind: EntryKind | None = None
) -> list[EntryOut]:
    """Everything on the roster, or all of one kind. Notice addresses hold passwords."""
    await note_access(site, login, "listed", "roster", again=True)
    return [_out(entry) for entry in await site.store.roster.entries(kind)]


@router.get("/roster/entries/{kind}/{entry_id}")
async def get_roster_entry(
    site: SiteOf, login: RosterManager, kind: EntryKind, entry_id: str
) -> EntryOut:
    """One entry."""
    entry = await site.store.roster.get(kind, entry_id)
    await note_access(site, login, "looked", "roster", entry_id)
    return _out(entry)


@router.post(
    "/roster/entries/{kind}",
    responses={
        409: {"description": "Somebody else was faster."},
        422: {"description": "Every mistake, in `problems`."},
    },
)
async def save_roster_entry(
    site: SiteOf, login: RosterManager, kind: EntryKind, body: EntryIn
) -> EntryOut:
    """Add an entry, or change the one that its document names."""
    return _out(
        await site.store.roster.save(kind, body.document, login.actor, version=body.version)
    )


@router.delete("/roster/entries/{kind}/{entry_id}", status_code=HTTPStatus.NO_CONTENT)
async def remove_roster_entry(
    site: SiteOf, login: RosterManager, kind: EntryKind, entry_id: str
) -> None:
    """Take an entry off; refused while others name it."""
    await site.store.roster.remove(kind, entry_id, login.actor)


@router.get("/roster/history")
async def list_roster_changes(
    *,
    site: SiteOf,
    login: RosterManager,
    kind: EntryKind | None = None,
    entry_id: str | None = None,
    before: RowId | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> list[RosterChangeOut]:
    """Who changed what, newest first."""
    await note_access(site, login, "listed", "roster", again=True)
    changes = await site.store.roster.history(
        kind=kind, entry_id=entry_id, before=before, limit=limit
    )
    return [RosterChangeOut.model_validate(change) for change in changes]


@router.post("/roster/files", responses={422: {"description": "Every mistake, in `problems`."}})
async def import_roster_file(
    *,
    site: SiteOf,
    login: RosterManager,
    kind: Annotated[FileKind, Form()],
    file: Annotated[UploadFile, File()],
    schedule: Annotated[str, Form(max_length=40)] = "",
    replace: Annotated[bool, Form()] = False,
) -> ImportedOut:
    """Import a file whole, or not at all."""
    source = file.filename or kind.value
    data = await file.read(READ_LIMIT)
    if not data:
        raise ImportFailed(source, [ImportProblem("file", "is empty")])
    count = await import_file(
        site.store,
        kind,
        data,
        login.actor,
        source=source,
        schedule=schedule,
        replace=replace,
    )
    return ImportedOut(count=count)


def _out(entry: SavedEntry) -> EntryOut:
    return EntryOut.model_validate(entry)
