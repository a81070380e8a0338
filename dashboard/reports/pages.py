"""The report of a time, and the ledger, for browsers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta

from fastapi import APIRouter, Request, Response

from call_logs.reports import ANSWER_S, ANSWERED_SHARE
from dashboard.reports.download import ledger_response
from dashboard.reports.ledger_file import LedgerFormat
from dashboard.reports.period import AskedPeriod
from dashboard.tickets.query import AskedTickets
from dashboard.tickets.whose import narrowed
from dashboard.web.render import page
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
    )


@router.get("/reports/ledger")
async def give_ledger(
    *,
    request: Request,
    site: SiteOf,
    login: Exporter,
    query: AskedTickets,
    since: date | None = None,
    until: date | None = None,
    format: LedgerFormat = LedgerFormat.XLSX,
) -> Response:
    """What the list of tickets shows, on all its pages, as a file in the reader's language; also
    only what was opened on the days `since` to `until`."""
    zone = site.settings.zone
    wanted = replace(
        await narrowed(site, login, query.filter(site.settings.page_size), query.whose),
        since=datetime.combine(since, time(), zone) if since else None,
        until=datetime.combine(until + timedelta(days=1), time(), zone) if until else None,
    )
    return await ledger_response(site, login, wanted, format, request.state.language)
