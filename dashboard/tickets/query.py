"""What a list of tickets was asked for: from the address of a page to the store's filter."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Annotated
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import Depends, Query

from call_logs.staff import ASSIGNEE_LIMIT
from call_logs.tickets import (
    TicketClass,
    TicketFilter,
    TicketKind,
    TicketOrder,
    TicketStatus,
    valid_number,
)
from dashboard.tickets.labels import WHOSE
from dashboard.web.inputs import FIRST_YEAR, LAST_YEAR, RowId

NUMBER_DIGITS = range(6, 10)  # ticket numbers; telephone numbers that people search are longer
PHONE_DIGITS = 7
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class SearchBox:
    """The one search box: a ticket number, a telephone number, or words."""

    text: str | None = field(default=None, repr=False)
    caller: str | None = field(default=None, repr=False)
    number: str | None = None


def read_search(q: str) -> SearchBox:
    """Tell by its form what somebody searches for: the Luhn digit marks a ticket number."""
    compact = "".join(character for character in q if character not in " -()#+").strip()
    if compact.isascii() and compact.isdigit():
        if len(compact) in NUMBER_DIGITS and valid_number(compact):
            return SearchBox(number=compact)
        if len(compact) >= PHONE_DIGITS:
            return SearchBox(caller=q.strip())
    return SearchBox(text=q.strip() or None)


class ListOrder(StrEnum):
    """What stands at the top of the list."""

    NEWEST = "newest"
    URGENT = "urgent"  # open urgent tickets, then the newest
    PRIORITY = "priority"
    DEADLINE = "deadline"

    @property
    def of_pages(self) -> TicketOrder:
        """In which the store goes through all pages."""
        known = self.value in set(TicketOrder)
        return TicketOrder(self.value) if known else TicketOrder.NEWEST


@dataclass(frozen=True)
class TicketQuery:
    """The filters of the list, as they stand in the page's address. `status` is a status,
    `open` (all that are not closed) or `all`; `whose` a key of `WHOSE`; `since` and `until` the
    days by the site's clock, both included, on which they came."""

    q: str = field(default="", repr=False)
    ticket_class: TicketClass | None = None
    status: str = "open"
    kind: TicketKind | None = None
    category: str = ""
    overdue: bool = False
    unassessed: bool = False
    gaps: bool = False
    whose: str = ""
    assignee: str = ""
    since: date | None = None
    until: date | None = None
    order: ListOrder = ListOrder.NEWEST
    before: int | None = None

    def filter(self, limit: int, zone: ZoneInfo) -> TicketFilter:
        search = read_search(self.q)
        known = self.status in set(TicketStatus)
        return TicketFilter(
            ticket_class=self.ticket_class,
            status=TicketStatus(self.status) if known else None,
            open=True if self.status == "open" else None,
            kind=self.kind,
            category=self.category or None,
            overdue=True if self.overdue else None,
            assessed=False if self.unassessed else None,
            gaps=True if self.gaps else None,
            assignee=self.assignee or None,
            order=self.order.of_pages,
            text=search.text,
            caller=search.caller,
            number=search.number,
            since=datetime.combine(self.since, time(), zone) if self.since else None,
            until=datetime.combine(self.until + _DAY, time(), zone) if self.until else None,
            before=self.before,
            limit=limit,
        )

    def address(self, page: str = "/tickets", **changes: object) -> str:
        """A page with these filters, some of them changed; defaults are left out."""
        changed = replace(self, **{"before": None, **changes})  # type: ignore[arg-type]
        default = TicketQuery()
        values = {
            name: str(value).lower() if isinstance(value, bool) else str(value)
            for name, value in vars(changed).items()
            if value != getattr(default, name)
        }
        return f"{page}?{urlencode(values)}" if values else page

    def ledger(self, format: str) -> str:
        """Where all that the list shows, on all its pages, is a file."""
        address = self.address("/reports/ledger", order=ListOrder.NEWEST)
        return f"{address}{'&' if '?' in address else '?'}format={format}"

    @property
    def narrowed(self) -> bool:
        """Whether anything but the usual list is shown."""
        return replace(self, before=None, order=ListOrder.NEWEST) != TicketQuery()


def ticket_query(
    *,
    q: Annotated[str, Query(max_length=200)] = "",
    ticket_class: str = "",
    status: str = "open",
    kind: str = "",
    category: Annotated[str, Query(max_length=64)] = "",
    overdue: bool = False,
    unassessed: bool = False,
    gaps: bool = False,
    whose: str = "",
    assignee: Annotated[str, Query(max_length=ASSIGNEE_LIMIT)] = "",
    since: date | None = None,
    until: date | None = None,
    order: str = "",
    before: RowId | None = None,
) -> TicketQuery:
    """Read a form's fields: an empty choice is no filter, an unknown one too."""
    return TicketQuery(
        q=q.strip(),
        ticket_class=TicketClass(ticket_class) if ticket_class in set(TicketClass) else None,
        status=status if status in {"open", "all", *TicketStatus} else "open",
        kind=TicketKind(kind) if kind in set(TicketKind) else None,
        category=category,
        overdue=overdue,
        unassessed=unassessed,
        gaps=gaps,
        whose=whose if whose in WHOSE else "",
        assignee=assignee.strip(),
        since=since if since and FIRST_YEAR <= since.year <= LAST_YEAR else None,
        until=until if until and FIRST_YEAR <= until.year <= LAST_YEAR else None,
        order=ListOrder(order) if order in set(ListOrder) else ListOrder.NEWEST,
        before=before,
    )


AskedTickets = Annotated[TicketQuery, Depends(ticket_query)]
