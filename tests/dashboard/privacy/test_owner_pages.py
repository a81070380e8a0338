"""The data of one owner from a page, and a ticket as a sealed file."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

from call_logs import Store
from call_logs.privacy import DestructionKind, verify
from call_logs.tickets import NewTicket, TicketStatus
from tests.dashboard.browserless import Visitor
from tests.people import WRITTEN, person

NUMBER = "13800138000"


async def a_ticket(store: Store) -> int:
    return (await store.tickets.open(NewTicket(text="漏水", callback=NUMBER, building="3"))).id


async def test_a_manager_downloads_an_owners_data_with_a_reason(
    store: Store, manager: Visitor
) -> None:
    await a_ticket(store)
    assert "Download all of it" in (await manager.send("/owner-data/find", number=NUMBER)).text
    refused = await manager.send("/owner-data/export", number=NUMBER, reason=" ")
    assert refused.status_code == 422
    answer = await manager.send("/owner-data/export", number=NUMBER, reason="letter of May")
    assert answer.headers["content-type"] == "application/zip"
    with ZipFile(BytesIO(answer.content)) as file:
        assert "漏水".encode() in file.read("tickets.json")
    text = (await manager.get("/access")).text
    assert "letter of May" in text
    assert NUMBER not in text


async def test_erasing_is_refused_with_the_open_ticket_and_ordered_when_it_is_closed(
    store: Store, manager: Visitor
) -> None:
    ticket = await store.tickets.get(await a_ticket(store))
    refused = await manager.send("/owner-data/erase", number=NUMBER, reason="asked")
    assert refused.status_code == 422
    assert ticket.number in refused.text
    boss = person("wang")
    while ticket.closed_at is None:
        steps = {move.to for move in store.tickets.moves(ticket, boss)} - {TicketStatus.REOPENED}
        to = max(steps, key=list(TicketStatus).index)
        ticket = await store.tickets.move(ticket.id, to, boss, note="x", changes=WRITTEN)
    done = await manager.send("/owner-data/erase", number=NUMBER, reason="asked")
    assert "It is being destroyed" in done.text
    (order,) = await store.destructions.open()
    assert (order.kind, order.reason, order.made_by) == (DestructionKind.OWNER, "asked", "manager")


async def test_who_may_not_export_sees_no_owners_data_and_seals_nothing(
    store: Store, operator: Visitor
) -> None:
    ticket = await a_ticket(store)
    assert (await operator.get("/owner-data")).status_code == 403
    for address in ("/owner-data/find", "/owner-data/export", "/owner-data/erase"):
        assert (await operator.send(address, number=NUMBER, reason="x")).status_code == 403
    assert (await operator.send(f"/tickets/{ticket}/seal")).status_code == 403


async def test_a_ticket_is_sealed_from_its_page(
    store: Store, manager: Visitor, tmp_path: Path
) -> None:
    ticket = await a_ticket(store)
    answer = await manager.send(f"/tickets/{ticket}/seal", reason="court")
    path = tmp_path / "sealed.zip"
    path.write_bytes(answer.content)
    verdict = verify(path)
    assert verdict.whole
    assert verdict.made_by == "manager"
    assert verdict.fingerprint in (await manager.get("/keeping")).text
    assert "sealed it as a file" in (await manager.get(f"/tickets/{ticket}")).text
