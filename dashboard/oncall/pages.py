"""Who is on call: now, this week, and when nobody is. Leave and stand-ins, quickly entered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, Query, Request, Response

from call_logs.roster import EntryKind, ImportFailed, ImportProblem, moment
from dashboard.dispatches.drill_results import drill_results
from dashboard.oncall.duty_plan import on_call_at, on_call_page
from dashboard.web.coverage import nobody_at_all
from dashboard.web.render import fragment, go, is_fragment, page
from dashboard.web.signin import Login, OnCallReader, RosterManager
from dashboard.web.site import Site, SiteOf

router = APIRouter(prefix="/oncall")

TIME_LIMIT = 40
NOTE_LIMIT = 200
FARTHEST = timedelta(days=5 * 366)  # nobody plans duty for later, and no table of years has to
QUICK = frozenset({EntryKind.LEAVE, EntryKind.OVERRIDE})


async def _context(site: Site, asked: str = "") -> dict[str, Any]:
    roster = await site.store.roster.current()
    at = _moment(asked, roster.zone, site.store.clock.now())
    categories = site.settings.urgent_categories
    drills = await drill_results(site, limit=1)
    return {
        "plan": await on_call_page(roster, categories, site.store.clock.now()),
        "asked": await on_call_at(roster, categories, at) if at else None,
        "asked_text": asked,
        "gaps": await site.coverage.gaps(),
        "nobody": nobody_at_all(roster),
        "last_drill": drills[0] if drills else None,
    }


async def _page(
    request: Request,
    site: Site,
    login: Login,
    *,
    problems: Sequence[ImportProblem] = (),
    form: str = "",
    done: str = "",
    typed: dict[str, str] | None = None,
    asked: str = "",
) -> Response:
    return await page(
        request,
        site,
        login,
        "oncall/index.html",
        HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK,
        problems=problems,
        form=form,
        done=done,
        typed=typed or {},
        **await _context(site, asked),
    )


def _moment(text: str, zone: ZoneInfo, now: datetime) -> datetime | None:
    """What a field for day and time sends, by the site's clock; None when it is none."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    if abs(at.replace(tzinfo=UTC) - now) > FARTHEST:  # before any zone: a year 1 has none
        return None
    return at if at.tzinfo else moment(at.date(), at.time(), zone)


@router.get("")
async def show(
    request: Request,
    site: SiteOf,
    login: OnCallReader,
    done: str = "",
    at: Annotated[str, Query(max_length=TIME_LIMIT)] = "",
) -> Response:
    """The page; htmx asks for its changing part alone when the roster changed. `at`: also who
    is on call then."""
    if is_fragment(request):
        return fragment(request, site, login, "oncall/now.html", **await _context(site))
    return await _page(request, site, login, done=done, asked=at)


@router.post("/leave")
async def add_leave(
    *,
    request: Request,
    site: SiteOf,
    login: RosterManager,
    person: Annotated[str, Form(max_length=TIME_LIMIT)] = "",
    first: Annotated[str, Form(max_length=TIME_LIMIT)] = "",
    until: Annotated[str, Form(max_length=TIME_LIMIT)] = "",
    note: Annotated[str, Form(max_length=NOTE_LIMIT)] = "",
) -> Response:
    """Somebody is away; without an end for that day alone."""
    typed = {"person": person, "first": first, "until": until, "note": note.strip()}
    document = {"person": person, "from": first, "until": until or first[:10]}
    if typed["note"]:
        document["note"] = typed["note"]
    try:
        await site.store.roster.save(EntryKind.LEAVE, document, login.actor)
    except ImportFailed as error:
        return await _page(request, site, login, problems=error.problems, form="leave", typed=typed)
    return go("/oncall?done=leave")


@router.post("/overrides")
async def add_override(
    *,
    request: Request,
    site: SiteOf,
    login: RosterManager,
    schedule: Annotated[str, Form(max_length=TIME_LIMIT)] = "",
    person: Annotated[str, Form(max_length=TIME_LIMIT)] = "",
    replaces: Annotated[str, Form(max_length=TIME_LIMIT)] = "",
    first: Annotated[str, Form(max_length=TIME_LIMIT)] = "",
    until: Annotated[str, Form(max_length=TIME_LIMIT)] = "",
) -> Response:
    """Somebody serves instead, of one person or of the whole shift."""
    typed = {
        "schedule": schedule,
        "person": person,
        "replaces": replaces,
        "first": first,
        "until": until,
    }
    document = {
        "schedule": schedule,
        "people": [person] if person else [],
        "replaces": replaces,
        "from": first,
        "until": until or first[:10],
    }
    try:
        await site.store.roster.save(EntryKind.OVERRIDE, document, login.actor)
    except ImportFailed as error:
        return await _page(
            request, site, login, problems=error.problems, form="override", typed=typed
        )
    return go("/oncall?done=override")


@router.post("/{kind}/{entry_id}/remove")
async def remove(site: SiteOf, login: RosterManager, kind: EntryKind, entry_id: str) -> Response:
    """Take leave or a stand-in back."""
    if kind in QUICK:
        await site.store.roster.remove(kind, entry_id, login.actor)
    return go("/oncall?done=removed")
