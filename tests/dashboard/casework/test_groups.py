"""Cases of several owners on their pages, and by programs."""

from __future__ import annotations

from call_logs import Store
from call_logs.tickets import NewTicket, Ticket
from tests.dashboard.browserless import Program, Visitor
from tests.people import person

OPERATOR = person("operator")


async def three(store: Store) -> list[Ticket]:
    return [
        await store.tickets.open(
            NewTicket(text="no water", category="flooding", building="3", caller=f"138{each:08}")
        )
        for each in range(3)
    ]


def form(tickets: list[Ticket], **more: object) -> dict[str, object]:
    return {"tickets": [str(ticket.id) for ticket in tickets], **more}


async def test_what_is_proposed_is_explained_and_joined(store: Store, operator: Visitor) -> None:
    tickets = await three(store)
    page = (await operator.get("/groups")).text
    assert "3 owners of Building 3 within the hour about Flooding" in " ".join(page.split())
    assert all(ticket.number in page for ticket in tickets)
    answer = await operator.send("/groups/join", **form(tickets[:1]))
    assert answer.status_code == 409
    assert "Tick two tickets or more." in answer.text
    answer = await operator.send("/groups/join", **form(tickets))
    assert answer.status_code == 303
    case = answer.headers["location"]
    assert "Its tickets" in (await operator.get(case)).text
    ticket_page = (await operator.get(f"/tickets/{tickets[0].id}")).text
    assert f'href="{case}"' in ticket_page
    assert "joined it with others to one case" in ticket_page
    assert "Several owners" in ticket_page


async def test_one_text_for_all_then_taken_apart(store: Store, operator: Visitor) -> None:
    tickets = await three(store)
    group = await store.groups.join([ticket.id for ticket in tickets], OPERATOR)
    case = f"/groups/{group.id}"
    answer = await operator.send(f"{case}/tell", version=group.version)
    assert answer.status_code == 409
    assert "Write first what the owner was told." in answer.text
    answer = await operator.send(f"{case}/tell", version=group.version, text="It runs again.")
    assert answer.status_code == 200
    assert {(await store.tickets.get(each.id)).result for each in tickets} == {"It runs again."}
    answer = await operator.send(f"{case}/tell", version=group.version, text="late")
    assert answer.status_code == 409
    answer = await operator.send(f"{case}/take-out", ticket=tickets[0].id)
    assert "The ticket goes on alone." in answer.text
    version = (await store.groups.get(group.id)).version
    answer = await operator.send(f"{case}/take-apart", version=version)
    assert "Write in the note why." in answer.text
    answer = await operator.send(f"{case}/take-apart", version=version, note="three taps")
    assert answer.status_code == 200
    assert "taken apart" in answer.text
    assert (await operator.send(f"{case}/tell", version=9, text="x")).status_code == 409
    assert (await operator.get("/groups/999")).status_code == 404


async def test_what_is_no_case_is_not_proposed_again(store: Store, operator: Visitor) -> None:
    tickets = await three(store)
    answer = await operator.send("/groups/refuse", **form(tickets))
    assert "They are not proposed again." in answer.text
    assert "No case of several owners" in answer.text


async def test_programs_do_the_same(store: Store, program: Program) -> None:
    tickets = await three(store)
    (proposal,) = await program.get("/groups/proposals")
    assert (proposal["reason"]["owners"], proposal["reason"]["building"]) == (3, "3")
    ids = [each["id"] for each in proposal["tickets"]]
    joined = await program.call("POST", "/groups", tickets=ids, note="the pump")
    assert joined.status_code == 201
    case = f"/groups/{joined.json()['id']}"
    assert (await program.get(f"/tickets/{ids[0]}"))["group_id"] == joined.json()["id"]
    told = await program.call("POST", f"{case}/tell", text="It runs.", version=1)
    assert {each["result"] for each in told.json()["tickets"]} == {"It runs."}
    out = await program.call("POST", f"{case}/take-out", ticket=ids[0])
    assert len(out.json()["tickets"]) == 2
    apart = await program.call(
        "POST", f"{case}/take-apart", note="no", version=out.json()["version"]
    )
    assert (apart.json()["status"], apart.json()["tickets"]) == ("ended", [])
    assert await program.get("/groups") == []
    assert (await program.call("POST", "/groups", tickets=[])).status_code == 422
    assert (await program.call("POST", "/groups", tickets=[ids[0]])).status_code == 409
    refused = await program.call("POST", "/groups/refusals", tickets=[tickets[0].id])
    assert refused.status_code == 204
