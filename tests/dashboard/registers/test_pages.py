"""The registers on pages, beside a ticket and for programs."""

from __future__ import annotations

import re
from datetime import timedelta

from call_logs import FileKind, Store, import_file
from call_logs.casework import NewEquipment
from call_logs.registers import RegisterKind, read_entry
from call_logs.roster import Address
from call_logs.tickets import NewTicket, TicketStatus
from call_logs.users import HOTLINE
from tests.dashboard.browserless import Program, Visitor
from tests.people import WRITTEN, person

SKILL = {"who": "The engineer", "what": "<b>lamps</b>", "categories": ["lighting", "fire"]}


async def test_an_entry_is_written_corrected_shown_with_its_versions_and_taken_out_as_a_sheet(
    store: Store, manager: Visitor, operator: Visitor
) -> None:
    for kind in RegisterKind:
        form = (await manager.get(f"/registers/{kind}/new")).text
        assert f'action="/registers/{kind}/new"' in form
    for _ in range(2):  # sent twice
        sent = await manager.send("/registers/skill/new", key="k", **SKILL, level="expert")
    (entry,) = await store.registers.list(RegisterKind.SKILL, HOTLINE)
    own = f"/registers/skill/{entry.id}"
    assert (sent.status_code, sent.headers["location"]) == (303, own)
    assert (entry["who"], entry["categories"]) == ("user:engineer", ("lighting", "fire"))
    assert (await operator.send("/registers/skill/new", **SKILL)).status_code == 403
    assert "/registers/skill/new" not in (await operator.get("/registers/skill")).text
    empty = await manager.send("/registers/skill/new", **{**SKILL, "level": "skilled", "what": " "})
    assert empty.status_code == 422
    assert "Skill: It must not be empty." in empty.text
    wrong = await manager.send(
        own, version=1, **{**SKILL, "level": "skilled", "valid_until": "soon"}
    )
    assert (wrong.status_code, "Valid until" in wrong.text) == (422, True)
    new = {**SKILL, "level": "skilled", "valid_until": "2026-01-02"}
    assert (await manager.send(own, version=1, **new)).status_code == 303
    assert (await manager.send(own, version=1, **new)).status_code == 409
    page = (await operator.get(own)).text
    assert "&lt;b&gt;lamps" in page
    assert "Expert" in page.split("Everything that it said")[1]
    assert "overdue" in (await operator.get("/registers/skill")).text
    assert "1 overdue" in (await operator.get("/registers")).text
    sheet = (await operator.get("/registers/skill/export")).text
    assert sheet.splitlines()[1].startswith("user:engineer,<b>lamps</b>,lighting fire,skilled")
    assert (await operator.get("/registers/nothing")).status_code == 422


async def test_beside_a_ticket_stand_who_is_skilled_parts_and_documents(
    store: Store, operator: Visitor, manager: Visitor, engineer: Visitor, program: Program
) -> None:
    async def add(kind: RegisterKind, **fields: object) -> int:
        new = read_entry(kind, {"categories": ["lighting"], **fields}, whole=True)
        return (await store.registers.add(new, person("manager"))).id

    ticket = await store.tickets.open(NewTicket(category="lighting", assignee="user:engineer"))
    own = f"/tickets/{ticket.id}"
    await add(RegisterKind.SKILL, who="manager", what="lamps", contact="8001")
    bulb = await add(RegisterKind.STOCK, what="bulb E27", place="shelf 3")
    await add(RegisterKind.DOCUMENT, what="wiring plan")
    await store.stock.move(bulb, 5, person("manager"))

    form = (await operator.get(f"{own}/records/new/task")).text
    assert "Skilled for this:" in form
    await operator.send(f"{own}/records/new/task", what="change it", who="The operator")
    shown = (await operator.get(f"{own}/casework")).text
    for said in ("lamps", "8001", "bulb E27", "shelf 3", "wiring plan"):
        assert said in shown
    assert "Nobody who is entered as skilled for this has the task." in shown

    # Whoever works on the ticket takes for it; more than there are is refused, the ledger stays.
    taking = f"/registers/stock/{bulb}/movements"
    taken = await engineer.send(taking, ticket=ticket.id, count=2, out="true")
    assert taken.headers["location"] == own
    for count, out, told in (
        ("9", "true", "There are not as many in stock."),
        ("3", "", "Not as many were taken for this ticket."),
        ("x", "true", "from 1 to 9999"),
    ):
        refused = await engineer.send(taking, ticket=ticket.id, count=count, out=out)
        assert (refused.status_code, told in refused.text) == (422, True)
    assert (await engineer.send(taking, count=2, out="true")).status_code == 403
    hidden = await store.tickets.open(NewTicket(category="lighting"))
    assert (await engineer.send(taking, ticket=hidden.id, count=1)).status_code == 404
    assert "In stock: 3" in (await operator.get(f"{own}/casework")).text
    assert "-2" in (await manager.get(f"/registers/stock/{bulb}")).text
    means = await program.get(f"/tickets/{ticket.id}/means")
    assert (means["stock"][0]["balance"], means["skilled"][0]["who"]) == (3, "user:manager")
    (moved,) = (await program.get(f"/stock/{bulb}/movements"))[:1]
    assert (moved["change"], moved["for_ticket"]) == (-2, ticket.id)


