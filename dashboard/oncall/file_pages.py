"""The roster and the owners' numbers as files, in and out, and calendars to subscribe to."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import timedelta
from http import HTTPStatus
from typing import Annotated, Any

from anyio.to_thread import run_sync
from fastapi import APIRouter, File, Form, Request, Response, UploadFile

from call_logs import FileKind, import_file
from call_logs.casework import write_equipment_csv
from call_logs.owners import write_owners_csv
from call_logs.roster import ImportFailed, documents_of
from call_logs.roster.files import write_calendar, write_people_csv, write_shifts_csv
from call_logs.storage import NotFound
from dashboard.oncall.entry_text import entry_table
from dashboard.oncall.feeds import Feed, FeedKind, feed_path, read_feed
from dashboard.web.access import note_access
from dashboard.web.imports import Import
from dashboard.web.render import fragment, page
from dashboard.web.signin import Login, RosterManager
from dashboard.web.site import Site, SiteOf

router = APIRouter()

READ_LIMIT = 20_000_001  # one more than an import takes: it says so itself
FEED_BEFORE = timedelta(days=31)
FEED_AFTER = timedelta(days=183)
CALENDAR = "text/calendar; charset=utf-8"
EXPORTS = {
    "people.csv": "text/csv; charset=utf-8",
    "shifts.csv": "text/csv; charset=utf-8",
    "owners.csv": "text/csv; charset=utf-8",
    "equipment.csv": "text/csv; charset=utf-8",
    "roster.toml": "application/toml; charset=utf-8",
    "oncall.ics": CALENDAR,
}


@router.get("/roster/files")
async def show_files(request: Request, site: SiteOf, login: RosterManager) -> Response:
    return await _page(request, site, login, **_ended(site))


@router.post("/roster/import")
async def take_file(
    *,
    request: Request,
    site: SiteOf,
    login: RosterManager,
    kind: Annotated[FileKind, Form()],
    file: Annotated[UploadFile, File()],
    schedule: Annotated[str, Form(max_length=40)] = "",
    replace: Annotated[bool, Form()] = False,
) -> Response:
    """Take a file in whole, or show every mistake in it and take in nothing. A large one goes
    on after the page is back."""
    data = await file.read(READ_LIMIT)
    source = file.filename or kind.value

    def work(begun: Import) -> Awaitable[int]:
        return import_file(
            site.store,
            kind,
            data,
            login.actor,
            source=source,
            schedule=schedule,
            replace=replace,
            progress=begun.told,
        )

    try:
        await site.imports.run(source, kind, work)
    except ImportFailed as error:
        return await _page(
            request,
            site,
            login,
            HTTPStatus.UNPROCESSABLE_ENTITY,
            problems=error.problems,
            source=source,
        )
    return await _page(request, site, login, **_ended(site))


def _ended(site: Site) -> dict[str, Any]:
    """What came of an import that has ended, for the page."""
    ended = site.imports.take_ended()
    if ended is None:
        return {}
    if ended.problems:
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return {"status": status, "problems": ended.problems, "source": ended.source}
    return {"taken": ended.taken, "taken_kind": ended.kind, "source": ended.source}


@router.get("/roster/import")
async def show_progress(request: Request, site: SiteOf, login: RosterManager) -> Response:
    """How far an import is, for the page that waits for it; at its end, the whole page anew."""
    if site.imports.running is None:
        return Response(headers={"HX-Redirect": "/roster/files"})
    return fragment(request, site, login, "oncall/importing.html", importing=site.imports.running)


async def _page(
    request: Request,
    site: Site,
    login: Login,
    status: HTTPStatus = HTTPStatus.OK,
    **context: Any,
) -> Response:
    roster = await site.store.roster.current()
    base = str(request.base_url).rstrip("/")
    feeds = [
        (each.name, base + feed_path(site.store, Feed(kind, each.id)))
        for kind, all_ in ((FeedKind.SCHEDULE, roster.schedules), (FeedKind.PERSON, roster.people))
        for each in all_
    ]
    return await page(
        request,
        site,
        login,
        "oncall/roster_files.html",
        status,
        exports=tuple(EXPORTS),
        schedules=roster.schedules,
        feeds=feeds,
        owners=await site.store.directory.count(),
        importing=site.imports.running,
        **{"problems": (), "taken": None, "taken_kind": None, "source": "", **context},
    )


@router.get("/roster/export/{name}")
async def give_file(site: SiteOf, login: RosterManager, name: str) -> Response:
    """A file as `/roster/import` takes it. It holds numbers: the access log says who has it.

    Raises:
        NotFound: there is no such file.
    """
    if name not in EXPORTS:
        raise NotFound("there is no such file to export")
    data = await _exported(site, login, name)
    subject = "owners" if name == "owners.csv" else "roster"
    await note_access(site, login, "exported", subject)
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(data, media_type=EXPORTS[name], headers=headers)


async def _exported(site: Site, login: Login, name: str) -> bytes:
    if name == "equipment.csv":
        return write_equipment_csv(await site.store.equipment.all(login.actor))
    if name == "owners.csv":
        return await run_sync(write_owners_csv, await site.store.directory.all())
    roster = await site.store.roster.current()
    match name:
        case "people.csv":
            return write_people_csv(roster.people)
        case "shifts.csv":
            return write_shifts_csv(roster)
        case "roster.toml":
            tables = [entry_table(entry.kind, entry.document) for entry in documents_of(roster)]
            return "\n".join(tables).encode()
        case _:
            now = site.store.clock.now()
            return await run_sync(write_calendar, roster, now - FEED_BEFORE, now + FEED_AFTER)


@router.get("/calendar/{token}.ics")
async def give_feed(site: SiteOf, token: str) -> Response:
    """The duties of one person or schedule, for calendar programs. The token is the right.

    Raises:
        LinkInvalid: the token is no feed's.
        NotFound: the person or schedule is no longer on the roster.
    """
    feed = read_feed(site.store, token)
    roster = await site.store.roster.current()
    known = {
        FeedKind.PERSON: {person.id for person in roster.people},
        FeedKind.SCHEDULE: {schedule.id for schedule in roster.schedules},
    }
    if feed.id not in known[feed.kind]:
        raise NotFound("this calendar is no longer kept")
    now = site.store.clock.now()

    def write() -> bytes:
        return write_calendar(
            roster, now - FEED_BEFORE, now + FEED_AFTER, **{feed.kind.value: feed.id}
        )

    return Response(await run_sync(write), media_type=CALENDAR)
