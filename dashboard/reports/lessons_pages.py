"""The lessons of the tickets that were closed in a time: a page, and a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from fastapi import APIRouter, Request, Response

from call_logs.storage import guarded
from call_logs.tickets import Ticket
from dashboard.reports.labels import NUMBER
from dashboard.reports.period import AskedPeriod
from dashboard.web import labels
from dashboard.web.access import note_access
from dashboard.web.render import page
from dashboard.web.signin import Exporter, ReportReader
from dashboard.web.site import Site, SiteOf

router = APIRouter(prefix="/reports/lessons")

COLUMNS = ("number", "category", "cause_kind", "cause", "whys", "plan", "lessons", "closed_at")


@router.get("")
async def show_lessons(
    request: Request, site: SiteOf, login: ReportReader, period: AskedPeriod
) -> Response:
    """Who may see reports may not see names: a lesson is written for everybody."""
    found = await site.store.reports.lessons(login.actor, period.first, period.last)
    return await page(request, site, login, "reports/lessons.html", period=period, tickets=found)


@router.get("/export")
async def export_lessons(
    request: Request, site: SiteOf, login: Exporter, period: AskedPeriod
) -> Response:
    """CSV, UTF-8 with a mark, by which spreadsheet programs know it."""
    found = await site.store.reports.lessons(login.actor, period.first, period.last)
    await note_access(site, login, "exported", "lessons")
    name = f"lessons-{period.first}-{period.last}.csv"
    return Response(
        "\ufeff" + _csv(site, found, request.state.language),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _csv(site: Site, tickets: Iterable[Ticket], language: str) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    headings = {**labels.FIELDS, "number": NUMBER, "closed_at": labels.STATUSES["closed"]}
    writer.writerow(site.views.text(headings[name], language) for name in COLUMNS)
    for each in tickets:
        writer.writerow(guarded(_cell(site, each, name, language)) for name in COLUMNS)
    return text.getvalue()


def _cell(site: Site, ticket: Ticket, name: str, language: str) -> str:
    if name == "category":
        return site.views.category(ticket.category, language) if ticket.category else ""
    if name == "cause_kind":
        return site.views.cause(ticket.category, ticket.cause_kind, language)
    if name == "closed_at":
        assert ticket.closed_at is not None
        return f"{ticket.closed_at.astimezone(site.settings.zone):%Y-%m-%d %H:%M}"
    return str(getattr(ticket, name))
