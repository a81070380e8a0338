"""A ticket that an employee opens: on the page and by a program."""

from __future__ import annotations

import re
from typing import Any

import pytest
from fastapi import FastAPI

from call_logs import Store
from call_logs.storage import StoreBusy
from call_logs.tickets import (
    BY_PEOPLE,
    NewTicket,
    TicketClass,
    TicketKind,
    TicketStatus,
    edit,
)
from dashboard.tickets.form import LATER
from tests.dashboard.browserless import Program, Visitor
from tests.people import person


def form(key: str = "one", **values: Any) -> dict[str, Any]:
    """The form as a browser sends it."""
    fields = {name: field for name, field in BY_PEOPLE.items() if name not in LATER}
    sent = {
        name: field.default or "" for name, field in fields.items() if field.default is not False
    }
    return {"key": key, **sent, "source": "window", **values}


async def tickets(store: Store) -> list[Any]:
    return list((await store.tickets.list()).items)


async def test_who_stands_at_the_window_gets_a_ticket_that_is_read_back(
    store: Store, operator: Visitor
) -> None:
    opened = (await operator.get("/tickets/new")).text
    assert 'name="often"' in opened
    assert 'name="plan"' not in opened

    answer = await operator.send(
        "/tickets/new",
        **form(
            kind="complaint",
            ticket_class="important",
            category="garbage",
            text="The bins were not emptied",
            building="3",
            name="Ms Li",
            callback="13800138000",
            happened="on Friday",
            often="since three days",
            reach="the whole entrance",
            affected="several",
        ),
    )

    assert answer.status_code == 303
    (ticket,) = await tickets(store)
    assert (ticket.source, ticket.often, ticket.reach, ticket.affected) == (
        "window",
        "since three days",
        "the whole entrance",
        "several",
    )
    assert ticket.status is TicketStatus.REGISTERED
    assert ticket.acknowledged_at is not None
    shown = (await operator.get(answer.headers["location"])).text
    for said in ("Ms Li, you told us:", "on Friday", "13800138000", " ".join(ticket.number)):
        assert said in shown
    assert "Read this to the owner" not in (await operator.get(f"/tickets/{ticket.id}")).text
    history = await store.tickets.history(ticket.id)
    assert [(line.action, line.actor) for line in history] == [
        ("opened", "operator"),
        ("moved", "operator"),
    ]


async def test_what_the_page_asks_is_what_is_read(operator: Visitor) -> None:
    """A field that is shown and not read would lose what was entered."""
    page = (await operator.get("/tickets/new")).text
    (asked,) = re.findall(r'<form[^>]*action="/tickets/new".*?</form>', page, re.DOTALL)
    names = set(re.findall(r'<(?:input|select|textarea)[^>]* name="(\w+)"', asked))
    assert names == {name for name in BY_PEOPLE if name not in LATER} | {
        "csrf_token",
        "key",
        "seen_to",
    }


async def test_sent_twice_it_is_one_ticket(store: Store, operator: Visitor) -> None:
    first = await operator.send("/tickets/new", **form(text="a lamp"))
    again = await operator.send("/tickets/new", **form(text="a lamp"))
    other = await operator.send("/tickets/new", **form("two", text="a lamp"))

    assert first.headers["location"] == again.headers["location"] != other.headers["location"]
    assert len(await tickets(store)) == 2


async def test_the_same_key_of_another_person_is_another_ticket(store: Store) -> None:
    for name in ("li", "zhao"):
        await store.tickets.open(NewTicket(TicketKind.OTHER, actor=person(name), key="one"))
    assert len(await tickets(store)) == 2


