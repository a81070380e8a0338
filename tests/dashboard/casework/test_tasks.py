"""My tasks: the page and the API."""

from __future__ import annotations

from call_logs import Store
from call_logs.casework import RecordKind, read_record
from call_logs.tickets import NewTicket
from tests.dashboard.browserless import Program, Visitor
from tests.people import person


async def planned(store: Store, who: str) -> tuple[int, int]:
    ticket = await store.tickets.open(NewTicket())
    new = read_record(RecordKind.TASK, {"what": "a <new> bulb", "who": who}, whole=True)
    record = await store.records.add(ticket.id, new, person("manager"))
    return ticket.id, record.id


async def test_whoever_is_signed_in_sees_the_own_tasks_and_ends_one(
    store: Store, operator: Visitor
) -> None:
    ticket_id, record_id = await planned(store, "operator")
    await planned(store, "manager")
    page = (await operator.get("/tasks")).text
    assert "a &lt;new&gt; bulb" in page
    assert page.count('id="task-') == 1
    record = await store.records.get(ticket_id, record_id, person("manager"))
    assert record["who"] == "user:operator"
    await operator.send(f"/tasks/{ticket_id}/{record_id}/done", version=record.version)
    after = await store.records.get(ticket_id, record_id, person("manager"))
    assert after["done_by"] == "The operator"
    assert "Nothing is to be done." in (await operator.get("/tasks")).text


async def test_the_ticket_and_the_form_show_names_and_offer_the_directory(
    store: Store, operator: Visitor
) -> None:
    ticket_id, record_id = await planned(store, "manager")
    form = (await operator.get(f"/tickets/{ticket_id}/records/{record_id}")).text
    assert 'value="The manager"' in form
    assert "user:manager" not in form
    assert "user:manager" not in (await operator.get(f"/tickets/{ticket_id}/casework")).text


async def test_a_program_reads_its_own_tasks_and_another_s(store: Store, program: Program) -> None:
    _, record_id = await planned(store, "operator")
    _, other_id = await planned(store, "The manager")
    (task,) = await program.get("/tasks")
    assert (task["record"]["id"], task["holder"]) == (record_id, "user:operator")
    (task,) = await program.get("/tasks?holder=manager")
    assert task["record"]["id"] == other_id
