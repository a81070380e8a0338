"""The ledger for browsers."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from dashboard.reports.download import ledger_response
from dashboard.reports.ledger_file import LedgerFormat
from dashboard.tickets.query import AskedTickets
from dashboard.web.signin import Exporter
from dashboard.web.site import SiteOf

router = APIRouter()


@router.get("/reports/ledger")
async def give_ledger(
    *,
    request: Request,
    site: SiteOf,
    login: Exporter,
    query: AskedTickets,
    format: LedgerFormat = LedgerFormat.XLSX,
) -> Response:
    """What the list of tickets shows, on all its pages, as a file in the reader's language."""
    wanted = query.filter(site.settings.page_size)
    return await ledger_response(site, login, wanted, format, request.state.language)
