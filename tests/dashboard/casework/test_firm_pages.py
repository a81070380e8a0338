"""Somebody of an outside firm at the pages, and the administrator who lets them in."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI

from call_logs import Store
from call_logs.tickets import NewTicket, Ticket
from call_logs.users import Role
from tests.dashboard.browserless import Visitor
from tests.dashboard.conftest import PASSWORD
from tests.firm_world import FIRM, OTHER_FIRM, WORKER, firms, task_for, worker
from tests.people import person
from tests.pictures import PDF, jpeg

FIRST = "first password 1"


@pytest.fixture
async def ticket(store: Store) -> Ticket:
    await firms(store)
    return await store.tickets.open(NewTicket(text="the lift rattles", building="3"))


@pytest.fixture
async def lu(app: FastAPI, store: Store, ticket: Ticket) -> AsyncIterator[Visitor]:
    """Somebody of a firm, signed in."""
    await worker(store, PASSWORD)
    async with Visitor(app) as one:
        await one.sign_in(WORKER, PASSWORD)
        yield one


async def test_signing_in_leads_to_the_tasks_wherever_one_wanted_to_go(
    store: Store, ticket: Ticket, visitor: Visitor
) -> None:
    await worker(store, PASSWORD)
    for wanted in ("/tickets", "/", "/firm/tasks/1"):
        answer = await visitor.sign_in(WORKER, PASSWORD, next=wanted)
        expected = "/firm/tasks" if wanted == "/tickets" else wanted
        assert answer.headers["location"] == expected
        visitor.http.cookies.delete("hotline_session")
    await visitor.sign_in(WORKER, PASSWORD)
    assert (await visitor.get("/")).headers["location"] == "/firm/tasks"


async def test_a_task_goes_its_way_by_four_presses_and_the_company_reads_it(
    store: Store, ticket: Ticket, lu: Visitor
) -> None:
    record = await task_for(store, ticket.id, what="grease <it>")
    address = f"/firm/tasks/{record.id}"
    page = (await lu.get("/firm/tasks")).text
    assert "grease &lt;it&gt;" in page
    assert f'href="{address}"' in page

    for step in ("acknowledge", "arrived"):
        assert (await lu.send(f"{address}/{step}")).headers["location"] == address
    assert (await lu.send(f"{address}/notes", note="the <door>")).status_code == 303
    photo = {"file": ("a.jpg", jpeg(), "image/jpeg")}
    form = {"csrf_token": await lu.csrf(), "note": "the roller"}
    sent = await lu.http.post(f"{address}/photos", data=form, files=photo)
    assert sent.status_code == 303
    assert (await lu.send(f"{address}/done")).status_code == 303

    page = (await lu.get(address)).text
    assert "the &lt;door&gt;" in page
    assert "the roller" in page
    assert "/done" not in page
    (shown,) = await store.evidence.of_ticket(ticket.id, person("olga"))
    assert (await lu.get(f"{address}/photos/{shown.id}")).status_code == 200
    after = await store.records.get(ticket.id, record.id, person("olga"))
    assert (after["done_by"], after["notes"]) == (WORKER, "the <door>")
    seen = (await store.access.list(user_name=WORKER)).items
    assert {("looked", "ticket"), ("looked", "evidence"), ("listed", "task")} <= {
        (each.action, each.subject) for each in seen
    }


async def test_what_is_not_taken_is_said_on_the_page(
    store: Store, ticket: Ticket, lu: Visitor
) -> None:
    address = f"/firm/tasks/{(await task_for(store, ticket.id)).id}"

    empty = await lu.send(f"{address}/notes", note=" ")
    paper = {"file": ("a.pdf", PDF, "application/pdf")}
    form = {"csrf_token": await lu.csrf()}
    wrong = await lu.http.post(f"{address}/photos", data=form, files=paper)
    forged = await lu.http.post(f"{address}/photos", data={"csrf_token": "x"}, files=paper)

    assert (empty.status_code, wrong.status_code, forged.status_code) == (422, 422, 403)
    assert await store.evidence.of_ticket(ticket.id, person("olga")) == ()


async def test_who_must_choose_a_password_first_sends_nothing(
    app: FastAPI, store: Store, ticket: Ticket
) -> None:
    await worker(store, PASSWORD)
    await store.users.set_password(WORKER, FIRST, person("admin", Role.ADMIN), must_change=True)
    address = f"/firm/tasks/{(await task_for(store, ticket.id)).id}"
    async with Visitor(app) as one:
        await one.sign_in(WORKER, FIRST)
        assert (await one.get(address)).headers["location"] == "/account"
        photo = {"file": ("a.jpg", jpeg(), "image/jpeg")}
        sent = await one.http.post(f"{address}/photos", data={"csrf_token": "x"}, files=photo)
        assert sent.headers["location"] == "/account"


async def test_an_open_page_is_closed_when_the_firm_is_switched_off(
    store: Store, ticket: Ticket, lu: Visitor
) -> None:
    assert (await lu.get("/firm/tasks")).status_code == 200

    await firms(store, active=False)

    assert (await lu.get("/firm/tasks")).status_code == 303
    assert (await lu.get("/api/v1/firm/tasks")).status_code == 401
    assert (await lu.sign_in(WORKER, PASSWORD)).status_code == 401


async def test_an_administrator_makes_the_account_and_it_must_name_its_firm(
    store: Store, ticket: Ticket, admin: Visitor
) -> None:
    account = {"name": "lu", "role": "firm", "password": FIRST}

    without = await admin.send("/users", **account)
    nowhere = await admin.send("/users", **account, firm="person:nobody")
    made = await admin.send("/users", **account, firm=FIRM)

    assert (without.status_code, nowhere.status_code) == (422, 422)
    assert "Choose the firm" in without.text
    assert made.headers["location"] == "/users?done=added"
    user = await store.users.get("lu")
    assert (user.role, user.firm) == (Role.FIRM, FIRM)

    moved = await admin.send(f"/users/{user.id}", role="firm", active="true", firm=OTHER_FIRM)
    bare = await admin.send(f"/users/{user.id}", role="firm", active="true")
    assert (moved.status_code, bare.status_code) == (303, 422)
    assert (await store.users.get("lu")).firm == OTHER_FIRM
    await admin.send(f"/users/{user.id}", role="engineer", active="true", firm=OTHER_FIRM)
    assert (await store.users.get("lu")).firm == ""


async def test_whoever_is_of_a_firm_that_is_off_can_still_be_switched_off(
    store: Store, ticket: Ticket, admin: Visitor
) -> None:
    await worker(store, PASSWORD)
    user = await store.users.get(WORKER)
    await firms(store, active=False)

    answer = await admin.send(f"/users/{user.id}", role="firm", firm=FIRM)

    assert answer.status_code == 303
    assert not (await store.users.get(WORKER)).active
