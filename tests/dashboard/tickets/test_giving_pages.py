"""A ticket is given to somebody of the directory: page, list and API."""

from __future__ import annotations

import pytest

from call_logs import Store
from call_logs.tickets import NewTicket
from call_logs.users import HOTLINE
from tests.dashboard.browserless import Program, Visitor
from tests.people import person
from tests.staff_world import company


@pytest.fixture(autouse=True)
async def departments(store: Store) -> None:
    await company(store)


async def test_the_department_of_the_category_is_proposed_and_given_with_one_press(
    store: Store, operator: Visitor
) -> None:
    ticket = await store.tickets.open(NewTicket(category="lighting"))
    page = f"/tickets/{ticket.id}"
    assert "Give to 工程部" in (await operator.get(page)).text
    sent = {"version": ticket.version, "to": "department:repairs"}
    given = await operator.send(f"{page}/give", **sent)
    assert "who has it now is told" in given.text
    assert "Give to" not in given.text
    assert "Who was told" in given.text
    assert (await store.tickets.get(ticket.id)).assignee == "department:repairs"
    twice = await operator.send(f"{page}/give", **sent)
    assert twice.status_code == 409
    sent["version"] = (await store.tickets.get(ticket.id)).version
    nobody = await operator.send(f"{page}/give", **{**sent, "to": "person:nemo"})
    assert nobody.status_code == 409
    assert "nobody of the directory" in nobody.text
    assert (await operator.send(f"{page}/give", **{**sent, "to": "x" * 101})).status_code == 422
    unknown = await operator.send("/tickets/999999/give", **sent)
    assert unknown.status_code == 404


async def test_nothing_is_proposed_for_what_somebody_has_or_no_department_takes(
    store: Store, operator: Visitor
) -> None:
    had = await store.tickets.open(
        NewTicket(category="lighting", assignee="li", actor=person("olga"))
    )
    noise = await store.tickets.open(NewTicket(category="noise"))
    for ticket in (had, noise):
        assert "Give to" not in (await operator.get(f"/tickets/{ticket.id}")).text


async def test_the_list_shows_names_and_mine_my_departments_and_nobodys(
    store: Store, operator: Visitor
) -> None:
    await store.users.update("operator", HOTLINE, person="wang")
    for who in ("wang", "li", "boss", ""):
        await store.tickets.open(
            NewTicket(text=f"of {who or 'none'}", assignee=who, actor=person("olga"))
        )
    shown = {}
    for whose in ("", "mine", "department", "nobody", "nonsense"):
        text = (await operator.get(f"/tickets?whose={whose}")).text
        shown[whose] = {who for who in ("wang", "li", "boss", "none") if f">of {who}<" in text}
    everybody = {"wang", "li", "boss", "none"}
    assert shown == {
        "": everybody,
        "mine": {"wang"},
        "department": {"wang", "li"},
        "nobody": {"none"},
        "nonsense": everybody,
    }
    assert "赵经理" in (await operator.get("/tickets")).text


async def test_programs_name_people_as_they_like_and_hear_whom_they_did_not_name(
    store: Store, program: Program
) -> None:
    ticket = await store.tickets.open(NewTicket())
    path = f"/tickets/{ticket.id}"
    refused = await program.call("PATCH", path, version=ticket.version, assignee="nemo")
    assert refused.status_code in (400, 422)
    assert "assignee" in refused.text
    given = await program.call("PATCH", path, version=ticket.version, assignee="李工")
    assert given.json()["assignee"] == "person:li"
    for written in ("li", "李工", "person:li"):
        found = await program.get(f"/tickets?assignee={written}")
        assert [each["id"] for each in found["items"]] == [ticket.id]
    assert (await program.get("/tickets?whose=nobody"))["items"] == []
    assert (await program.call("GET", "/tickets?whose=all")).status_code == 422


async def test_a_user_is_linked_to_somebody_of_the_roster_and_to_nobody_else(
    store: Store, admin: Visitor
) -> None:
    user = await store.users.get("operator")
    page = f"/users/{user.id}"
    sent = {"role": "operator", "active": "true", "full_name": ""}
    await admin.send(page, **sent, person="wang")
    assert (await store.users.get("operator")).person == "wang"
    wrong = await admin.send(page, **sent, person="nemo")
    assert wrong.status_code == 422
    assert "nemo is not on the roster" in wrong.text
    other = await store.users.get("engineer")
    taken = await admin.send(f"/users/{other.id}", role="engineer", active="true", person="wang")
    assert "already" in taken.text
    await admin.send(page, **sent)  # a form of an older page says nothing of it
    assert (await store.users.get("operator")).person == "wang"
    await admin.send(page, **sent, person="+")
    assert (await store.users.get("operator")).person == ""
