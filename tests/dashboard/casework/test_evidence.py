"""Evidence on the pages and by the API: sent in pieces, shown safely, written down who looked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from fastapi import FastAPI

from call_logs import Store
from call_logs.casework import EvidenceRules
from call_logs.tickets import NewTicket, Ticket
from call_logs.users import HOTLINE, Role
from dashboard import create_app
from dashboard.web import DashboardSettings
from dashboard.web.signin import SESSION_COOKIE
from tests.dashboard.browserless import Program, Visitor
from tests.dashboard.conftest import Founded
from tests.pictures import MP4, PDF, jpeg

SCRIPT = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"


@pytest.fixture
async def ticket(store: Store) -> Ticket:
    return await store.tickets.open(NewTicket(text="the lamp is dark", assignee="user:engineer"))


async def send(one: Visitor, ticket: Ticket, *files: Any, **fields: str) -> Any:
    token = await one.csrf()
    return await one.http.post(
        f"/tickets/{ticket.id}/evidence",
        data={"csrf_token": token, **fields},
        files=[("file", each) for each in files],
    )


async def test_photos_of_a_form_stand_on_the_ticket_and_each_look_is_written_down(
    store: Store, operator: Visitor, engineer: Visitor, ticket: Ticket
) -> None:
    answer = await send(
        operator, ticket, ("lamp.png", jpeg()), ("bill.pdf", PDF), note="<b>the lamp</b>"
    )
    assert answer.status_code == 303
    for address in ("casework", "evidence"):
        shown = (await operator.get(f"/tickets/{ticket.id}/{address}")).text
        assert "&lt;b&gt;the lamp" in shown
        assert "bill.pdf" in shown
    page = (await operator.get(f"/tickets/{ticket.id}")).text
    assert "added evidence" in page
    photo, _ = await store.evidence.of_ticket(ticket.id, HOTLINE)
    answer = await engineer.get(f"/tickets/{ticket.id}/evidence/{photo.id}")
    assert answer.status_code == 200
    assert (answer.headers["content-type"], len(answer.content)) == ("image/jpeg", photo.size_bytes)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert answer.headers["content-disposition"].startswith("attachment; ")
    assert answer.headers["cache-control"] == "private, no-store"
    looks = (await store.access.list(subject="evidence")).items
    assert [(each.user_name, each.action, each.key) for each in looks] == [
        ("engineer", "looked", photo.id)
    ]


async def test_what_is_refused_says_why_and_what_came_before_it_stays(
    store: Store, operator: Visitor, ticket: Ticket
) -> None:
    answer = await send(operator, ticket, ("a.pdf", PDF), ("photo.jpg", SCRIPT))
    assert answer.status_code == 422
    assert "Files of this kind are not taken" in answer.text
    assert "a.pdf" in answer.text
    answer = await send(operator, ticket, ("file", b"", "application/octet-stream"))
    assert answer.status_code == 422
    assert "The file is empty" in answer.text
    token = await operator.csrf()
    nothing = await operator.http.post(
        f"/tickets/{ticket.id}/evidence", data={"csrf_token": token, "file": ""}
    )
    assert nothing.status_code == 422
    unknown = await operator.http.post(
        "/tickets/999/evidence", data={"csrf_token": token}, files={"file": ("a", PDF)}
    )
    assert unknown.status_code == 404


@pytest.mark.parametrize("token", ["", "wrong", None])
async def test_a_form_of_somebody_else_sends_nothing(
    store: Store, operator: Visitor, ticket: Ticket, token: str | None
) -> None:
    fields = {} if token is None else {"csrf_token": token}
    answer = await operator.http.post(
        f"/tickets/{ticket.id}/evidence", data=fields, files={"file": ("a.pdf", PDF)}
    )
    assert answer.status_code == 403
    assert await store.evidence.of_ticket(ticket.id, HOTLINE) == ()


async def test_a_form_that_was_cut_off_leaves_nothing(
    store: Store, operator: Visitor, ticket: Ticket
) -> None:
    token = await operator.csrf()
    body = (
        f'--x\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{token}\r\n'
        '--x\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n'
    ).encode() + PDF
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    for cut in (body, body + b"\r\n--x", b"nonsense", b""):
        answer = await operator.http.post(
            f"/tickets/{ticket.id}/evidence", content=cut, headers=headers
        )
        assert answer.status_code in (403, 422), cut[:10]
    assert await store.evidence.of_ticket(ticket.id, HOTLINE) == ()
    whole = await operator.http.post(
        f"/tickets/{ticket.id}/evidence", content=body + b"\r\n--x--\r\n", headers=headers
    )
    assert whole.status_code == 303


async def test_nobody_adds_or_destroys_without_the_right(
    store: Store, visitor: Visitor, operator: Visitor, manager: Visitor, ticket: Ticket
) -> None:
    answer = await visitor.http.post(
        f"/tickets/{ticket.id}/evidence", files={"file": ("a.pdf", PDF)}
    )
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/login")
    await send(operator, ticket, ("a.pdf", PDF))
    (sent,) = await store.evidence.of_ticket(ticket.id, HOTLINE)
    own = f"/tickets/{ticket.id}/evidence/{sent.id}"
    assert (await visitor.get(own)).status_code == 303
    assert (await operator.send(f"{own}/remove", note="why")).status_code == 403
    assert (await manager.send(f"{own}/remove", note=" ")).status_code == 409
    assert (await manager.send(f"{own}/remove", note="not ours")).status_code == 303
    assert (await manager.get(own)).status_code == 404
    assert "destroyed evidence" in (await manager.get(f"/tickets/{ticket.id}")).text


async def test_a_program_adds_a_file_once_and_reads_parts_of_it(
    program: Program, ticket: Ticket
) -> None:
    path = f"/api/v1/tickets/{ticket.id}/evidence"
    film = MP4 + bytes(range(256)) * 300
    ids = set()
    for _ in range(2):
        answer = await program.http.post(path, params={"name": "lift.mp4"}, content=film)
        assert answer.status_code == 201
        ids.add(answer.json()["id"])
    (own,) = ids
    listed = await program.get(f"/tickets/{ticket.id}/evidence")
    assert [(each["kind"], each["name"], each["size_bytes"]) for each in listed] == [
        ("mp4", "lift.mp4", len(film))
    ]
    part = await program.http.get(f"{path}/{own}", headers={"Range": "bytes=70000-70009"})
    assert (part.status_code, part.content) == (206, film[70000:70010])
    wrong = await program.http.get(f"{path}/{own}", headers={"Range": "bytes=900000-"})
    assert wrong.status_code == 416
    refused = await program.http.post(path, content=SCRIPT)
    assert refused.status_code == 422
    assert refused.json()["error"]["reason"] == "kind"
    assert (await program.http.post("/api/v1/tickets/99/evidence", content=PDF)).status_code == 404
    assert (await program.http.get(f"{path}/{'0' * 32}")).status_code == 404


async def test_more_than_the_limit_is_broken_off(
    store: Store, settings: DashboardSettings, founded: Founded, ticket: Ticket
) -> None:
    store.evidence.rules = EvidenceRules(max_bytes=100_000)
    app: FastAPI = create_app(store, settings)
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        yield MP4
        while True:
            sent += 10_000
            yield bytes(10_000)

    async with Visitor(app) as one:
        one.http.cookies.set(SESSION_COOKIE, founded.tokens[Role.OPERATOR])
        headers = {"X-CSRF-Token": await one.csrf()}
        answer = await one.http.post(
            f"/api/v1/tickets/{ticket.id}/evidence", content=endless(), headers=headers
        )
    assert answer.status_code == 422
    assert sent < 2_000_000
    assert await store.evidence.of_ticket(ticket.id, HOTLINE) == ()


async def test_a_form_sent_to_the_api_is_refused_unread(operator: Visitor, ticket: Ticket) -> None:
    """A browser's session needs the header there; a file is not gone through for a token."""
    token = await operator.csrf()
    answer = await operator.http.post(
        f"/api/v1/tickets/{ticket.id}/evidence",
        data={"csrf_token": token},
        files={"file": ("a.pdf", PDF)},
    )
    assert answer.status_code == 403
    headers = {"X-CSRF-Token": token}
    answer = await operator.http.post(
        f"/api/v1/tickets/{ticket.id}/evidence", content=PDF, headers=headers
    )
    assert answer.status_code == 201
