"""All that the report of a time shows."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from call_logs import Store
from call_logs.reports import ANSWER_S, ANSWERED_SHARE, MOST_DAYS_OF_PLACES, MOST_DAYS_OF_WORDS
from call_logs.users import Actor
from dashboard.reports.period import Period
from dashboard.reports.printing import print_pdf
from dashboard.web.views import STATIC, Views

__all__ = ["report_of", "report_pdf", "whole_report_of"]

_STYLES = ("vendor/tabler.css", "app.css")


class _Reader:
    """Whoever takes a report on paper: it has no links."""

    @staticmethod
    def may(_right: str) -> bool:
        return False


async def report_of(store: Store, actor: Actor, period: Period, zone: ZoneInfo) -> dict[str, Any]:
    """What the page shows at once.

    Raises:
        NotAllowed, StoreBusy, InvalidValue.
    """
    start = datetime.combine(period.first, time(), zone)
    end = datetime.combine(period.last + timedelta(days=1), time(), zone)
    return {
        "period": period,
        "found": await store.reports.statistics(actor, period.first, period.last),
        "risks": await store.risks.counts(actor, start, end),
        "answer_s": ANSWER_S,
        "answered_share": ANSWERED_SHARE,
        "most_days_of_words": MOST_DAYS_OF_WORDS,
        "most_days_of_places": MOST_DAYS_OF_PLACES,
    }


async def whole_report_of(
    store: Store, actor: Actor, period: Period, zone: ZoneInfo
) -> dict[str, Any]:
    """The same with the parts for which the page asks later."""
    whole = await report_of(store, actor, period, zone)
    days, reports = (period.last - period.first).days, store.reports
    whole["waits"] = await reports.waits(actor, period.first, period.last)
    whole["firms"] = await reports.firms(actor, period.first, period.last)
    if days <= MOST_DAYS_OF_PLACES:
        whole["recurring"] = await reports.recurring(actor, period.first, period.last)
    if days < MOST_DAYS_OF_WORDS:
        whole["words"] = await reports.words(actor, period.first, period.last)
    return whole


async def report_pdf(
    store: Store, actor: Actor, period: Period, views: Views, language: str
) -> bytes:
    """On paper.

    Raises:
        NotPrinted: why there is no PDF.
        NotAllowed, StoreError.
    """
    whole = await whole_report_of(store, actor, period, views.settings.zone)
    styles = "\n".join((STATIC / name).read_text(encoding="utf-8") for name in _STYLES)
    html = views.render(
        "reports/index.html",
        language,
        {"login": _Reader(), "paper": True, "styles": styles, **whole},
    )
    return await print_pdf(html, store.reports.scratch, language=language)
