"""One search box finds numbers, telephones and words."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from call_logs.tickets import TicketClass, TicketStatus, ticket_number
from dashboard.tickets.query import SearchBox, TicketQuery, read_search, ticket_query

ZONE = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("typed", "search"),
    [
        ("", SearchBox()),
        (ticket_number(1), SearchBox(number=ticket_number(1))),
        (f"#{ticket_number(42)}", SearchBox(number=ticket_number(42))),
        ("13812345678", SearchBox(caller="13812345678")),
        ("+86 138 1234 5678", SearchBox(caller="+86 138 1234 5678")),
        ("(0755) 8212-3456", SearchBox(caller="(0755) 8212-3456")),
        ("1502", SearchBox(text="1502")),
        (" 走廊 灯 ", SearchBox(text="走廊 灯")),
    ],
)
def test_what_is_searched_for_is_told_by_its_form(typed: str, search: SearchBox) -> None:
    assert read_search(typed) == search


def test_the_usual_list_is_all_open_tickets() -> None:
    asked = ticket_query()

    assert asked.filter(20, ZONE).open is True
    assert asked.filter(20, ZONE).status is None
    assert not asked.narrowed


def test_a_status_and_all_replace_open() -> None:
    assert ticket_query(status="closed").filter(20, ZONE).status is TicketStatus.CLOSED
    assert ticket_query(status="closed").filter(20, ZONE).open is None
    assert ticket_query(status="all").filter(20, ZONE).open is None


def test_values_that_no_form_sends_are_no_filter() -> None:
    assert ticket_query(ticket_class="<script>", status="x", kind="y") == TicketQuery()


def test_the_address_of_a_list_leads_to_the_same_list() -> None:
    asked = TicketQuery(q="走廊 灯", ticket_class=TicketClass.URGENT, overdue=True, status="all")

    assert asked.address() == (
        "/tickets?q=%E8%B5%B0%E5%BB%8A+%E7%81%AF&ticket_class=urgent&status=all&overdue=true"
    )
    assert asked.address(before=7).endswith("&before=7")
    assert TicketQuery().address() == "/tickets"


def test_days_are_those_of_the_sites_clock_and_both_of_them_count() -> None:
    asked = ticket_query(since=date(2026, 10, 1), until=date(2026, 10, 31), status="all")
    wanted = asked.filter(20, ZONE)

    assert wanted.since == datetime(2026, 10, 1, tzinfo=ZONE)
    assert wanted.until == datetime(2026, 11, 1, tzinfo=ZONE)
    assert asked.address() == "/tickets?status=all&since=2026-10-01&until=2026-10-31"
    assert ticket_query(since=date(1, 1, 1), until=date(9999, 12, 31)) == TicketQuery()
