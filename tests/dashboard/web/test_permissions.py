"""Every address and every role: who may, and who may not."""

from __future__ import annotations

import re

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from call_logs import Store
from call_logs.casework import NewEquipment, RecordKind, read_record
from call_logs.knowledge import NewArticle
from call_logs.owners import NewFault
from call_logs.registers import RegisterKind, read_entry
from call_logs.roster import Address
from call_logs.tickets import TicketClass, TicketStatus, edit
from call_logs.users import HOTLINE, Role
from call_logs.users.permissions import ROLE_PERMISSIONS, Permission, may
from call_logs.webhooks import CHOSEN, NewWebhook
from dashboard.web.signin import SESSION_COOKIE
from tests.call_logs.quality.drawn import drawn
from tests.dashboard.browserless import Visitor
from tests.dashboard.conftest import PASSWORD, Founded
from tests.dashboard.morning import begin, report
from tests.dashboard.night import company, drilled
from tests.firm_world import firms, task_for, worker
from tests.people import WRITTEN, person
from tests.pictures import in_pieces, jpeg

EVERYBODY = {Role.ADMIN, Role.MANAGER, Role.OPERATOR, Role.ENGINEER}
ANYBODY = EVERYBODY | {Role.FIRM}
FIRM = {Role.FIRM}
DESK = {Role.ADMIN, Role.MANAGER, Role.OPERATOR}
HEADS = {Role.ADMIN, Role.MANAGER}