async def test_a_low_score_asks_for_what_becomes_better_until_it_is_proposed(
    store: Store, operator: Visitor, manager: Visitor
) -> None:
    ticket = await store.tickets.open(NewTicket(category="lighting"))
    own = f"/tickets/{ticket.id}"
    for status in ("registered", "resolved", "feedback_given"):
        await store.tickets.move(ticket.id, TicketStatus(status), HOTLINE, changes=WRITTEN)
    asks = "The owner was not content: say what becomes better."
    version = (await store.tickets.get(ticket.id)).version
    await operator.send(f"{own}/move", status="surveyed", version=version, satisfaction=2)
    assert asks in (await operator.get(f"{own}/casework")).text
    low = (await operator.get("/registers/improvement")).text
    assert ticket.number in low.split('id="low-scores"')[1]
    form = (await operator.get(f"/registers/improvement/new?ticket={ticket.id}")).text
    assert f'value="{ticket.number}"' in form
    proposal = {"what": "check weekly", "why": "low_score", "ticket": ticket.number}
    due = f"{store.clock.now() + timedelta(days=9):%Y-%m-%d}"
    proposal |= {"who": "The manager", "due": due, "categories": "lighting", "state": "proposed"}
    sent = await operator.send("/registers/improvement/new", **proposal)
    assert sent.status_code == 303
    assert asks not in (await operator.get(f"{own}/casework")).text
    assert 'id="low-scores"' not in (await operator.get("/registers/improvement")).text
    where = sent.headers["location"]
    refused = await operator.send(where, version=1, **{**proposal, "state": "approved"})
    assert refused.status_code == 403
    for version, state in ((1, "approved"), (2, "in_force")):
        fields = {**proposal, "state": state, "rule": "each <Monday>"}
        assert (await manager.send(where, version=version, **fields)).status_code == 303
    assert "each &lt;Monday&gt;" in (await operator.get(f"{own}/casework")).text
    assert 'id="effect"' in (await operator.get(where)).text


async def test_whoever_reads_what_follows_from_a_ticket_stands_in_the_access_log(
    store: Store, manager: Visitor, program: Program
) -> None:
    ticket = await store.tickets.open(NewTicket(category="lighting"))
    fields = {"what": "check weekly", "who": "The manager", "due": "2027-01-30"}
    new = read_entry(RegisterKind.IMPROVEMENT, {**fields, "ticket": ticket.number}, whole=True)
    entry = await store.registers.add(new, HOTLINE)

    async def lines() -> list[tuple[str, str, str]]:
        found = (await store.access.list(subject="ticket")).items
        return sorted((each.user_name, each.action, each.key) for each in found)

    own = f"/registers/improvement/{entry.id}"
    await manager.get("/registers/improvement")
    await manager.get(own)
    by_page = await lines()
    assert by_page == [("manager", "listed", ""), ("manager", "looked", str(ticket.id))]
    for path in ("/registers/improvement", own, f"{own}/versions"):
        await program.get(path)
    assert {line[1:] for line in await lines() if line not in by_page} == {
        ("listed", ""),
        ("looked", str(ticket.id)),
    }


