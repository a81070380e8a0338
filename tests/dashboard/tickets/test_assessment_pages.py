"""The first assessment on a ticket's page, in the list and by the API."""

from __future__ import annotations

from call_logs import Store
from call_logs.tickets import Affected, NewTicket, TicketClass, TicketKind
from tests.dashboard.browserless import Visitor


async def test_a_person_assesses_on_the_page(store: Store, operator: Visitor) -> None:
    ticket = await store.tickets.open(
        NewTicket(TicketKind.COMPLAINT, text="整个小区停水", affected=Affected.SITE)
    )
    page = (await operator.get(f"/tickets/{ticket.id}")).text
    assert "Nobody has confirmed it yet" in page
    assert "Perhaps major:" in page
    assert "so many are affected" in page
    assert "The record still lacks:" in page
    listed = (await operator.get("/tickets?unassessed=true&gaps=true")).text
    assert ticket.number in listed
    assert "not assessed" in listed
    assert "when it happened" in listed
    sent = {"version": ticket.version, "affected": "site", "note": "the main is shut"}
    done = await operator.send(
        f"/tickets/{ticket.id}/assessment",
        ticket_class="important",
        category="water_cut",
        major="on",
        **sent,
    )
    assert "The assessment is saved." in done.text
    assert "assessed it" in done.text
    assert "Important, Major, The whole site" in done.text
    now = await store.tickets.get(ticket.id)
    assert (now.ticket_class, now.major, now.category) == (
        TicketClass.IMPORTANT,
        True,
        "water_cut",
    )
    stale = await operator.send(f"/tickets/{ticket.id}/assessment", ticket_class="general", **sent)
    assert stale.status_code == 409
    assert ticket.number not in (await operator.get("/tickets?unassessed=true")).text


async def test_a_program_reads_it_and_a_person_s_program_confirms(
    store: Store, operator: Visitor
) -> None:
    ticket = await store.tickets.open(NewTicket(text="灯坏了", people=4))
    address = f"/api/v1/tickets/{ticket.id}/assessment"
    told = (await operator.get(address)).json()
    assert (told["assessed_at"], told["major_reasons"]) == (None, ["people"])
    assert told["gaps"] == ["building", "callback", "name", "happened"]
    headers = {"X-CSRF-Token": await operator.csrf()}
    body = {"version": told["version"], "affected": "several"}
    done = await operator.http.put(address, json=body, headers=headers)
    assert done.status_code == 200, done.text
    assert (done.json()["affected"], done.json()["assessed_by"]) == ("several", "operator")
    whole = (await operator.get(f"/api/v1/tickets/{ticket.id}")).json()
    assert whole["assessed_by"] == "operator"
    assert whole["priority_reasons"] == ["danger", "several"]
    found = (await operator.get("/api/v1/tickets?assessed=false")).json()
    assert found["items"] == []