# Every reading address (tested to be complete below) and the roles that may use it.
READERS = {
    "/tickets": EVERYBODY,
    "/tickets/{ticket_id}": EVERYBODY,
    "/tickets/{ticket_id}/state": EVERYBODY,
    "/tickets/{ticket_id}/speech": EVERYBODY,
    "/tickets/{ticket_id}/edit": EVERYBODY,
    "/tickets/new": EVERYBODY,
    "/tickets/alike": EVERYBODY,
    "/tickets/{ticket_id}/casework": EVERYBODY,
    "/tickets/{ticket_id}/records/new/{record_kind}": EVERYBODY,
    "/tickets/{ticket_id}/records/{record_id}": EVERYBODY,
    "/tickets/{ticket_id}/sides/{side}": EVERYBODY,
    "/tickets/{ticket_id}/sheet": EVERYBODY,
    "/tickets/{ticket_id}/evidence": EVERYBODY,
    "/tickets/{ticket_id}/evidence/{evidence_id}": EVERYBODY,
    "/deadlines": EVERYBODY,
    "/risks": EVERYBODY,
    "/tasks": EVERYBODY,
    "/api/v1/tasks": EVERYBODY,
    "/groups": EVERYBODY,
    "/people": EVERYBODY,
    "/api/v1/people": EVERYBODY,
    "/api/v1/tickets/{ticket_id}/team": EVERYBODY,
    "/groups/{group_id}": EVERYBODY,
    "/account": ANYBODY,
    "/firm/tasks": FIRM,
    "/firm/tasks/{task_id}": FIRM,
    "/firm/tasks/{task_id}/photos/{evidence_id}": FIRM,
    "/api/v1/firm/tasks": FIRM,
    "/api/v1/firm/tasks/{task_id}": FIRM,
    "/api/v1/firm/tasks/{task_id}/photos/{evidence_id}": FIRM,
    "/nav/urgent": EVERYBODY,
    "/oncall": EVERYBODY,
    "/faults": EVERYBODY,
    "/drills": EVERYBODY,
    "/drills/{dispatch_id}": EVERYBODY,
    "/owner-form": HEADS,
    "/owner-form/{link_id}/poster": HEADS,
    "/owner-form/{link_id}/code.svg": HEADS,
    "/reviews": EVERYBODY,
    "/reviews/{review_id}": HEADS,
    "/api/v1/reviews": EVERYBODY,
    "/api/v1/reviews/{review_id}": HEADS,
    "/api/v1/reviews/{review_id}/versions": HEADS,
    "/knowledge": EVERYBODY,
    "/knowledge/new": HEADS,
    "/knowledge/beside": EVERYBODY,
    "/knowledge/{article_id}": EVERYBODY,
    "/knowledge/{article_id}/edit": HEADS,
    "/tickets/{ticket_id}/knowledge": EVERYBODY,
    "/api/v1/articles": EVERYBODY,
    "/api/v1/articles/{article_id}": EVERYBODY,
    "/api/v1/articles/{article_id}/versions": EVERYBODY,
    "/api/v1/tickets/{ticket_id}/articles": EVERYBODY,
    "/registers": EVERYBODY,
    "/registers/{register}": EVERYBODY,
    "/registers/{register}/export": EVERYBODY,
    "/registers/{register}/new": HEADS,  # of the stock; who writes into which: test_registers
    "/registers/{register}/{item_id}": EVERYBODY,
    "/api/v1/registers/{register}": EVERYBODY,
    "/api/v1/registers/{register}/{item_id}": EVERYBODY,
    "/api/v1/registers/{register}/{item_id}/versions": EVERYBODY,
    "/api/v1/stock/{item_id}/movements": EVERYBODY,
    "/api/v1/tickets/{ticket_id}/means": EVERYBODY,
    "/equipment": EVERYBODY,
    "/equipment/{equipment_id}": EVERYBODY,
    "/api/v1/equipment": EVERYBODY,
    "/api/v1/equipment/{equipment_id}/tickets": EVERYBODY,
    "/api/v1/tickets/{ticket_id}/equipment": EVERYBODY,
    "/roster": HEADS,
    "/roster/history": HEADS,
    "/roster/import": HEADS,
    "/roster/files": HEADS,
    "/roster/export/{name}": HEADS,
    "/roster/entry/{kind}/{entry_id}": HEADS,
    "/recordings/{recording_id}/transcript": DESK,
    "/recordings/{recording_id}/transcript/edit": DESK,
    "/calls": DESK,
    "/calls/{call_id}": DESK,
    "/live": DESK,
    "/nav/live": DESK,
    "/reports": HEADS,
    "/reports/pdf": HEADS,
    "/reports/words": HEADS,
    "/reports/places": HEADS,
    "/reports/waits": HEADS,
    "/reports/firms": HEADS,
    "/reports/ledger": HEADS,
    "/reports/lessons": HEADS,
    "/reports/lessons/export": HEADS,
    "/api/v1/reports/statistics": HEADS,
    "/api/v1/reports/words": HEADS,
    "/api/v1/reports/recurring": HEADS,
    "/api/v1/reports/waits": HEADS,
    "/api/v1/reports/firms": HEADS,
    "/api/v1/reports/ledger": HEADS,
    "/system": HEADS,
    "/keeping": HEADS,
    "/owner-data": HEADS,
    "/access": HEADS,
    "/users": {Role.ADMIN},
    "/tokens": {Role.ADMIN},
    "/api/v1/tokens": {Role.ADMIN},
    "/inbound": {Role.ADMIN},
    "/webhooks": {Role.ADMIN},
    "/webhooks/{webhook_id}": {Role.ADMIN},
    "/api/v1/sessions/current": ANYBODY,
    "/api/v1/tickets": EVERYBODY,
    "/api/v1/tickets/alike": EVERYBODY,
    "/api/v1/tickets/{ticket_id}": EVERYBODY,
    "/api/v1/tickets/{ticket_id}/history": EVERYBODY,
    "/api/v1/deadline-targets": EVERYBODY,
    "/api/v1/deadline-targets/history": EVERYBODY,
    "/api/v1/tickets/{ticket_id}/assessment": EVERYBODY,
    "/api/v1/tickets/{ticket_id}/surveys": EVERYBODY,
    "/api/v1/tickets/{ticket_id}/news": EVERYBODY,
    "/api/v1/tickets/{ticket_id}/links": EVERYBODY,
    "/api/v1/risks": EVERYBODY,
    "/api/v1/risks/{risk_id}": EVERYBODY,
    "/api/v1/groups": EVERYBODY,
    "/api/v1/groups/proposals": EVERYBODY,
    "/api/v1/groups/{group_id}": EVERYBODY,
    "/api/v1/tickets/{ticket_id}/dispatches": EVERYBODY,
    "/api/v1/tickets/{ticket_id}/orders": EVERYBODY,
    "/api/v1/tickets/{ticket_id}/evidence": EVERYBODY,
    "/api/v1/tickets/{ticket_id}/precedents": EVERYBODY,
    "/api/v1/tickets/{ticket_id}/unasked": EVERYBODY,
    "/api/v1/tickets/{ticket_id}/records": EVERYBODY,
    "/api/v1/tickets/{ticket_id}/records/{record_id}/versions": EVERYBODY,
    "/api/v1/tickets/{ticket_id}/evidence/{evidence_id}": EVERYBODY,
    "/api/v1/faults": EVERYBODY,
    "/api/v1/faults/{fault_id}/tickets": EVERYBODY,
    "/api/v1/urgent": EVERYBODY,
    "/api/v1/drills": EVERYBODY,
    "/api/v1/drills/{dispatch_id}": EVERYBODY,
    "/api/v1/oncall": EVERYBODY,
    "/api/v1/oncall/plan": EVERYBODY,
    "/api/v1/oncall/duties": EVERYBODY,
    "/api/v1/oncall/gaps": EVERYBODY,
    "/api/v1/roster/entries": HEADS,
    "/api/v1/roster/entries/{kind}/{entry_id}": HEADS,
    "/api/v1/roster/history": HEADS,
    "/api/v1/calls": DESK,
    "/api/v1/calls/{call_id}": DESK,
    "/api/v1/calls/{call_id}/events": DESK,
    "/api/v1/calls/{call_id}/recordings": DESK,
    "/api/v1/calls/{call_id}/transcripts": DESK,
    "/api/v1/live": DESK,
    "/api/v1/recordings/{recording_id}/audio": DESK,
    "/api/v1/recordings/{recording_id}/peaks": DESK,
    "/api/v1/recordings/{recording_id}/transcript": DESK,
    "/api/v1/recordings/{recording_id}/second-hearing": DESK,
}
OPEN = {
    "/tickets/{ticket_id}/why",  # of a sensitive ticket: tests/dashboard/web/test_confidential.py
    "/",
    "/login",
    "/healthz",
    "/livez",
    "/metrics",
    "/changes",
    "/acknowledge/{token}",
    "/o/{token}",
    "/calendar/{token}.ics",
}


