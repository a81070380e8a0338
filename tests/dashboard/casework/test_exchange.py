"""Questions between departments, measures of what is late, and like cases beside a plan."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import update

from call_logs import Store
from call_logs.casework import RecordKind, Unusual, read_record
from call_logs.circles import Confidence
from call_logs.storage import NotAllowed, NotFound
from call_logs.tables.tickets import TicketRow
from call_logs.tickets import NewTicket, Ticket, TicketStatus, edit
from call_logs.users import Actor, Role
from dashboard import create_app
from dashboard.web import DashboardSettings
from dashboard.web.signin import SESSION_COOKIE
from tests.dashboard.browserless import Program, Visitor
from tests.dashboard.conftest import Founded
from tests.people import person
from tests.staff_world import company


async def asked(store: Store, ticket: Ticket, kind: RecordKind, **fields: Any) -> Any:
    new = read_record(kind, fields, whole=True)
    return await store.records.add(ticket.id, new, person("operator"))


async def test_a_department_is_asked_has_a_date_and_answers_on_the_ticket(
    store: Store, operator: Visitor, engineer: Visitor, program: Program
) -> None:
    await company(store)
    ticket = await store.tickets.open(NewTicket(category="lighting"))
    form = {"what": "Is the <wiring> new?", "who": "The engineer", "due": "2026-01-02T09:00"}
    sent = await operator.send(f"/tickets/{ticket.id}/records/new/question", key="k", **form)
    assert sent.status_code == 303
    nobody = await operator.send(
        f"/tickets/{ticket.id}/records/new/question", **{**form, "due": ""}
    )
    assert "Answer until when: It must not be empty." in nobody.text

    (record,) = await store.records.of_ticket(ticket.id, person("operator"))
    assert (record["who"], record["done_at"]) == ("user:engineer", None)
    shown = (await operator.get(f"/tickets/{ticket.id}/casework")).text
    assert "Is the &lt;wiring&gt; new?" in shown
    assert "overdue" in shown
    late = (await operator.get("/deadlines")).text
    assert "Is the &lt;wiring&gt; new?" in late.split('id="questions"')[1]
    (listed,) = await program.get("/tasks?kind=question")
    assert listed["overdue"]
    # Who is asked sees the ticket for that alone, and answers in their own list.
    assert "Is the &lt;wiring&gt; new?" in (await engineer.get("/tasks")).text
    own = f"/tickets/{ticket.id}/records/{record.id}"
    answer = {**form, "who": "The engineer", "answer": "Since May.", "version": record.version}
    assert (await engineer.send(own, **answer)).status_code == 303
    record = await store.records.get(ticket.id, record.id, person("operator"))
    assert (record["done_by"], record["answer"]) == ("engineer", "Since May.")
    assert record["done_at"] is not None
    assert await program.get("/tasks?kind=question") == []
    # An answer that is taken back leaves the question open.
    assert (await engineer.send(own, **form, version=record.version)).status_code == 303
    assert len(await program.get("/tasks?kind=question")) == 1
    assert "asked or answered" in (await operator.get(f"/tickets/{ticket.id}")).text


async def test_a_late_ticket_asks_for_a_measure_with_person_and_date_until_there_is_one(
    store: Store, operator: Visitor, program: Program
) -> None:
    opened = store.clock.now() - timedelta(days=5)
    ticket = await store.tickets.open(NewTicket(category="lighting", opened_at=opened))
    asks = "nobody has said what is done about it"
    assert asks in (await operator.get(f"/tickets/{ticket.id}/casework")).text
    assert "No measure yet." in (await operator.get("/deadlines")).text

    due = f"{store.clock.now() + timedelta(days=2):%Y-%m-%dT%H:%M}"
    form = {"why": "no lamps", "what": "borrow a lamp", "who": "The manager", "due": due}
    await operator.send(f"/tickets/{ticket.id}/records/new/measure", key="k", **form)
    assert asks not in (await operator.get(f"/tickets/{ticket.id}/casework")).text
    late = (await operator.get("/deadlines")).text
    assert "borrow a lamp" in late.split('id="overdue"')[1].split('id="today"')[0]
    assert "The manager" in late
    assert "No measure yet." not in late
    (measure,) = await program.get("/tasks?kind=measure")
    record = measure["record"]
    own = f"/tickets/{ticket.id}/records/{record['id']}"
    assert (await operator.send(f"{own}/done", version=record["version"])).status_code == 303
    # It did not help: the ticket asks again.
    assert asks in (await operator.get(f"/tickets/{ticket.id}/casework")).text


async def done_before(store: Store, days: float, cost: int, **facts: Any) -> Ticket:
    """A closed case of this time and cost."""
    opened = store.clock.now() - timedelta(days=100)
    ticket = await store.tickets.open(
        NewTicket(category="lighting", name="Chen", plan="a new lamp", opened_at=opened, **facts)
    )
    async with store.session() as session:
        await session.execute(
            update(TicketRow)
            .where(TicketRow.id == ticket.id)
            .values(resolved_at=opened + timedelta(days=days), planned_cost=cost)
        )
    return ticket


async def test_like_cases_stand_beside_a_plan_and_a_plan_far_from_them_is_marked(
    store: Store, operator: Visitor, program: Program
) -> None:
    ticket = await store.tickets.open(NewTicket(category="lighting", cause_kind="bulb"))
    manager = person("manager")
    for days in (1, 2):
        await done_before(store, days, 20_000)
    await asked(store, ticket, RecordKind.TASK, what="all lamps", who="manager", cost=90_000)
    ticket = await store.tickets.get(ticket.id)
    assert (await store.precedents.of(ticket, manager)).unusual == ()  # two say nothing
    secret = await done_before(store, 3, 20_000)
    found = await store.precedents.of(ticket, manager)
    assert (found.cases, found.cost, found.took) == (3, 20_000, timedelta(days=2))
    assert found.unusual == (Unusual.DEARER,)
    late = store.clock.now() + timedelta(days=30)
    await asked(store, ticket, RecordKind.TASK, what="wait", who="manager", due=late)
    found = await store.precedents.of(ticket, manager)
    assert found.unusual == (Unusual.DEARER, Unusual.LONGER)
    shown = (await operator.get(f"/tickets/{ticket.id}/casework")).text
    assert "This plan costs far more than such cases did." in shown
    assert "a new lamp" in shown
    assert "Chen" not in shown
    said = await program.get(f"/tickets/{ticket.id}/precedents")
    assert said["unusual"] == ["dearer", "longer"]
    # Of the same cause there are enough: those alone.
    for _ in range(3):
        await done_before(store, 30, 85_000, cause_kind="bulb")
    found = await store.precedents.of(ticket, manager)
    assert (found.same_cause, found.cases, found.unusual) == (True, 3, ())

    # What is sensitive is compared with by nobody who may not see it.
    await store.confidential.put(secret.id, Confidence(True, ("user:manager",)), manager, "why")
    await store.tickets.update(ticket.id, manager, edit(cause_kind=""))
    await program.get(f"/tickets/{ticket.id}")
    assert (await program.get(f"/tickets/{ticket.id}/precedents"))["cases"] == 5
    with pytest.raises(NotAllowed):
        await store.precedents.of(ticket, Actor("x", Role.FIRM))


async def test_who_is_complained_of_does_not_approve_what_is_done_about_it(
    store: Store, manager: Visitor
) -> None:
    ticket = await store.tickets.open(NewTicket(category="lighting"))
    about = Confidence(False, about="user:manager")
    await store.confidential.put(ticket.id, about, person("admin"), "it is about them")
    sent = await manager.send(
        f"/tickets/{ticket.id}/move", status=TicketStatus.REGISTERED, version=2
    )
    assert sent.status_code == 404


async def test_what_is_still_unasked_stands_on_the_ticket_with_a_call_back(
    store: Store, settings: DashboardSettings, founded: Founded, program: Program
) -> None:
    asked_for = {"lighting": ("often", "reach"), "*": ("happened",)}
    app: FastAPI = create_app(store, replace(settings, asked=asked_for))
    ticket = await store.tickets.open(NewTicket(category="lighting", building="3"))
    async with Visitor(app) as one:
        one.http.cookies.set(SESSION_COOKIE, founded.tokens[Role.OPERATOR])
        page = (await one.get(f"/tickets/{ticket.id}")).text
        unasked = page.split('id="unasked"')[1].split("</p>")[0]
        for name in ("Name", "Call-back number", "Since when, how often", "Whom it affects"):
            assert name in unasked
        assert "When it happened" not in unasked
        assert 'value="Name, Call-back number, Since when' in page  # of the call back
        told = edit(often="daily", reach="all", name="Chen", callback="13800138000")
        await store.tickets.update(ticket.id, person("operator"), told)
        assert 'id="unasked"' not in (await one.get(f"/tickets/{ticket.id}")).text
    other = await store.tickets.open(NewTicket(text="x", anonymous=True))
    assert await program.get(f"/tickets/{other.id}/unasked") == ["building"]
    with pytest.raises(NotFound):
        await store.tickets.get(999)
