"""The ledger and statistics for programs."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Request, Response

from dashboard.reports.api_models import (
    AllWaitsOut,
    FirmWorkOut,
    RecurringOut,
    StatisticsOut,
    WordOut,
)
from dashboard.reports.download import MEDIA_TYPES, ledger_response
from dashboard.reports.ledger_file import LedgerFormat
from dashboard.reports.period import AskedPeriod
from dashboard.tickets.api_query import AskedFilter
from dashboard.web.sight import given_reason
from dashboard.web.signin import Exporter, ReportReader
from dashboard.web.site import SiteOf

router = APIRouter(prefix="/reports", tags=["reports"])


@router.get(
    "/ledger",
    response_class=Response,
    responses={200: {"content": {media_type: {} for media_type in MEDIA_TYPES.values()}}},
)
async def get_ledger(
    *,
    request: Request,
    site: SiteOf,
    login: Exporter,
    wanted: AskedFilter,
    format: LedgerFormat = LedgerFormat.XLSX,
    language: Literal["zh-CN", "en"] | None = None,
) -> Response:
    """Every ticket that the filter finds, newest first, as a workbook with totals or as CSV
    (UTF-8 with a mark). Headings and values are in `language`, else in that of the request."""
    return await ledger_response(
        site,
        login,
        wanted,
        format,
        language or request.state.language,
        reason=given_reason(request),
    )


@router.get("/statistics")
async def get_statistics(site: SiteOf, login: ReportReader, period: AskedPeriod) -> StatisticsOut:
    """Counts, trend and times of a `month` (2026-10), or of the days `since` to `until`; of this
    month without either. Tickets count where they were opened, calls where they began."""
    found = await site.store.reports.statistics(login.actor, period.first, period.last)
    return StatisticsOut.model_validate(found)


@router.get("/words")
async def get_words(site: SiteOf, login: ReportReader, period: AskedPeriod) -> list[WordOut]:
    """Words of the tickets of a time that are new or come more often than in the eight weeks
    before, the surest first; none that fewer than three owners said. At most three months."""
    found = await site.store.reports.words(login.actor, period.first, period.last)
    return [WordOut.model_validate(each) for each in found]


@router.get("/recurring")
async def get_recurring(
    site: SiteOf, login: ReportReader, period: AskedPeriod
) -> list[RecurringOut]:
    """The same trouble at the same place or with the same equipment, three times or more, the
    most frequent first. At most a year."""
    found = await site.store.reports.recurring(login.actor, period.first, period.last)
    return [RecurringOut.model_validate(each) for each in found]


@router.get("/waits")
async def get_waits(site: SiteOf, login: ReportReader, period: AskedPeriod) -> AllWaitsOut:
    """How long each step took: of all, by department, by person. Steps are `taken`, `on_site`,
    `resolved`, `told`, `closed`, each from the one before."""
    found = await site.store.reports.waits(login.actor, period.first, period.last)
    whole, departments, people = found
    return AllWaitsOut.model_validate({"all": whole, "departments": departments, "people": people})


@router.get("/firms")
async def get_firms(site: SiteOf, login: ReportReader, period: AskedPeriod) -> list[FirmWorkOut]:
    """How each outside firm with an account did the tasks that it was given: in time, opened
    again after it, and the owners' marks."""
    found = await site.store.reports.firms(login.actor, period.first, period.last)
    return [FirmWorkOut.model_validate(each) for each in found]