def reading_addresses(app: FastAPI) -> set[str]:
    routes = iter_route_contexts(app.routes)
    return {route.path for route in routes if "GET" in (route.methods or ()) and route.path} - {
        "/api/v1/openapi.json"
    }


def test_every_reading_address_is_in_the_table(app: FastAPI) -> None:
    assert reading_addresses(app) == set(READERS) | OPEN


@pytest.mark.parametrize("role", list(Role))
async def test_a_role_sees_what_the_table_says_and_nothing_else(
    app: FastAPI, store: Store, founded: Founded, role: Role
) -> None:
    told = await report(store)
    await company(store)
    drill = await drilled(store)
    await store.second_hearings.begin(told.recording_id)
    await firms(store)
    lu = await worker(store, PASSWORD)
    task = await task_for(store, told.ticket.id)
    await store.firm_tasks.add_photo(task.id, lu, in_pieces(jpeg()))
    (evidence,) = (await store.firm_tasks.get(task.id, lu)).photos
    other = await report(store)
    pair = (told.ticket.id, other.ticket.id)
    for each in pair:  # an engineer sees their own alone
        await store.tickets.update(each, HOTLINE, edit(assignee="engineer"))
    group = await store.groups.join(pair, person("operator"))
    await store.tickets.update(other.ticket.id, person("operator"), edit(text="记者来了"))
    await store.risks.look()
    (risk,) = await store.risks.for_ticket(other.ticket.id)
    fault = await store.faults.announce(NewFault("flooding"), person("manager"))
    new = read_record(RecordKind.TASK, {"what": "a bulb", "who": "Li"}, whole=True)
    await store.equipment.save_all([NewEquipment("Lift", ("lift_fault",), Address("3"))], HOTLINE)
    (piece,) = await store.equipment.all(HOTLINE)
    record = await store.records.add(told.ticket.id, new, person("li"))
    hook, _ = await store.webhooks.add(
        NewWebhook("crm", "https://crm.example.com/", frozenset(CHOSEN)), HOTLINE
    )
    article = await store.knowledge.add(NewArticle("Lamps", "Ask where.", "en"), HOTLINE)
    part = read_entry(RegisterKind.STOCK, {"what": "bulb"}, whole=True)
    places = {
        "{register}": "stock",
        "{item_id}": str((await store.registers.add(part, HOTLINE)).id),
        "{fault_id}": str(fault.id),
        "{risk_id}": str(risk.id),
        "{evidence_id}": evidence.id,
        "{record_id}": str(record.id),
        "{task_id}": str(task.id),
        "{record_kind}": "visit",
        "{equipment_id}": str(piece.id),
        "{article_id}": str(article.id),
        "{review_id}": str(await drawn(store)),
        "{link_id}": str((await store.form_links.save("Gate", Address(area="G"), "", HOTLINE)).id),
        "{webhook_id}": str(hook.id),
        "{side}": "owner",
        "{dispatch_id}": drill.id,
        "{group_id}": str(group.id),
        "{ticket_id}": str(told.ticket.id),
        "{call_id}": told.call_id,
        "{recording_id}": told.recording_id,
        "{name}": "people.csv",
        "{kind}": "person",
        "{entry_id}": "wang",
    }
    async with Visitor(app) as one:
        token = (
            (await store.users.login(lu.name, PASSWORD)).token
            if role is Role.FIRM
            else founded.tokens[role]
        )
        one.http.cookies.set(SESSION_COOKIE, token)
        for pattern, roles in READERS.items():
            address = pattern
            for name, value in places.items():
                address = address.replace(name, value)
            answer = await one.get(address)
            assert answer.status_code == (200 if role in roles else 403), address


