"""The page of deadlines: each ticket stands where it belongs, with the targets behind it."""

from __future__ import annotations

import re
from datetime import timedelta

from call_logs import Store
from call_logs.tickets import Deadline, NewTicket, TicketClass, TicketKind, WaitsFor
from tests.dashboard.browserless import Visitor
from tests.people import person

WANG = person("wang")


def parts(page: str) -> dict[str, str]:
    """Each section of the page by its id."""
    return dict(re.findall(r'<section class="card pad" id="(\w+)">(.*?)</section>', page, re.S))


async def test_each_ticket_stands_in_one_list(store: Store, operator: Visitor) -> None:
    now = store.clock.now()
    numbers = {}
    for name, came in (("overdue", 10), ("today", 0), ("later", 0), ("waiting", 10), ("done", 10)):
        ticket = await store.tickets.open(
            NewTicket(
                TicketKind.REPAIR,
                ticket_class=TicketClass.GENERAL,
                opened_at=now - timedelta(days=came),
            )
        )
        numbers[name] = ticket.number
        if name in ("today", "later"):
            at = now + timedelta(seconds=1 if name == "today" else 2 * 86_400)
            for each in Deadline:
                await store.deadlines.change(ticket.id, each, at, WANG, "so")
        if name == "waiting":
            await store.deadlines.pause(ticket.id, WaitsFor.PART, WANG, "so")
        if name == "done":
            other = await store.tickets.by_number(numbers["overdue"])
            await store.links.merge(ticket.id, other.id, WANG)

    found = parts((await operator.get("/deadlines")).text)

    # A second later what is due "today" is overdue already: it stands in one of the two.
    late, soon = numbers["overdue"], numbers["today"]
    assert late in found["overdue"]
    assert (soon in found["today"]) != (soon in found["overdue"])
    assert late not in found["today"]
    assert numbers["waiting"] in found["waiting"]
    assert numbers["waiting"] not in found["overdue"]
    for name in ("later", "done"):
        assert not [each for each, text in found.items() if numbers[name] in text]


async def test_the_targets_are_those_of_the_rules(engineer: Visitor) -> None:
    targets = parts((await engineer.get("/deadlines")).text)["targets"]

    assert re.findall(r"<td>(.*?)</td>", targets)[:3] == ["5 minutes", "30 minutes", "30 minutes"]
    assert "Working hours: 09:00-18:00" in targets


async def test_whoever_is_not_signed_in_sees_none(visitor: Visitor) -> None:
    assert (await visitor.get("/deadlines")).status_code == 303
