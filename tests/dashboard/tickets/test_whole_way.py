"""A complaint goes its whole way: received, registered, investigated, handled, replied to, tracked
to its end; no step can be left out."""

from __future__ import annotations

from typing import Any

from call_logs import Store
from call_logs.tickets import TicketFilter, TicketStatus
from tests.dashboard.browserless import Visitor
from tests.dashboard.tickets.test_new_page import form
from tests.people import person

_S = TicketStatus
TOLD = {"cause": "no round on Friday", "plan": "a round each day"}


async def test_a_complaint_goes_its_whole_way_and_no_step_is_left_out(
    store: Store, operator: Visitor, manager: Visitor
) -> None:
    async def move(by: Visitor, to: TicketStatus, **fields: Any) -> int:
        version = (await store.tickets.get(ticket_id)).version
        return (
            await by.send(f"/tickets/{ticket_id}/move", status=to, version=version, **fields)
        ).status_code

    # Received at the window, with who, where, what and how to call back.
    owner = {"name": "Ms Li", "callback": "13800138000", "building": "3"}
    matter = {"category": "garbage", "text": "The bins are full", "ticket_class": "important"}
    reach = {"affected": "several"}
    await operator.send("/tickets/new", **form(kind="complaint", **owner, **matter, **reach))
    (ticket,) = (await store.tickets.list(TicketFilter())).items
    ticket_id, own = ticket.id, f"/tickets/{ticket.id}"
    assert await move(operator, _S.IN_PROGRESS) == 409
    assert ticket.status is _S.REGISTERED  # whoever receives it at the window registers it
    # Investigated: a visit, the word of whoever complains, a department that is asked.
    assert await move(operator, _S.INVESTIGATING) == 200
    at = "2026-11-27T15:00"
    await operator.send(f"{own}/records/new/visit", who="Zhang", at=at, seen="full")
    await operator.send(f"{own}/records/new/statement", side="owner", at=at, said="since Friday")
    asked = {"what": "Was there a round?", "who": "The manager", "due": at}
    await operator.send(f"{own}/records/new/question", **asked)
    # Handled: no plan without a cause, no work without the approval of whoever may give it.
    assert await move(operator, _S.PLANNED, plan="a round") == 409
    assert await move(operator, _S.PLANNED, **TOLD) == 200
    assert await move(operator, _S.IN_PROGRESS) == 409
    assert await move(operator, _S.APPROVED) != 200
    assert await move(manager, _S.APPROVED) == 200
    assert await move(operator, _S.IN_PROGRESS) == 200
    await operator.send(f"{own}/records/new/task", what="empty them", who="The operator")
    task = (await store.records.of_ticket(ticket_id, person("x")))[-1]
    await operator.send(f"/tasks/{ticket_id}/{task.id}/done", version=task.version)
    assert await move(operator, _S.RESOLVED) == 200
    # Replied to: with what was done, and asked how content the owner is.
    assert await move(operator, _S.CLOSED) == 409
    assert await move(operator, _S.FEEDBACK_GIVEN, result="") == 409
    assert await move(operator, _S.FEEDBACK_GIVEN, result="There is a round each day now.") == 200
    # Tracked: not content is not closed, it goes round again.
    assert await move(operator, _S.SURVEYED, satisfaction=2, remark="again full") == 200
    assert (await store.tickets.get(ticket_id)).status is _S.REOPENED
    assert await move(operator, _S.IN_PROGRESS) == 200
    assert await move(operator, _S.RESOLVED) == 200
    assert await move(operator, _S.FEEDBACK_GIVEN, result="Two rounds a day now.") == 200
    assert await move(operator, _S.SURVEYED, satisfaction=5, remark="") == 200
    assert await move(operator, _S.CLOSED) == 200

    ticket = await store.tickets.get(ticket_id)
    assert (ticket.status, ticket.satisfaction, ticket.next_due_at) == (_S.CLOSED, 5, None)
    went = [
        each.changes["status"][1]
        for each in await store.tickets.history(ticket_id)
        if each.action == "moved"
    ]
    whole = [each for each in _S if each not in (_S.RECEIVED, _S.REGISTERED)]
    assert [each for each in whole if each not in went] == []
    assert went.index(_S.APPROVED) < went.index(_S.IN_PROGRESS) < went.index(_S.CLOSED)
    page = (await manager.get(own)).text
    for said in (
        "opened the ticket",
        "wrote down a visit",
        "took a statement",
        "asked or answered",
    ):
        assert said in page
