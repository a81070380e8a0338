"""How long what is kept, and holds on the ticket's page."""

from __future__ import annotations

from call_logs import Store
from call_logs.casework import TeamPart, read_record
from call_logs.privacy import PURGED
from call_logs.privacy.emptying import empty_evidence, empty_ticket
from call_logs.tables.record_fields import RecordKind
from call_logs.tables.tickets import TicketRow
from call_logs.tickets import NewTicket, edit
from call_logs.tickets.rows import write_history
from tests.dashboard.browserless import Visitor
from tests.dashboard.morning import report
from tests.people import person
from tests.pictures import MP4, in_pieces


async def test_a_manager_sees_times_holds_and_what_went(store: Store, manager: Visitor) -> None:
    told = await report(store)
    await manager.send(f"/tickets/{told.ticket.id}/hold", reason="court case 17")
    await store.destructions.end((await store.destructions.begin_purge("hotline")).id, {"calls": 7})
    text = (await manager.get("/keeping")).text
    assert "1095" in text
    assert "court case 17" in text
    assert "Numbers and events of calls 7" in text


async def test_who_may_not_see_the_system_sees_no_holds(operator: Visitor) -> None:
    assert (await operator.get("/keeping")).status_code == 403


async def test_a_hold_wants_a_reason_and_only_a_manager_lifts_it(
    store: Store, operator: Visitor, manager: Visitor
) -> None:
    told = await report(store)
    address = f"/tickets/{told.ticket.id}"
    assert (await operator.send(f"{address}/hold", reason=" ")).status_code == 422
    assert (
        "Nothing of this case is destroyed"
        in (await operator.send(f"{address}/hold", reason="court")).text
    )
    assert (await operator.send(f"{address}/release", reason="x")).status_code == 403
    assert await store.holds.of(told.ticket.id) is not None
    assert (await manager.send(f"{address}/release", reason="settled")).status_code == 200
    assert await store.holds.of(told.ticket.id) is None
    text = (await manager.get(address)).text
    assert "held it: nothing of it is destroyed" in text
    assert "settled" in text


async def test_the_page_of_a_ticket_that_was_purged_says_so_without_the_content(
    store: Store, manager: Visitor, operator: Visitor
) -> None:
    wang = person("wang")
    ticket = await store.tickets.open(
        NewTicket(text="漏水", name="李先生", building="3", actor=wang)
    )
    other = await store.tickets.open(NewTicket(text="漏水", building="3", actor=wang))
    await store.links.relate(ticket.id, other.id, wang)
    await store.evidence.add(ticket.id, wang, in_pieces(MP4), name="secret.mp4")
    await store.tickets.update(ticket.id, wang, edit(name="王女士", unit="2"))
    said = {"side": "owner", "name": "李", "contact": "", "at": ticket.opened_at, "said": "secret"}
    await store.records.add(ticket.id, read_record(RecordKind.STATEMENT, said, whole=True), wang)
    await store.team.put(ticket.id, "operator", TeamPart.SERVICE, wang, duty="secret")
    async with store.session() as session:
        row = await session.get_one(TicketRow, ticket.id)
        await empty_evidence(session, ticket.id, "hotline")
        await empty_ticket(session, row, store.purge._keys)
        changes = {PURGED: ("tickets", 1095)}
        await write_history(session, row, "hotline", PURGED, changes=changes)
    for visitor in (manager, operator):
        for part in ("", "/state", "/casework"):
            answer = await visitor.get(f"/tickets/{ticket.id}{part}")
            assert answer.status_code == 200
            for gone in ("secret", "王女士", "李先生"):
                assert gone not in answer.text
    page = (await manager.get(f"/tickets/{ticket.id}")).text
    assert "destroyed what was personal (Tickets): kept for 1095 days" in page
    assert other.number in page
