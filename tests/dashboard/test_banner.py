"""The red banner: what rings now first, then the newest; what is long known is one line."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from call_logs import Store
from call_logs.dispatches import Order
from call_logs.tickets import TicketClass, edit
from call_logs.users import HOTLINE
from dashboard.web.banner import MOST_LINES
from tests.dashboard import night
from tests.dashboard.browserless import Visitor
from tests.people import person

NOW = datetime.now(UTC)


def shown(page: str) -> list[int]:
    return [int(id_) for id_ in re.findall(r'id="urgent-(\d+)"', page)]


def fold(page: str) -> str:
    found = re.search(r'id="urgent-more"[^>]*>(.*?)</a>', page, re.S)
    return " ".join(re.sub("<[^>]+>", " ", found[1]).split()) if found else ""


async def test_a_lift_that_rings_now_stands_before_any_number_of_older_ones(
    store: Store, operator: Visitor
) -> None:
    for days in range(1, 8):
        await night.urgent_ticket(store, NOW - timedelta(days=days))
    newest = [await night.unanswered(store, at=NOW - timedelta(minutes=m)) for m in (30, 20)]
    rings = await night.searching(store, at=NOW - timedelta(minutes=40))

    page = (await operator.part("/nav/urgent")).text

    assert shown(page) == [rings.ticket_id, newest[1].ticket_id, newest[0].ticket_id]
    assert fold(page).startswith("7 older ones that nobody has, the oldest for 7 days")


async def test_what_does_not_fit_is_counted_and_what_rings_is_named(
    store: Store, operator: Visitor
) -> None:
    await night.unanswered(store, at=NOW - timedelta(minutes=1))
    ringing = [await night.searching(store, at=NOW - timedelta(minutes=10 + m)) for m in range(5)]
    page = (await operator.part("/nav/urgent")).text
    assert shown(page) == [each.ticket_id for each in ringing[:MOST_LINES]]
    assert fold(page) == "2 more ring now 1 more"
    assert "6 urgent tickets wait" in page


async def test_what_rings_is_never_stale(store: Store, operator: Visitor) -> None:
    old = await night.searching(store, at=NOW - timedelta(days=2))
    page = (await operator.part("/nav/urgent")).text
    assert shown(page) == [old.ticket_id]
    assert fold(page) == ""


@pytest.mark.parametrize("ticket_class", [TicketClass.GENERAL, TicketClass.URGENT])
async def test_who_is_rung_alone_or_for_a_lamp_is_no_emergency(
    store: Store, operator: Visitor, ticket_class: TicketClass
) -> None:
    await night.company(store)
    ticket = await night.urgent_ticket(store)
    await store.tickets.update(ticket.id, person("operator"), edit(ticket_class=ticket_class))
    policy = (await store.roster.current()).policy("fire")
    once = ticket_class is TicketClass.URGENT
    await store.dispatches.open(
        ticket.id, policy, order=Order("operator", "li", once), actor=HOTLINE
    )
    page = (await operator.part("/nav/urgent")).text
    assert shown(page) == ([ticket.id] if once else [])
    assert "people are being rung" not in page