async def test_maintenance_comes_in_as_a_file_and_stands_on_the_page_of_its_piece(
    store: Store, manager: Visitor, engineer: Visitor
) -> None:
    lift = NewEquipment("lift 1", ("lighting",), Address(building="3"))
    await store.equipment.save_all([lift], HOTLINE)
    (piece,) = await store.equipment.all(HOTLINE)
    sheet = b"equipment,on,by,what,next_due\nlift 1,2026-10-05,Otis,oiled,2027-01-05\n"
    for count in (1, 0):  # the same row is there already
        taken = await import_file(
            store, FileKind.MAINTENANCE, sheet, person("manager"), source="m.csv"
        )
        assert taken == count
    page = (await engineer.get(f"/equipment/{piece.id}")).text
    assert "oiled" in page
    form = (await engineer.get("/registers/maintenance/new?equipment=lift+1")).text
    assert 'value="lift 1"' in form
    fields = {"equipment": "lift 1", "on": "2026-11-20", "by": "The engineer", "what": "new rope"}
    assert (await engineer.send("/registers/maintenance/new", **fields)).status_code == 303
    assert "new rope" in (await engineer.get(f"/equipment/{piece.id}")).text


async def test_a_program_reads_and_writes_an_entry(store: Store, program: Program) -> None:
    fields = {"equipment": "pump", "on": "2026-11-20", "by": "us", "what": "oiled", "cost": 1250}
    made = await program.call("POST", "/registers/maintenance", fields=fields)
    assert made.status_code == 201, made.text
    entry = made.json()
    changed = {"version": 1, "fields": {"next_due": "2027-01-01"}}
    path = f"/registers/maintenance/{entry['id']}"
    assert (await program.call("PATCH", path, **changed)).json()["due_on"] == "2027-01-01"
    assert (await program.call("PATCH", path, **changed)).status_code == 409
    assert (await program.get("/registers/maintenance"))[0]["values"]["cost"] == 1250
    assert len(await program.get(f"{path}/versions")) == 2
    assert (await program.call("POST", "/registers/skill", fields={})).status_code != 201
    bad = await program.call("POST", "/registers/maintenance", fields={"on": "soon"})
    assert bad.status_code == 422


async def test_what_is_due_is_entered_as_done_with_what_is_known_of_it(
    store: Store, operator: Visitor
) -> None:
    given = {"equipment": "lift 1", "by": "Otis", "what": "oiled"}
    due = read_entry(
        RegisterKind.MAINTENANCE,
        {**given, "on": "2025-01-01", "next_due": "2025-02-01"},
        whole=True,
    )
    entry = await store.registers.add(due, HOTLINE)
    listed = (await operator.get("/registers/maintenance")).text
    address = f"/registers/maintenance/new?after={entry.id}"
    assert f'href="{address}"' in listed
    form = (await operator.get(address)).text
    assert f'name="after" value="{entry.id}"' in form
    assert 'value="lift 1"' in form
    said = {**given, "what": "oiled, and the rope changed", "on": "2025-02-01"}
    sent = await operator.send("/registers/maintenance/new", key="k", after=entry.id, **said)
    assert sent.status_code == 303
    listed = (await operator.get("/registers/maintenance")).text
    assert "overdue" not in listed
    assert address not in listed


async def test_maintenance_of_years_is_shown_page_by_page(store: Store, operator: Visitor) -> None:
    for number in range(53):
        new = read_entry(
            RegisterKind.MAINTENANCE,
            {"equipment": f"lift {number}", "by": "Otis", "what": "x", "on": "2025-01-01"},
            whole=True,
        )
        await store.registers.add(new, HOTLINE)
    first = (await operator.get("/registers/maintenance")).text
    assert "lift 52<" in first
    assert "lift 0<" not in first
    older = re.search(r'href="(/registers/maintenance\?start=\d+)"', first)
    assert older is not None
    last = (await operator.get(older[1])).text
    assert "lift 0<" in last
    assert "?start=" not in last