async def test_no_right_opens_another_page_to_a_firm(
    app: FastAPI, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A right too many, given by mistake, is not enough: the addresses are a lock of their own."""
    monkeypatch.setitem(ROLE_PERMISSIONS, Role.FIRM, frozenset(Permission))
    await firms(store)
    lu = await worker(store, PASSWORD)
    async with Visitor(app) as one:
        one.http.cookies.set(SESSION_COOKIE, (await store.users.login(lu.name, PASSWORD)).token)
        for pattern, roles in READERS.items():
            if Role.FIRM not in roles:
                answer = await one.get(re.sub(r"{\w+}", "1", pattern))
                assert answer.status_code == 403, pattern


async def test_an_engineer_sees_no_recording_on_a_ticket(store: Store, engineer: Visitor) -> None:
    told = await report(store)
    await store.tickets.update(told.ticket.id, HOTLINE, edit(assignee="engineer"))

    page = (await engineer.get(f"/tickets/{told.ticket.id}")).text

    assert told.ticket.number in page
    assert told.recording_id not in page
    assert "data-player" not in page


async def test_only_heads_approve(store: Store, operator: Visitor, manager: Visitor) -> None:
    told = await report(store, ticket_class=TicketClass.IMPORTANT)
    for status in (TicketStatus.REGISTERED, TicketStatus.INVESTIGATING, TicketStatus.PLANNED):
        ticket = await store.tickets.move(
            told.ticket.id, status, person("operator"), changes=WRITTEN
        )
    address = f"/tickets/{ticket.id}/move"

    refused = await operator.send(address, status="approved", version=ticket.version)
    granted = await manager.send(address, status="approved", version=ticket.version)

    assert refused.status_code == 403
    assert granted.status_code == 200
    assert (await store.tickets.get(ticket.id)).status is TicketStatus.APPROVED


async def test_an_engineer_cannot_end_a_call(store: Store, engineer: Visitor) -> None:
    call_id = await begin(store)

    assert (await engineer.send(f"/live/{call_id}/hangup")).status_code == 403
    assert await store.requests.take() == ()


def test_every_role_has_rights_and_only_administrators_all() -> None:
    assert set(ROLE_PERMISSIONS) == set(Role)
    assert ROLE_PERMISSIONS[Role.ADMIN] == frozenset(Permission) - {Permission.DO_FIRM_TASKS}
    assert ROLE_PERMISSIONS[Role.FIRM] == {Permission.DO_FIRM_TASKS}
    assert not may(Role.MANAGER, Permission.MANAGE_USERS)
