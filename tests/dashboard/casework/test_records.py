"""Records of a case on the pages and by the API."""

from __future__ import annotations

from typing import Any

import pytest

from call_logs import Store
from call_logs.casework import RecordKind, read_record
from call_logs.tickets import NewTicket, Ticket, edit
from call_logs.users import HOTLINE
from tests.dashboard.browserless import Program, Visitor
from tests.pictures import PDF

VISIT = {
    "who": "Zhang",
    "at": "2026-11-27T15:00",
    "seen": "<i>dark</i>",
    "findings.bulb": "burnt",
    "findings.wiring": "",
}


@pytest.fixture
async def ticket(store: Store) -> Ticket:
    """The engineer has it."""
    new = NewTicket(category="lighting", text="the lamp is dark", assignee="user:engineer")
    return await store.tickets.open(new)


async def only(store: Store, ticket: Ticket) -> Any:
    (record,) = await store.records.of_ticket(ticket.id, HOTLINE)
    return record


async def test_a_visit_is_written_down_with_its_checklist_and_stands_on_the_ticket(
    store: Store, engineer: Visitor, ticket: Ticket
) -> None:
    form = (await engineer.get(f"/tickets/{ticket.id}/records/new/visit")).text
    assert 'name="findings.bulb"' in form
    assert 'value="The engineer"' in form
    for _ in range(2):  # sent twice
        sent = await engineer.send(f"/tickets/{ticket.id}/records/new/visit", key="k", **VISIT)
        assert sent.status_code == 303
    record = await only(store, ticket)
    assert record["at"].isoformat() == "2026-11-27T07:00:00+00:00"  # by the site's clock
    assert record["findings"] == {"bulb": "burnt"}
    shown = (await engineer.get(f"/tickets/{ticket.id}/casework")).text
    assert "&lt;i&gt;dark" in shown
    assert "bulb: burnt" in shown
    page = (await engineer.get(f"/tickets/{ticket.id}")).text
    assert "wrote down a visit" in page
    opened = (await engineer.get(f"/tickets/{ticket.id}/records/{record.id}")).text
    assert 'value="2026-11-27T15:00"' in opened
    assert 'value="burnt"' in opened


async def test_a_photo_belongs_to_its_visit(
    store: Store, operator: Visitor, ticket: Ticket
) -> None:
    await operator.send(f"/tickets/{ticket.id}/records/new/visit", **VISIT)
    visit = await only(store, ticket)
    token = await operator.csrf()
    for record, status in ((str(visit.id), 303), ("999", 404), ("x" * 30, 303)):
        answer = await operator.http.post(
            f"/tickets/{ticket.id}/evidence",
            data={"csrf_token": token, "record": record},
            files={"file": ("a.pdf", PDF + record.encode())},
        )
        assert answer.status_code == status, record
    first, second = await store.evidence.of_ticket(ticket.id, HOTLINE)
    assert (first.record_id, second.record_id) == (visit.id, None)
    shown = (await operator.get(f"/tickets/{ticket.id}/casework")).text
    assert f'href="/tickets/{ticket.id}/records/{visit.id}"' in shown


@pytest.mark.parametrize(
    ("kind", "wrong", "told"),
    [
        ("visit", {"who": " "}, "Who was there: It must not be empty."),
        ("visit", {"at": "soon"}, "When: Write day and time."),
        ("visit", {"at": ""}, "When: It must not be empty."),
        ("visit", {"at": "0001-01-01T00:00"}, "When: Write day and time."),
        ("visit", {"seen": "x" * 5000}, "What was seen: The text is too long."),
        ("visit", {"findings.bulb": "x" * 400}, "Checklist: The words for a point"),
        ("task", {"what": "a", "who": "b", "cost": "much"}, "Cost: Write an amount"),
        ("task", {"what": "a", "who": "b", "cost": "9" * 12}, "Cost: Write an amount"),
        ("statement", {"side": "enemy", "said": "a"}, "Whose word: Choose one"),
    ],
)
async def test_what_is_wrong_is_told_and_everything_that_was_written_stays(
    store: Store, operator: Visitor, ticket: Ticket, kind: str, wrong: dict[str, str], told: str
) -> None:
    sent = {"at": "2026-11-27T15:00", "material": "kept words", "said": "kept words"}
    if kind == "visit":
        sent = {**VISIT, "seen": "kept words"}
    answer = await operator.send(f"/tickets/{ticket.id}/records/new/{kind}", **{**sent, **wrong})
    assert answer.status_code == 422
    assert told in answer.text
    if not {"seen", "said"} & set(wrong):
        assert "kept words" in answer.text
    assert await store.records.of_ticket(ticket.id, HOTLINE) == ()


async def test_who_was_slower_sees_both_and_saves_again(
    store: Store, operator: Visitor, manager: Visitor, ticket: Ticket
) -> None:
    task = {"what": "a new bulb", "who": "engineering", "cost": "1,280.50"}
    await operator.send(f"/tickets/{ticket.id}/records/new/task", **task)
    record = await only(store, ticket)
    assert record["cost"] == 128050
    own = f"/tickets/{ticket.id}/records/{record.id}"
    await manager.send(own, version=1, **{**task, "who": "Wang"})
    late = await operator.send(own, version=1, **{**task, "material": "a ladder"})
    assert late.status_code == 409
    assert "a ladder" in late.text
    assert "Wang" in late.text
    wrong = await operator.send(own, version=1, **{**task, "cost": "x"})
    assert 'name="version" value="1"' in wrong.text  # a mistake does not hide that they are late
    assert 'name="version" value="2"' in late.text
    saved = await operator.send(own, version=2, **{**task, "material": "a ladder"})
    assert saved.status_code == 303
    done = await operator.send(f"{own}/done", version=3)
    assert done.status_code == 303
    now = await only(store, ticket)
    assert (now.version, now["done_by"], now["done_at"] is not None) == (4, "The operator", True)
    assert (await operator.send(f"{own}/done", version=3)).status_code == 409


