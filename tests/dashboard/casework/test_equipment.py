"""The register of equipment on the pages and by the API."""

from __future__ import annotations

from call_logs import Store
from call_logs.tickets import NewTicket
from tests.dashboard.browserless import Program, Visitor

SHEET = b"name,category,building,supplier,contact\nLift 3,lift_fault,3,<b>Otis</b>,400 820 0000\n"


async def test_equipment_stands_beside_its_tickets_and_lists_them(
    store: Store, manager: Visitor, engineer: Visitor, program: Program
) -> None:
    token = await manager.csrf()
    sent = await manager.http.post(
        "/roster/import",
        data={"csrf_token": token, "kind": "equipment"},
        files={"file": ("lifts.csv", SHEET)},
    )
    assert sent.status_code in (200, 303), sent.text
    ticket = await store.tickets.open(
        NewTicket(category="lift_fault", building="3", assignee="user:engineer")
    )
    beside = (await engineer.get(f"/tickets/{ticket.id}/casework")).text
    assert "400 820 0000" in beside
    assert "&lt;b&gt;Otis" in beside
    (piece,) = await program.get("/equipment")
    page = (await engineer.get(f"/equipment/{piece['id']}")).text
    assert ticket.number in page
    assert "Lift 3" in (await engineer.get("/equipment")).text
    listed = await program.get(f"/equipment/{piece['id']}/tickets")
    assert [each["id"] for each in listed] == [ticket.id]
    assert await program.get(f"/tickets/{ticket.id}/equipment") == [piece]
    assert (await engineer.get("/equipment/99")).status_code == 404
