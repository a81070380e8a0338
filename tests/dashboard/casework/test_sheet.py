"""One ticket on paper."""

from __future__ import annotations

from call_logs import Store
from call_logs.casework import RecordKind, read_record
from call_logs.tickets import NewTicket, edit
from call_logs.users import HOTLINE
from tests.dashboard.browserless import Visitor
from tests.people import person
from tests.pictures import in_pieces, jpeg


async def test_a_ticket_is_printed_with_its_steps_records_evidence_and_lines_to_sign_on(
    store: Store, operator: Visitor, engineer: Visitor, manager: Visitor
) -> None:
    told = NewTicket(
        category="lighting", building="3", text="<dark> stairs", callback="13800138000"
    )
    ticket = await store.tickets.open(told)
    own = f"/tickets/{ticket.id}"
    await store.tickets.update(ticket.id, HOTLINE, edit(name="Ms Li", cause="old bulb"))

    async def add(kind: RecordKind, **fields: object) -> None:
        await store.records.add(ticket.id, read_record(kind, fields, whole=True), person("olga"))

    await add(RecordKind.TASK, what="change the bulb", who="user:manager")
    await add(RecordKind.TASK, what="not this one", who="user:manager", void=True)
    said = {"at": "2026-11-27T15:00:00+08:00", "name": "N"}
    await add(RecordKind.STATEMENT, **said, side="owner", said="it is dark")
    await add(RecordKind.STATEMENT, **said, side="other", said="she broke it herself")
    photo = await store.evidence.add(
        ticket.id, person("olga"), in_pieces(jpeg()), name="stairs.jpg", note="the third lamp"
    )

    assert f'href="{own}/sheet"' in (await operator.get(own)).text
    sheet = (await operator.get(f"{own}/sheet")).text
    shown = [ticket.number, "&lt;dark&gt; stairs", "Ms Li", "13800138000", "old bulb"]
    shown += ["change the bulb", "it is dark", "stairs.jpg", "the third lamp", photo.sha256[:16]]
    shown += ["opened the ticket", "Signatures", "Printed by The operator", "<b>the program</b>"]
    for each in shown:
        assert each in sheet, each
    assert (await operator.send(f"{own}/notes", note="seen")).status_code < 400
    assert "<b>The operator</b>" in (await operator.get(f"{own}/sheet")).text  # not the login name
    assert "not this one" not in sheet
    assert "she broke it herself" not in sheet  # whoever signs it is the other side
    log = (await manager.get("/access?user=operator")).text
    assert "printed" in log

    # Who may not see the ticket, or whom it belongs to, learns no more from paper.
    assert (await engineer.get(f"{own}/sheet")).status_code == 404
    await store.tickets.update(ticket.id, HOTLINE, edit(anonymous=True))
    sheet = (await operator.get(f"{own}/sheet")).text
    assert "kept back" in sheet
    assert "Ms Li" not in sheet
    assert "13800138000" not in sheet
