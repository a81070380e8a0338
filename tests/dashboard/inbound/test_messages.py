"""Messages of other systems at the API: signed, once, and within limits."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from standardwebhooks.webhooks import Webhook

from call_logs import Store
from call_logs.owners import Owner
from call_logs.roster import Address
from call_logs.tickets import TicketClass, TicketKind, TicketSource
from call_logs.users import HOTLINE
from dashboard.web import DashboardSettings, InboundMessages, Told
from dashboard.web.shield import INBOUND_BYTES
from tests.pictures import jpeg

WECOM = "/api/v1/inbound/wecom"


def told(text: str, language: str) -> Told:
    """As the lexicon would say."""
    if "着火" in text:
        return Told("fire", TicketClass.URGENT, ("着火",))
    return Told("lighting" if "灯" in text else "", TicketClass.GENERAL, ())


@pytest.fixture
def settings(settings: DashboardSettings) -> DashboardSettings:
    return replace(settings, inbound=InboundMessages(told, per_minute=6))


@pytest.fixture
async def secret(store: Store) -> str:
    return (await store.inbound_sources.add("wecom", HOTLINE))[1]


class System:
    """A system that sends by the library that the standard's authors publish."""

    def __init__(self, http: httpx.AsyncClient, secret: str) -> None:
        self.http = http
        self.secret = secret

    async def send(
        self,
        id: str = "m1",
        *,
        at: datetime | None = None,
        path: str = WECOM,
        **message: Any,
    ) -> httpx.Response:
        body = json.dumps({"text": "走廊的灯坏了", **message}, ensure_ascii=False)
        moment = at or datetime.now(UTC)
        signature = Webhook(self.secret).sign(id, moment, body)
        return await self.http.post(
            path,
            content=body.encode(),
            headers={
                "webhook-id": id,
                "webhook-timestamp": str(int(moment.timestamp())),
                "webhook-signature": signature,
                "content-type": "application/json",
            },
        )


@pytest.fixture
async def wecom(app: FastAPI, secret: str) -> AsyncIterator[System]:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://hotline.test") as http:
        yield System(http, secret)


async def total(store: Store) -> int:
    return (await store.tickets.list()).total


async def test_a_message_becomes_a_ticket_and_the_same_again_is_that_ticket(
    store: Store, wecom: System
) -> None:
    first = await wecom.send(name="李女士", callback="13800138000", building="3", room="1501")
    assert first.status_code == 201, first.text
    ticket = await store.tickets.get(first.json()["ticket_id"])
    assert first.json()["number"] == ticket.number
    assert (ticket.text, ticket.category) == ("走廊的灯坏了", "lighting")
    assert (ticket.name, ticket.building, ticket.room) == ("李女士", "3", "1501")
    assert (ticket.source, ticket.kind) == (TicketSource.MESSAGE, TicketKind.REPAIR)
    (line,) = await store.tickets.history(ticket.id)
    assert line.actor == "message:wecom"
    again = await wecom.send(name="李女士", callback="13800138000", building="3", room="1501")
    assert (again.status_code, again.json()["outcome"]) == (200, "known")
    assert again.json()["number"] == ticket.number
    other = await wecom.send(text="another matter under the same id")
    assert other.status_code == 409
    assert await total(store) == 1


async def test_what_follows_in_a_conversation_is_added(store: Store, wecom: System) -> None:
    first = (await wecom.send("m1", conversation="openid")).json()
    more = await wecom.send("m2", text="还没人来", conversation="openid")
    assert (more.status_code, more.json()["outcome"]) == (200, "added")
    reply = await wecom.send("m3", text="来了", reply_to=first["number"])
    assert reply.json()["ticket_id"] == more.json()["ticket_id"] == first["ticket_id"]
    history = await store.tickets.history(first["ticket_id"])
    assert [each.note for each in history if each.action == "note"] == ["还没人来", "来了"]


async def test_danger_is_searched_for_as_on_the_owners_form(store: Store, wecom: System) -> None:
    lamp = (await wecom.send("m1", conversation="openid")).json()
    answer = (await wecom.send("m2", text="厨房着火了！", conversation="openid")).json()
    assert answer["urgent"]
    assert answer["outcome"] == "opened"
    assert answer["ticket_id"] != lamp["ticket_id"]
    ticket = await store.tickets.get(answer["ticket_id"])
    assert (ticket.ticket_class, ticket.kind) == (TicketClass.URGENT, TicketKind.EMERGENCY)
    assert (ticket.category, ticket.phrases) == ("fire", ("着火",))
    unsought = await store.tickets.unsought(store.clock.now() - timedelta(days=1))
    assert [each.id for each in unsought] == [ticket.id]


async def test_who_is_in_the_directory_need_not_write_where_they_live(
    store: Store, wecom: System
) -> None:
    home = Address(building="7", unit="2", room="801")
    await store.directory.save(Owner("13800138000", "李女士", home), HOTLINE)
    known = await wecom.send("m1", callback="13800138000")
    ticket = await store.tickets.get(known.json()["ticket_id"])
    assert (ticket.name, ticket.building, ticket.unit, ticket.room) == ("李女士", "7", "2", "801")
    elsewhere = await wecom.send("m2", callback="13800138000", area="地下车库")
    ticket = await store.tickets.get(elsewhere.json()["ticket_id"])
    assert (ticket.building, ticket.area) == ("", "地下车库")


