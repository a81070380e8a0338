"""The page and the file of lessons."""

from __future__ import annotations

from call_logs import Store
from call_logs.tickets import NewTicket, TicketStatus, edit
from tests.dashboard.browserless import Visitor
from tests.people import WRITTEN, person


async def test_lessons_stand_on_a_page_and_go_out_as_a_file(
    store: Store, manager: Visitor, operator: Visitor
) -> None:
    li = person("li")
    ticket = await store.tickets.open(NewTicket(category="lighting"))
    written = edit(lessons="=two bulbs\nin store", cause_kind="worn_out")
    await store.tickets.update(ticket.id, li, written)
    for status in (
        TicketStatus.REGISTERED,
        TicketStatus.RESOLVED,
        TicketStatus.FEEDBACK_GIVEN,
        TicketStatus.CLOSED,
    ):
        await store.tickets.move(ticket.id, status, li, changes=WRITTEN)
    page = (await manager.get("/reports/lessons")).text
    assert "=two bulbs\nin store" in page
    assert "bulb worn out" in page
    assert "has lessons" in (await manager.get("/reports/lessons?month=2020-01")).text
    assert (await manager.get("/reports/lessons?month=soon")).status_code == 422
    file = await manager.get("/reports/lessons/export")
    assert file.text.startswith("\ufeffNumber,Category,Kind of cause")
    assert "'=two bulbs" in file.text
    looks = (await store.access.list(subject="lessons")).items
    assert [each.action for each in looks] == ["exported"]
    assert (await operator.get("/reports/lessons/export")).status_code == 403
