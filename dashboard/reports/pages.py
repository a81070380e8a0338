"""The report of a time, and the ledger, for browsers."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from fastapi import APIRouter, Request, Response

from call_logs.reports import ANSWER_S, ANSWERED_SHARE, MOST_DAYS_OF_PLACES, MOST_DAYS_OF_WORDS
from dashboard.reports.download import ledger_response
from dashboard.reports.ledger_file import LedgerFormat
from dashboard.reports.period import AskedPeriod
from dashboard.tickets.query import AskedTickets
from dashboard.tickets.whose import narrowed
from dashboard.web.render import fragment, page
from dashboard.web.signin import Exporter, ReportReader
from dashboard.web.site import SiteOf

router = APIRouter()


@router.get("/reports")
async def show_report(
    request: Request, site: SiteOf, login: ReportReader, period: AskedPeriod
) -> Response:
    """Tables behind simple charts; on paper it is the monthly report."""
    zone = site.settings.zone
    start = datetime.combine(period.first, time(), zone)
    end = datetime.combine(period.last + timedelta(days=1), time(), zone)
    found = await site.store.reports.statistics(login.actor, period.first, period.last)
    return await page(
        request,
        site,
        login,
        "reports/index.html",
        period=period,
        found=found,
        risks=await site.store.risks.counts(login.actor, start, end),
        answer_s=ANSWER_S,
        answered_share=ANSWERED_SHARE,
        most_days_of_words=MOST_DAYS_OF_WORDS,
        most_days_of_places=MOST_DAYS_OF_PLACES,
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
    return await ledger_response(site, login, wanted, format, request.state.language)