async def test_whatever_is_not_signed_as_it_must_be_leaves_nothing(
    store: Store, wecom: System, secret: str
) -> None:
    early = datetime.now(UTC) - timedelta(minutes=6)
    late = datetime.now(UTC) + timedelta(minutes=6)
    answers = [
        await wecom.send(at=early),
        await wecom.send(at=late),
        await wecom.send(path="/api/v1/inbound/other"),
    ]
    wecom.secret = "whsec_" + base64.b64encode(b"x" * 32).decode()
    answers.append(await wecom.send())
    answers.append(await wecom.http.post(WECOM, json={"text": "no header at all"}))
    for answer in answers:
        assert answer.status_code == 401, answer.text
        assert answer.json()["error"]["code"] == "not_signed"
    assert "see both clocks" in answers[0].json()["error"]["detail"]
    assert await total(store) == 0


async def test_a_body_that_was_changed_on_the_way_is_refused(
    store: Store, wecom: System, secret: str
) -> None:
    now = datetime.now(UTC)
    headers = {
        "webhook-id": "m1",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign("m1", now, '{"text": "灯"}'),
    }
    changed = await wecom.http.post(WECOM, content='{"text": "fire"}', headers=headers)
    assert changed.status_code == 401
    moved = await wecom.http.post(
        WECOM, content='{"text": "灯"}', headers=headers | {"webhook-id": "m2"}
    )
    assert moved.status_code == 401
    assert await total(store) == 0


async def test_what_cannot_be_taken_names_its_field(store: Store, wecom: System) -> None:
    cases: list[tuple[dict[str, Any], str]] = [
        ({"text": ""}, "body.text"),
        ({"text": "x" * 4001}, "body.text"),
        ({"text": " \0 "}, "text"),
        ({"category": "no_such"}, "category"),
        ({"room": "1" * 41}, "body.room"),
        ({"telephone": "138"}, "body.telephone"),
    ]
    for number, (fields, field) in enumerate(cases):
        answer = await wecom.send(f"m{number}", **fields)
        assert answer.status_code == 422, fields
        assert [each["field"] for each in answer.json()["error"]["fields"]] == [field]
    assert await total(store) == 0


async def test_a_system_that_sends_too_much_waits_and_keeps_no_other_waiting(
    store: Store, wecom: System
) -> None:
    _, other = await store.inbound_sources.add("crm", HOTLINE)
    for number in range(6):
        assert (await wecom.send(f"m{number}")).status_code == 201
    refused = await wecom.send("m6")
    assert refused.status_code == 429
    assert refused.headers["retry-after"] == "60"
    crm = System(wecom.http, other)
    assert (await crm.send("m1", path="/api/v1/inbound/crm")).status_code == 201


async def test_whoever_has_no_secret_uses_up_nobodys_allowance(wecom: System, secret: str) -> None:
    wecom.secret = "whsec_" + base64.b64encode(b"x" * 32).decode()
    for _ in range(8):
        assert (await wecom.send()).status_code == 401
    wecom.secret = secret
    assert (await wecom.send()).status_code == 201


async def test_a_message_is_no_larger_than_a_message(store: Store, wecom: System) -> None:
    answer = await wecom.http.post(WECOM, content=b" " * (INBOUND_BYTES + 1))
    assert answer.status_code == 413
    assert await total(store) == 0


async def test_files_follow_their_message(store: Store, wecom: System) -> None:
    sent = (await wecom.send()).json()
    for _ in range(2):  # again: the same file
        answer = await wecom.http.post(f"{sent['files']}?name=lamp.jpg", content=jpeg())
        assert answer.status_code == 201, answer.text
    refused = await wecom.http.post(sent["files"], content=b"MZ a program")
    assert refused.status_code == 422
    assert refused.json()["error"]["reason"] == "kind"
    (photo,) = await store.evidence.of_ticket(sent["ticket_id"], HOTLINE)
    assert (photo.name, photo.added_by) == ("lamp.jpg", "message:wecom")


async def test_the_address_of_files_leads_nowhere_once_its_system_is_revoked(
    store: Store, wecom: System
) -> None:
    sent = (await wecom.send()).json()
    wrong = await wecom.http.post(sent["files"][:-2], content=jpeg())
    assert wrong.status_code == 404
    (source,) = await store.inbound_sources.all(HOTLINE)
    await store.inbound_sources.revoke(source.id, HOTLINE)
    assert (await wecom.http.post(sent["files"], content=jpeg())).status_code == 404
    assert (await wecom.send("m2")).status_code == 401
    assert await store.evidence.of_ticket(sent["ticket_id"], HOTLINE) == ()


async def test_a_database_that_is_away_asks_for_the_message_again(
    store: Store, wecom: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    from call_logs.storage import StoreBusy

    async def away(_: object) -> None:
        raise StoreBusy("away")

    with monkeypatch.context() as patched:
        patched.setattr(store.inbound, "take", away)
        assert (await wecom.send()).status_code == 503
    assert (await wecom.send()).status_code == 201