async def test_an_engineer_never_sees_who_the_sides_are(
    store: Store, operator: Visitor, engineer: Visitor, ticket: Ticket
) -> None:
    for side, name, said in (("owner", "Ms Li", "loud"), ("other", "Mr Zhao", "not mine")):
        await operator.send(
            f"/tickets/{ticket.id}/records/new/statement",
            side=side,
            name=name,
            contact="13900139000",
            at="2026-11-27T15:00",
            said=said,
        )
    one, other = await store.records.of_ticket(ticket.id, HOTLINE)
    sheet = (await operator.get(f"/tickets/{ticket.id}/sides/owner")).text
    assert "Ms Li" in sheet
    assert "loud" in sheet
    assert "Zhao" not in sheet
    assert "not mine" not in sheet
    addresses = [
        f"/tickets/{ticket.id}{each}"
        for each in ("", "/casework", "/state", "/sides/owner", "/sides/other")
    ]
    addresses += [f"/tickets/{ticket.id}/records/{each.id}" for each in (one, other)]
    for address in addresses:
        shown = (await engineer.get(address)).text
        for secret in ("Ms Li", "Zhao", "13900139000"):
            assert secret not in shown, address
    sent = await engineer.send(
        f"/tickets/{ticket.id}/records/{one.id}",
        version=1,
        side="owner",
        at="2026-11-27T15:00",
        said="very loud",
    )
    assert sent.status_code == 303
    now = await store.records.get(ticket.id, one.id, HOTLINE)
    assert (now["name"], now["said"]) == ("Ms Li", "very loud")


async def test_a_program_writes_and_corrects_records(program: Program, ticket: Ticket) -> None:
    body = {"kind": "task", "fields": {"what": "a bulb", "who": "engineering", "cost": 500}}
    path = f"/api/v1/tickets/{ticket.id}/records"
    ids = set()
    for _ in range(2):
        answer = await program.http.post(path, json=body, headers={"Idempotency-Key": "k"})
        assert answer.status_code == 201
        ids.add(answer.json()["id"])
    (own,) = ids
    changed = await program.call(
        "PATCH", f"/tickets/{ticket.id}/records/{own}", version=1, fields={"cost": 700}
    )
    assert changed.json()["values"]["cost"] == 700
    assert (await program.get(f"/tickets/{ticket.id}"))["planned_cost"] == 700
    late = await program.call(
        "PATCH", f"/tickets/{ticket.id}/records/{own}", version=1, fields={"cost": 800}
    )
    assert late.status_code == 409
    versions = await program.get(f"/tickets/{ticket.id}/records/{own}/versions")
    assert [each["values"]["cost"] for each in versions] == [500, 700]
    wrong = await program.call(
        "POST", f"/tickets/{ticket.id}/records", kind="task", fields={"what": "a", "colour": 1}
    )
    assert wrong.status_code == 422
    assert wrong.json()["error"]["fields"][0]["field"] == "colour"
    seen = {"who": "Z", "seen": "x", "at": "2026-11-27T07:00Z", "findings": {"bulb": "burnt"}}
    visit = {"kind": "visit", "fields": seen}
    assert (await program.http.post(path, json=visit)).status_code == 201
    listed = await program.get(f"/tickets/{ticket.id}/records")
    assert [each["kind"] for each in listed] == list(map(str, (RecordKind.TASK, RecordKind.VISIT)))
    assert listed[1]["values"]["findings"] == {"bulb": "burnt"}
    assert await program.get(f"/tickets/{ticket.id}/records?side=owner") == []
    assert (await program.http.get("/api/v1/tickets/99/records")).status_code == 404


async def test_the_kind_of_cause_comes_from_the_categorys_list(
    store: Store, operator: Visitor, ticket: Ticket
) -> None:
    form = (await operator.part(f"/tickets/{ticket.id}/edit")).text
    assert '<option value="worn_out">bulb worn out</option>' in form
    await store.tickets.update(ticket.id, HOTLINE, edit(cause_kind="worn_out", whys="why\nwhy"))
    assert "bulb worn out" in (await operator.get(f"/tickets/{ticket.id}")).text


@pytest.mark.parametrize("part", ["records", "records/{record}/versions", "evidence", "history"])
async def test_a_look_at_a_part_of_a_ticket_by_a_program_is_written_down(
    store: Store, program: Program, ticket: Ticket, part: str
) -> None:
    said = {"name": "Ms Li", "at": "2026-11-27T07:00:00Z", "said": "loud"}
    new = read_record(RecordKind.STATEMENT, said, whole=True)
    record = await store.records.add(ticket.id, new, HOTLINE)
    await program.get(f"/tickets/{ticket.id}/{part.format(record=record.id)}")
    (look,) = (await store.access.list(subject="ticket")).items
    assert (look.user_name, look.action, look.key) == ("operator", "looked", str(ticket.id))
