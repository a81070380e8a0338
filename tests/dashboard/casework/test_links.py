"""Merging, splitting and linking on a ticket's page, and by programs."""

from __future__ import annotations

from call_logs import Store
from call_logs.tickets import NewTicket, Ticket, TicketClass
from tests.dashboard.browserless import Program, Visitor


async def two(store: Store) -> tuple[Ticket, Ticket]:
    return (
        await store.tickets.open(NewTicket(text="no water", building="3", name="Wang")),
        await store.tickets.open(NewTicket(text="water is gone", building="3")),
    )


async def test_an_operator_merges_by_number_and_undoes_it(store: Store, operator: Visitor) -> None:
    one, other = await two(store)
    page = f"/tickets/{one.id}"
    spoken = f"{other.number[:3]} {other.number[3:]}"
    answer = await operator.send(f"{page}/merge", number=spoken, version=one.version, note="pipe")
    assert answer.status_code == 200
    assert "The ticket is merged." in answer.text
    assert "It was merged: the other ticket takes the steps." in answer.text
    assert f'href="/tickets/{other.id}"' in answer.text
    taken_in = (await operator.get(f"/tickets/{other.id}")).text
    assert "The same matter, worked on here" in taken_in
    assert f"merged into it ticket {one.number}" in " ".join(taken_in.split())
    assert one.number not in (await operator.get("/tickets")).text
    everything = (await operator.get("/tickets?status=all")).text
    assert one.number in everything
    assert "Merged" in everything
    merged = await store.tickets.get(one.id)
    answer = await operator.send(f"{page}/unmerge", version=merged.version)
    assert answer.status_code == 409
    assert "Write in the note why." in answer.text
    answer = await operator.send(f"{page}/unmerge", version=merged.version, note="another flat")
    assert answer.status_code == 200
    assert (await store.tickets.get(one.id)).merged_into is None


async def test_what_stands_against_it_is_told_in_words(store: Store, operator: Visitor) -> None:
    one, other = await two(store)
    urgent = await store.tickets.open(NewTicket(ticket_class=TicketClass.URGENT))
    for ticket, fields, said in (
        (one, {"number": "12"}, "There is no ticket with this number."),
        (one, {"number": one.number}, "A ticket has nothing to do with itself"),
        (one, {"number": other.number, "version": 9}, "Somebody else changed this meanwhile."),
        (urgent, {"number": one.number}, "The other ticket is of a lower class"),
    ):
        version = {"version": ticket.version} | fields
        answer = await operator.send(f"/tickets/{ticket.id}/merge", **version)
        assert answer.status_code == 409
        assert said in answer.text
    assert (await operator.send("/tickets/999/merge", number="1", version=1)).status_code == 404


async def test_a_second_matter_gets_a_page_of_its_own(store: Store, operator: Visitor) -> None:
    one, _ = await two(store)
    page = f"/tickets/{one.id}"
    answer = await operator.send(f"{page}/split", version=one.version)
    assert answer.status_code == 409
    assert "Write what the second matter is" in answer.text
    answer = await operator.send(f"{page}/split", version=one.version, text="the lamp too")
    assert answer.status_code == 200
    assert "the lamp too" in answer.text
    (new,) = (await store.links.of(one.id)).split_off
    assert (new.name, new.building, new.text) == ("Wang", "3", "the lamp too")
    assert "Split off from" in (await operator.get(f"/tickets/{new.id}")).text


async def test_tickets_are_linked_and_unlinked(store: Store, operator: Visitor) -> None:
    one, other = await two(store)
    answer = await operator.send(f"/tickets/{one.id}/related", number=other.number)
    assert "The tickets are linked." in answer.text
    assert other.number in answer.text
    answer = await operator.send(f"/tickets/{one.id}/unrelate", other=other.id)
    assert "The link is taken away." in answer.text
    assert (await store.links.of(one.id)).related == ()


async def test_programs_do_the_same(store: Store, program: Program) -> None:
    one, other = await two(store)
    answer = await program.call(
        "POST", f"/tickets/{one.id}/merge", into=other.id, version=one.version
    )
    assert answer.json()["merged_into"]["number"] == other.number
    assert (await program.get(f"/tickets/{one.id}"))["merged_into"] == other.id
    refused = await program.call("POST", f"/tickets/{other.id}/merge", into=one.id, version=2)
    assert refused.status_code == 409
    assert "merged itself" in refused.json()["error"]["detail"]
    back = await program.call(
        "POST", f"/tickets/{one.id}/unmerge", version=one.version + 1, note="no"
    )
    assert back.json()["merged_into"] is None
    new = await program.call(
        "POST", f"/tickets/{one.id}/split", version=back.json()["version"], text="a lamp"
    )
    assert new.status_code == 201
    await program.call("POST", f"/tickets/{one.id}/related", other=other.id)
    links = await program.get(f"/tickets/{one.id}/links")
    assert [each["id"] for each in links["split_off"]] == [new.json()["id"]]
    assert [each["id"] for each in links["related"]] == [other.id]
    answer = await program.call("DELETE", f"/tickets/{one.id}/related/{other.id}")
    assert answer.json()["related"] == []
    nowhere = await program.call("POST", "/tickets/999/merge", into=one.id, version=1)
    assert nowhere.status_code == 404