@pytest.mark.parametrize(
    ("seen_to", "status"), [("on", TicketStatus.REGISTERED), (None, TicketStatus.RECEIVED)]
)
async def test_an_urgent_one_rings_people_unless_somebody_is_on_it(
    store: Store, operator: Visitor, seen_to: str | None, status: TicketStatus
) -> None:
    asked = {"seen_to": seen_to} if seen_to else {}
    await operator.send("/tickets/new", **form(text="smoke", ticket_class="urgent", **asked))

    (ticket,) = await tickets(store)
    assert ticket.status is status
    unsought = await store.tickets.unsought(ticket.opened_at)
    assert [each.id for each in unsought] == ([] if seen_to else [ticket.id])


async def test_what_says_nothing_is_not_saved_and_the_entries_stay(
    store: Store, operator: Visitor
) -> None:
    answer = await operator.send("/tickets/new", **form(building="17", name="Ms Li"))

    assert answer.status_code == 422
    assert 'value="17"' in answer.text
    assert "Write what happened" in answer.text
    assert await tickets(store) == []


async def test_the_same_matter_of_the_day_is_shown(store: Store, operator: Visitor) -> None:
    alike = NewTicket(TicketKind.REPAIR, category="flooding", building="3", text="water below")
    there = await store.tickets.open(alike)
    for other in ("4", "33"):
        await store.tickets.open(
            NewTicket(TicketKind.REPAIR, category="flooding", building=other, unit="3")
        )

    shown = (await operator.part("/tickets/alike?building=3&category=flooding")).text
    assert there.number in shown
    assert shown.count("<li>") == 1
    assert (await operator.part("/tickets/alike?building=3&category=lift")).text.strip() == ""


async def test_while_the_database_is_away_nothing_that_was_written_is_lost(
    store: Store, operator: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = store.tickets._journal
    write = journal._transaction

    async def away(entries: Any) -> Any:
        raise StoreBusy("away")

    monkeypatch.setattr(journal, "_transaction", away)
    answer = await operator.send("/tickets/new", **form(text="a lamp"))
    assert answer.status_code == 202
    assert "follows by itself" in answer.text

    monkeypatch.setattr(journal, "_transaction", write)
    await operator.send("/tickets/new", **form(text="a lamp"))  # sent again: still one
    await journal.flush()
    assert len(await tickets(store)) == 1


async def test_a_program_opens_a_ticket_once(store: Store, program: Program) -> None:
    body = {"kind": "repair", "text": "a lamp", "building": "3", "source": "message", "major": True}
    for _ in range(2):
        answer = await program.http.post(
            "/api/v1/tickets", json=body, headers={"Idempotency-Key": "abc"}
        )
        assert answer.status_code == 201
    (ticket,) = await tickets(store)
    assert answer.headers["location"] == f"/api/v1/tickets/{ticket.id}"
    assert (ticket.source, ticket.major, ticket.ticket_class) == (
        "message",
        True,
        TicketClass.GENERAL,
    )

    alike = await program.get("/tickets/alike?building=3&category=")
    assert [each["id"] for each in alike] == [ticket.id]
    assert await program.get("/tickets/alike?building=3&category=lift") == []
    refused = await program.call("POST", "/tickets", building="3")
    assert refused.status_code == 422
    assert (await program.call("POST", "/tickets", text="x", colour="red")).status_code == 422


async def test_nobody_opens_one_without_signing_in(app: FastAPI, visitor: Visitor) -> None:
    assert (await visitor.get("/tickets/new")).status_code in {303, 401}


async def test_a_ticket_that_was_corrected_is_not_opened_anew(store: Store) -> None:
    new = NewTicket(TicketKind.OTHER, text="a lamp", actor=person("li"), key="one")
    ticket = await store.tickets.open(new)
    changed = await store.tickets.update(ticket.id, person("li"), edit(text="two lamps"))
    assert await store.tickets.open(new) == changed


async def test_what_no_database_keeps_is_left_out(store: Store, program: Program) -> None:
    answer = await program.call("POST", "/tickets", text="a\0 lamp", category="lighting\0")
    assert answer.json()["text"] == "a lamp"
    (ticket,) = await tickets(store)
    assert ticket.category == "lighting"
