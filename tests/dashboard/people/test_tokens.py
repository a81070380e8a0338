"""Tokens on their page, and what a program may do with one."""

from __future__ import annotations

import re

import httpx
import pytest
from fastapi import FastAPI

from call_logs import Store
from call_logs.tickets import NewTicket
from call_logs.users import GRANTABLE, Permission, Role
from tests.dashboard.browserless import Program, Visitor
from tests.dashboard.conftest import PASSWORD
from tests.dashboard.web.test_permissions import READERS
from tests.people import person

ADMIN = person("admin", Role.ADMIN)
SECRET = re.compile(r"<code>(hotline_[\w-]+)</code>")


def client(app: FastAPI, secret: str) -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {secret}"}
    transport = httpx.ASGITransport(app)
    return httpx.AsyncClient(transport=transport, base_url="http://hotline.test", headers=headers)


async def test_an_administrator_makes_one_and_revokes_it(
    app: FastAPI, store: Store, admin: Visitor, manager: Visitor
) -> None:
    answer = await admin.send("/tokens", name="Billing", rights=["see_tickets"], days="30")
    assert answer.status_code == 200
    found = SECRET.search(answer.text)
    assert found
    assert answer.headers["cache-control"] == "no-store"
    async with client(app, found[1]) as http:
        assert (await http.get("/api/v1/tickets")).status_code == 200
        page = (await admin.get("/tokens")).text
        assert "billing" in page
        assert found[1] not in page
        assert (await admin.send("/tokens/1/revoke")).status_code == 303
        assert (await http.get("/api/v1/tickets")).status_code == 401
    assert "revoked by admin" in (await admin.get("/tokens")).text
    for fields in ({"name": "x"}, {"name": "billing", "rights": ["see_tickets"]}):
        answer = await admin.send("/tokens", **fields)
        assert answer.status_code == 422
        assert "A token needs a name" in answer.text
    answer = await admin.send("/tokens", name="x", rights=["see_tickets"], days="many")
    assert answer.status_code == 422
    assert (await manager.send("/tokens", name="x", rights=["see_tickets"])).status_code == 403


async def test_what_it_does_bears_its_name(app: FastAPI, store: Store) -> None:
    ticket = await store.tickets.open(NewTicket(text="lamp"))
    rights = (Permission.SEE_TICKETS, Permission.WORK_TICKETS)
    _, secret = await store.tokens.make("crm", rights, ADMIN)
    async with client(app, secret) as http:
        answer = await http.post(f"/api/v1/tickets/{ticket.id}/notes", json={"note": "from crm"})
        assert answer.status_code == 201
        assert (await http.get("/api/v1/sessions/current")).json()["name"] == "api:crm"
    assert (await store.tickets.history(ticket.id))[-1].actor == "api:crm"


NEEDED = {
    "/api/v1/tickets": Permission.SEE_TICKETS,
    "/api/v1/groups": Permission.SEE_TICKETS,
    "/api/v1/reports/statistics": Permission.SEE_REPORTS,
    "/api/v1/reports/ledger": Permission.EXPORT,
    "/api/v1/oncall": Permission.SEE_ONCALL,
    "/api/v1/roster/entries": Permission.MANAGE_ROSTER,
    "/api/v1/calls": Permission.SEE_CALLS,
    "/api/v1/live": Permission.SEE_CALLS,
}


@pytest.mark.parametrize("right", sorted(GRANTABLE))
async def test_a_token_opens_what_its_rights_say_and_nothing_else(
    app: FastAPI, store: Store, right: Permission
) -> None:
    _, secret = await store.tokens.make("probe", {right}, ADMIN)
    async with client(app, secret) as http:
        for address, needed in NEEDED.items():
            answer = await http.get(address)
            assert answer.status_code == (200 if needed is right else 403), address
        assert (await http.get("/api/v1/tokens")).status_code == 403
        body = {"name": "more", "rights": [right.value]}
        assert (await http.post("/api/v1/tokens", json=body)).status_code == 403
        pages = [path for path in READERS if not path.startswith("/api/") and "{" not in path]
        for address in pages:  # where it is nobody, whatever its rights
            assert (await http.get(address)).status_code in (303, 401), address


async def test_who_may_only_work_opens_tickets_and_reads_none(app: FastAPI, store: Store) -> None:
    """The answer to a change shows the ticket, with the owner's name and number."""
    ticket = await store.tickets.open(NewTicket(text="lamp", name="Ms Li"))
    _, secret = await store.tokens.make("sensor", {Permission.WORK_TICKETS}, ADMIN)
    async with client(app, secret) as http:
        made = await http.post("/api/v1/tickets", json={"text": "smoke"})
        assert made.status_code == 201
        own = f"/api/v1/tickets/{ticket.id}"
        for method, path, body in (
            ("PATCH", "", {"version": ticket.version}),
            ("POST", "/notes", {"note": "x"}),
            ("POST", "/related", {"other": made.json()["id"]}),
            ("POST", "/records", {"kind": "visit", "fields": {}}),
        ):
            answer = await http.request(method, own + path, json=body)
            assert answer.status_code == 403, path
            assert "Ms Li" not in answer.text


async def test_programs_of_an_administrator_make_them_too(
    app: FastAPI, store: Store, admin: Visitor
) -> None:
    answer = await admin.http.post("/api/v1/sessions", json={"name": "admin", "password": PASSWORD})
    async with client(app, answer.json()["token"]) as http:
        program = Program(http)
        made = await program.call("POST", "/tokens", name="crm", rights=["see_tickets"], days=7)
        assert made.status_code == 201
        secret = made.json()["token"]
        assert secret not in str(await program.get("/tokens"))
        again = await program.call("POST", "/tokens", name="crm", rights=["see_tickets"])
        assert again.status_code == 422
        assert "name" in again.json()["error"]["detail"]
        wrong = await program.call("POST", "/tokens", name="x", rights=["approve"])
        assert wrong.status_code == 422
        revoked = await program.call("DELETE", f"/tokens/{made.json()['id']}")
        assert revoked.json()["revoked_by"] == "admin"
