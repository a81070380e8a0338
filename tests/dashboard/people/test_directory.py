"""Departments and people: page, API and command."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from call_logs import Store
from call_logs.tickets import NewTicket
from tests.dashboard.browserless import Program, Visitor
from tests.people import person
from tests.staff_world import away, company


async def test_the_page_shows_who_heads_what_who_is_away_and_what_each_has(
    store: Store, operator: Visitor, engineer: Visitor
) -> None:
    assert "There is no department yet" in (await engineer.get("/people")).text
    await company(store)
    today = datetime.now().date()
    await away(store, "wang", str(today - timedelta(days=2)), str(today + timedelta(days=2)))
    for who in ("li", "li", "repairs"):
        await store.tickets.open(NewTicket(assignee=who, actor=person("olga")))
    text = (await operator.get("/people")).text
    for expected in ("工程部", "周主任", "away", "Head", "Deputy", "2 open", "1 open", "赵经理"):
        assert expected in text
    assert "Add a department" not in text  # an operator edits no roster
    assert "13800138001" not in text
    mine = await operator.get("/tickets?assignee=person:li")
    assert "2</b> open" in mine.text or "2 found" in mine.text
    text = (await engineer.get("/people")).text  # who does not see them is told no wrong number
    assert "赵经理" in text
    assert not re.search(r"\d open", text)


async def test_a_manager_gets_to_the_form_of_a_department(store: Store, manager: Visitor) -> None:
    await company(store)
    page = (await manager.get("/people")).text
    assert "/roster/entry/department/repairs" in page
    form = await manager.get("/roster/entry/department/+")
    assert "head = " in form.text
    saved = await manager.send(
        "/roster/entry/department/+", version=0, text='id = "green"\nname = "绿化部"\nhead = "li"\n'
    )
    assert saved.status_code == 303
    assert "绿化部" in (await manager.get("/people")).text


async def test_a_program_reads_the_directory(store: Store, program: Program) -> None:
    await company(store)
    await store.tickets.open(NewTicket(assignee="repairs", actor=person("olga")))
    found = await program.get("/people")
    (department,) = found["departments"]
    assert department["ref"] == "department:repairs"
    assert department["members"] == ["head", "wang", "li"]
    assert department["tickets"] == {"open": 1, "overdue": 0}
    second = next(each for each in found["members"] if each["ref"] == "person:second")
    assert (second["can_be_told"], second["departments"]) == (False, [])
