"""The knowledge base on its pages, beside tickets and in the API."""

from __future__ import annotations

import re

from call_logs import Store
from call_logs.knowledge import NewArticle
from call_logs.tickets import TicketClass, edit
from call_logs.users import HOTLINE, Role
from tests.dashboard.browserless import Program, Visitor
from tests.dashboard.conftest import Founded
from tests.dashboard.morning import report
from tests.people import person

LAMPS = NewArticle("Dark <lamps>", "Ask which lamp.\nSay: today.", "en", ("lighting",))


async def written(manager: Visitor, **fields: object) -> str:
    """The address of a new article."""
    form = {
        "title": LAMPS.title,
        "text": LAMPS.text,
        "language": "en",
        "categories": ["lighting"],
        **fields,
    }
    answer = await manager.send("/knowledge", **form)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def test_a_manager_writes_and_whoever_works_on_a_ticket_sees_it_beside(
    store: Store, manager: Visitor, engineer: Visitor
) -> None:
    told = await report(store)
    lamp = edit(category="lighting", assignee="engineer")
    await store.tickets.update(told.ticket.id, person("wang"), lamp)
    panel = f"/tickets/{told.ticket.id}/knowledge"
    assert "Ask which lamp" not in (await engineer.part(panel)).text

    address = await written(manager)

    shown = (await engineer.part(panel)).text
    assert "Dark &lt;lamps&gt;" in shown
    assert "Ask which lamp.\nSay: today." in shown
    assert address in shown
    assert panel in (await engineer.get(f"/tickets/{told.ticket.id}")).text
    await store.tickets.update(told.ticket.id, person("wang"), edit(category="fire"))
    assert "Ask which lamp" not in (await engineer.part(panel)).text


async def test_it_stands_beside_a_ticket_that_is_being_written(
    store: Store, manager: Visitor, operator: Visitor
) -> None:
    await written(manager, classes=["urgent"])
    assert 'hx-get="/knowledge/beside"' in (await operator.get("/tickets/new")).text
    beside = "/knowledge/beside?category=lighting&ticket_class="
    assert "Ask which lamp" in (await operator.part(f"{beside}urgent")).text
    assert "Ask which lamp" not in (await operator.part(f"{beside}general")).text


async def test_it_is_corrected_removed_and_brought_back(store: Store, manager: Visitor) -> None:
    address = await written(manager)
    form = (await manager.get(f"{address}/edit")).text
    assert re.search(r'name="categories" value="lighting" checked', form)
    changed = await manager.send(
        address, title="Lamps", text="Ask the floor.", language="en", version=1
    )
    assert changed.status_code == 303
    assert "Lamps</b>" in (await manager.get("/knowledge?text=floor")).text
    await manager.send(f"{address}/remove", version=2)
    assert "Lamps</b>" not in (await manager.get("/knowledge")).text
    assert "Lamps</b>" in (await manager.get("/knowledge?removed=true")).text

    await manager.send(f"{address}/restore", version=3, old=1)

    page = (await manager.get(address)).text
    assert "Dark &lt;lamps&gt;" in page
    assert page.count("<summary>") >= 4  # every version


async def test_whoever_is_slower_keeps_what_was_written_in_the_form(
    store: Store, manager: Visitor
) -> None:
    address = await written(manager)
    await manager.send(address, title="First", text="One.", language="en", version=1)
    late = await manager.send(address, title="Second", text="Two, long.", language="en", version=1)
    assert late.status_code == 409
    assert "Two, long." in late.text
    assert "Somebody else changed this meanwhile" in late.text
    gone = await manager.send(f"{address}/remove", version=1)
    assert gone.status_code == 409
    assert "First" in (await manager.get(address)).text


async def test_what_cannot_be_is_told_and_stays_in_the_form(store: Store, manager: Visitor) -> None:
    answer = await manager.send("/knowledge", title="", text="Only a text.", language="en")
    assert answer.status_code == 422
    assert "Write a title" in answer.text
    assert "Only a text." in answer.text
    assert await store.knowledge.find(HOTLINE) == ()


async def test_an_operator_reads_and_does_not_write(
    store: Store, manager: Visitor, operator: Visitor
) -> None:
    address = await written(manager)
    assert f"{address}/edit" not in (await operator.get(address)).text
    assert "/knowledge/new" not in (await operator.get("/knowledge")).text
    for path in ("/knowledge", address, f"{address}/remove", f"{address}/restore"):
        answer = await operator.send(path, title="x", text="x", language="en", version=1, old=1)
        assert answer.status_code == 403, path


async def test_programs_write_read_and_look(
    store: Store, program: Program, founded: Founded
) -> None:
    body = {"title": "Bins", "text": "Mondays.", "language": "en", "classes": ["general"]}
    assert (await program.call("POST", "/articles", **body)).status_code == 403
    program.http.headers["Authorization"] = f"Bearer {founded.tokens[Role.MANAGER]}"
    made = (await program.call("POST", "/articles", **body)).json()
    assert made["own"] is True
    path = f"/articles/{made['id']}"
    changed = await program.call("PUT", path, **{**body, "text": "Tuesdays.", "version": 1})
    assert changed.json()["version"] == 2
    assert (await program.call("PUT", path, **{**body, "version": 1})).status_code == 409
    assert [each["text"] for each in await program.get("/articles?text=tuesdays")] == ["Tuesdays."]
    told = await report(store, ticket_class=TicketClass.GENERAL)
    beside = await program.get(f"/tickets/{told.ticket.id}/articles?language=en")
    assert [each["id"] for each in beside] == [made["id"]]
    assert (await program.call("POST", f"{path}/remove", version=2)).json()["removed_at"]
    assert await program.get("/articles") == []
    await program.call("POST", f"{path}/restore", old=1, version=3)
    versions = await program.get(f"{path}/versions")
    assert [each["removed"] for each in versions] == [False, True, False, False]
    wrong = await program.call("POST", "/articles", **{**body, "language": "fr"})
    assert (wrong.status_code, wrong.json()["error"]["fields"][0]["field"]) == (422, "language")
