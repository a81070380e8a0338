"""The team of a ticket on its page and by the API."""

from __future__ import annotations

import pytest

from call_logs import Store
from call_logs.tickets import NewTicket, TicketClass
from tests.dashboard.browserless import Program, Visitor
from tests.staff_world import company


@pytest.fixture(autouse=True)
async def departments(store: Store) -> None:
    await company(store)


async def test_the_proposed_team_is_taken_in_changed_and_taken_out(
    store: Store, operator: Visitor
) -> None:
    ticket = await store.tickets.open(
        NewTicket(ticket_class=TicketClass.IMPORTANT, category="lighting")
    )
    page = f"/tickets/{ticket.id}"
    shown = (await operator.get(page)).text
    assert "Proposed by class and category" in shown
    taken = await operator.send(f"{page}/team/proposed", version=ticket.version)
    assert "The team is put together." in taken.text
    assert "finds the cause" in taken.text  # the usual duty of a technician
    late = await operator.send(f"{page}/team/proposed", version=ticket.version)
    assert late.status_code == 409
    version = (await store.tickets.get(ticket.id)).version
    duty = {"member": "person:li", "part": "technician", "duty": "changes the lamp"}
    changed = await operator.send(f"{page}/team", version=version, **duty)
    assert "changes the lamp" in changed.text
    version += 1
    out = await operator.send(f"{page}/team/remove", version=version, member="person:li")
    assert "The team is changed." in out.text
    assert "person:li" not in {each.member for each in await store.team.of(ticket.id)}
    assert "took out of the team" in out.text
    wrong = {"version": version + 1, "member": "person:nemo", "part": "technician"}
    assert "nobody of the directory" in (await operator.send(f"{page}/team", **wrong)).text
    for bad in ({"part": "king"}, {"duty": "x" * 501}, {"version": "x"}):
        answer = await operator.send(f"{page}/team", **{**wrong, **bad})
        assert answer.status_code == 422


async def test_a_program_reads_and_changes_it(store: Store, program: Program) -> None:
    ticket = await store.tickets.open(NewTicket(category="lighting"))
    path = f"/tickets/{ticket.id}/team"
    assert (await program.get(path))["proposed"] == [{"member": "person:li", "part": "post"}]
    body = {"member": "李工", "part": "post", "version": ticket.version}
    put = (await program.call("PUT", path, **body)).json()
    assert [each["member"] for each in put["members"]] == ["person:li"]
    assert put["proposed"] == []
    assert (await program.call("PUT", path, **body)).status_code == 409
    nobody = await program.call("PUT", path, **{**body, "member": "nemo"})
    assert nobody.status_code == 422
    gone = await program.call("DELETE", f"{path}?member=person:li")
    assert gone.json()["members"] == []
    assert (await program.call("DELETE", f"{path}?member=person:li")).status_code == 404
