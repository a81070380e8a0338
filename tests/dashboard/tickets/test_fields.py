"""Each line of the table of a ticket's fields is the whole field: this walks it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from sqlalchemy import text

from call_logs import Store
from call_logs.storage.database import Database
from call_logs.tables.field_types import Choice, Count, Flag, Text
from call_logs.tickets import (
    BY_PEOPLE,
    FIELDS,
    NewTicket,
    TicketField,
    TicketFilter,
    TicketKind,
    edit,
)
from call_logs.users import HOTLINE, Role
from tests.dashboard.browserless import Program, Visitor
from tests.dashboard.tickets.test_page import form
from tests.people import person


@pytest.fixture(autouse=True)
async def heron(store: Store, request: pytest.FixtureRequest) -> None:
    """Somebody that a ticket can be given to."""
    if "assignee" in request.node.name:
        await store.users.add("heron", "a long password", Role.ENGINEER, HOTLINE)


def another(field: TicketField) -> Any:
    """A value that the field can have, and does not have by itself."""
    if field.name == "assignee":
        return "user:heron"
    match field.type:
        case Choice(of):
            return next(each for each in of if each != field.default)
        case Flag():
            return not field.default
        case Count(least):
            return least
        case Text():
            return "heron"
    return ("heron",)


def as_json(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def new_ticket(field: TicketField, value: Any) -> NewTicket:
    given: dict[str, Any] = {"kind": TicketKind.OTHER, field.name: value}
    return NewTicket(**given)


def each(fields: Iterable[TicketField]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("field", fields, ids=lambda field: field.name)


EVERY = FIELDS.values()
OF_PEOPLE = BY_PEOPLE.values()
TEXTS = [field for field in OF_PEOPLE if isinstance(field.type, Text)]
LATE = [field for field in EVERY if field.late]


@each(EVERY)
async def test_a_field_is_kept_changed_and_told_in_the_history(
    store: Store, field: TicketField
) -> None:
    value = another(field)
    told = await store.tickets.open(new_ticket(field, value))
    assert getattr(await store.tickets.get(told.id), field.name) == value

    plain = await store.tickets.open(NewTicket(TicketKind.OTHER))
    changed = await store.tickets.update(
        plain.id, person("li") if field.by_people else HOTLINE, edit(**{field.name: value})
    )

    assert getattr(changed, field.name) == value
    assert getattr(await store.tickets.get(plain.id), field.name) == value
    change = (await store.tickets.history(plain.id))[-1]
    assert change.changes[field.name][1] == as_json(value)


@each(EVERY)
async def test_a_word_finds_its_ticket_where_the_table_says_so(
    store: Store, field: TicketField
) -> None:
    if another(field) != "heron":
        assert not field.searched
        return
    ticket = await store.tickets.open(new_ticket(field, "heron"))
    found = await store.tickets.list(TicketFilter(text="heron"))
    assert [each.id for each in found.items] == ([ticket.id] if field.searched else [])


@each(EVERY)
async def test_an_entry_of_a_program_without_the_field_opens_a_ticket(
    store: Store, field: TicketField
) -> None:
    journal = store.tickets._journal
    entry = {name: each.kept(each.default) for name, each in FIELDS.items() if each is not field}
    times = {"opened_at": "2026-01-01T00:00:00+00:00"}
    done = journal.add(
        "ticket.open", {**entry, **times, "call_id": None, "caller": "", "actor": ""}
    )
    ticket = await journal.settle(done, 10.0)
    assert getattr(ticket, field.name) == field.default


@each(LATE)
async def test_a_row_that_is_older_than_the_field_reads(store: Store, field: TicketField) -> None:
    ticket = await store.tickets.open(NewTicket(TicketKind.OTHER))
    database: Database = store.tickets._database
    async with database.session() as session:
        await session.execute(text(f"UPDATE tickets SET {field.column or field.name} = NULL"))
    assert getattr(await store.tickets.get(ticket.id), field.name) == field.default


@each(OF_PEOPLE)
async def test_a_field_is_corrected_on_the_page(
    store: Store, operator: Visitor, field: TicketField
) -> None:
    ticket = await store.tickets.open(NewTicket(TicketKind.OTHER))
    value = another(field)
    opened = (await operator.get(f"/tickets/{ticket.id}/edit")).text
    assert f'name="{field.name}"' in opened

    sent = form(ticket) | {field.name: "on" if value is True else value}
    answer = await operator.send(f"/tickets/{ticket.id}/edit", **sent)

    assert getattr(await store.tickets.get(ticket.id), field.name) == value
    assert field.label in answer.text


@each(OF_PEOPLE)
async def test_a_form_without_the_field_changes_nothing(
    store: Store, operator: Visitor, field: TicketField
) -> None:
    """A page that was opened before the program was brought up to date."""
    if isinstance(field.type, Flag):
        return  # a box that is not ticked is not sent
    ticket = await store.tickets.open(new_ticket(field, another(field)))
    sent = form(ticket, area="park" if field.name != "area" else "")
    del sent[field.name]

    answer = await operator.send(f"/tickets/{ticket.id}/edit", **sent)

    assert answer.status_code == 422
    assert "reload" in answer.text
    assert await store.tickets.get(ticket.id) == ticket


@each(OF_PEOPLE)
async def test_a_field_goes_through_the_api(
    store: Store, program: Program, field: TicketField
) -> None:
    ticket = await store.tickets.open(NewTicket(TicketKind.OTHER))
    value = another(field)
    path = f"/tickets/{ticket.id}"

    changed = await program.call("PATCH", path, version=ticket.version, **{field.name: value})

    assert changed.json()[field.name] == value
    assert (await program.get(path))[field.name] == value
    if field.type.nullable:
        version = changed.json()["version"]
        emptied = await program.call("PATCH", path, version=version, **{field.name: None})
        assert emptied.json()[field.name] is None


@each(TEXTS)
async def test_a_text_has_its_limit(
    store: Store, program: Program, operator: Visitor, field: TicketField
) -> None:
    assert isinstance(field.type, Text)
    ticket = await store.tickets.open(NewTicket(TicketKind.OTHER))
    much = "x" * (field.type.limit + 1)
    path = f"/tickets/{ticket.id}"
    refused = await program.call("PATCH", path, version=ticket.version, **{field.name: much})
    assert refused.status_code == 422
    refused = await operator.send(f"{path}/edit", **form(ticket, **{field.name: much}))
    assert refused.status_code == 422
    assert await store.tickets.get(ticket.id) == ticket


async def test_the_api_tells_every_field(store: Store, program: Program) -> None:
    ticket = await store.tickets.open(NewTicket(TicketKind.OTHER))
    assert set(FIELDS) <= set(await program.get(f"/tickets/{ticket.id}"))
