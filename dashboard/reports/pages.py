"""The report of a time, and the ledger, for browsers."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter, Request, Response

from dashboard.reports.download import ledger_response
from dashboard.reports.ledger_file import LedgerFormat
from dashboard.reports.period import AskedPeriod, Period
from dashboard.reports.printing import NotPrinted, can_print
from dashboard.reports.report import report_of, report_pdf
from dashboard.tickets.query import AskedTickets
from dashboard.tickets.whose import narrowed
from dashboard.web.render import fragment, page
from dashboard.web.sight import given_reason
from dashboard.web.signin import Exporter, Login, ReportReader
from dashboard.web.site import Site, SiteOf

router = APIRouter()


@router.get("/reports")
async def show_report(
    request: Request, site: SiteOf, login: ReportReader, period: AskedPeriod
) -> Response:
    """Tables behind simple charts; on paper it is the monthly report."""
    return await _page(request, site, login, period)


@router.get("/reports/pdf")
async def give_pdf(
    request: Request, site: SiteOf, login: ReportReader, period: AskedPeriod
) -> Response:
    """The whole report on paper; where that cannot be, the page says why."""
    language = request.state.language
    try:
        pdf = await report_pdf(site.store, login.actor, period, site.views, language)
    except NotPrinted as error:
        status = HTTPStatus.SERVICE_UNAVAILABLE
        return await _page(request, site, login, period, status, problem=str(error))
    name = f"report-{period.first}-{period.last}.pdf"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "private, no-store",
    }
    return Response(pdf, media_type="application/pdf", headers=headers)


async def _page(
    request: Request,
    site: Site,
    login: Login,
    period: Period,
    status: HTTPStatus = HTTPStatus.OK,
    *,
    problem: str | None = None,
) -> Response:
    found = await report_of(site.store, login.actor, period, site.settings.zone)
    return await page(
        request,
        site,
        login,
        "reports/index.html",
        status,
        paper=False,
        can_print=can_print(),
        problem=problem,
        **found,
    )


@router.get("/reports/words")
async def show_words(
    request: Request, site: SiteOf, login: ReportReader, period: AskedPeriod
) -> Response:
    """The part of the report that takes seconds on a large site; the page asks for it."""
    return fragment(
        request,
        site,
        login,
        "reports/words.html",
        period=period,
        words=await site.store.reports.words(login.actor, period.first, period.last),
    )


@router.get("/reports/places")
async def show_places(
    request: Request, site: SiteOf, login: ReportReader, period: AskedPeriod
) -> Response:
    """What comes back, where."""
    found = await site.store.reports.recurring(login.actor, period.first, period.last)
    return fragment(request, site, login, "reports/places.html", period=period, recurring=found)


@router.get("/reports/waits")
async def show_waits(
    request: Request, site: SiteOf, login: ReportReader, period: AskedPeriod
) -> Response:
    """How long each step takes, of whom."""
    found = await site.store.reports.waits(login.actor, period.first, period.last)
    return fragment(request, site, login, "reports/waits.html", period=period, waits=found)


@router.get("/reports/firms")
async def show_firms(
    request: Request, site: SiteOf, login: ReportReader, period: AskedPeriod
) -> Response:
    """How outside firms did their tasks."""
    found = await site.store.reports.firms(login.actor, period.first, period.last)
    return fragment(request, site, login, "reports/firms.html", period=period, firms=found)


@router.get("/reports/ledger")
async def give_ledger(
    *,
    request: Request,
    site: SiteOf,
    login: Exporter,
    query: AskedTickets,
    format: LedgerFormat = LedgerFormat.XLSX,
) -> Response:
    """What the list of tickets shows, on all its pages, as a file in the reader's language; also
    only what was opened on the days `since` to `until`."""
    asked = query.filter(site.settings.page_size, site.settings.zone)
    wanted = await narrowed(site, login, asked, query.whose)
    return await ledger_response(
        site, login, wanted, format, request.state.language, reason=given_reason(request)
    )
