"""Webhooks over the wire: signed, in order, at least once, whatever the other side does."""

from __future__ import annotations

import asyncio
import signal
import ssl
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from standardwebhooks import Webhook as Verifier
from standardwebhooks import WebhookVerificationError

from call_logs import Rules, Store
from call_logs.calls import NewCall
from call_logs.roster import Roster
from call_logs.storage import Announced, InvalidValue, NotAllowed, Severity
from call_logs.tickets import NewTicket, TicketStatus, edit
from call_logs.tickets.rows import locked_row, write_history
from call_logs.users import Role
from call_logs.webhooks import (
    CHOSEN,
    Egress,
    NewWebhook,
    Problem,
    WebhookSender,
    WebhookState,
    posting,
)
from tests.call_logs.conftest import OpenStore, call_id
from tests.call_logs.webhooks.receiver import Receiver, Request, receiving, status
from tests.people import person
from tests.turned_clock import TurnedClock

ADMIN = person("admin", Role.ADMIN)
HERE = Egress(allow=(ip_network("127.0.0.0/8"),))
NOON = datetime(2026, 11, 30, 4, tzinfo=UTC)
ALL = frozenset(CHOSEN)
CALLER = "13812345678"
WORDS = "老王家漏水"


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock(NOON)


@pytest.fixture
async def store(open_store: OpenStore, clock: TurnedClock) -> Store:
    return await open_store(clock=clock, rules=Rules(egress=HERE))


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as one:
        yield one


@pytest.fixture
async def sender(store: Store) -> AsyncIterator[WebhookSender]:
    one = WebhookSender(store.webhooks, store.tickets, store.checks)
    yield one
    await one.close()


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Of `localhost`, signed by nobody else."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "certificate.pem"
    file.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return file


async def hook(
    store: Store,
    receiver: Receiver,
    name: str = "billing",
    events: frozenset[Announced] = ALL,
    *,
    details: bool = False,
) -> tuple[int, str]:
    made, secret = await store.webhooks.add(NewWebhook(name, receiver.url, events, details), ADMIN)
    return made.id, secret


def new(text: str = WORDS) -> NewTicket:
    return NewTicket(text=text, caller=CALLER, callback=CALLER, name="王", building="3")


async def test_each_kind_of_event_is_told_with_ids_and_states_and_no_words(
    store: Store, receiver: Receiver, sender: WebhookSender, clock: TurnedClock
) -> None:
    await hook(store, receiver)
    call = call_id()
    store.calls.begin(NewCall(id=call, caller=CALLER))
    await store.calls.flush()
    ticket = await store.tickets.open(NewTicket(text=WORDS, call_id=call, caller=CALLER, name="王"))
    dispatch = await store.dispatches.open(ticket.id, Roster().policy("fire"), actor=ADMIN)
    store.calls.end(call, "caller")
    await store.calls.flush()
    await store.tickets.update(ticket.id, ADMIN, edit(news="明天来修"))
    clock.set(clock.now() + timedelta(days=4))
    await store.reminders.tickets.make()

    for _ in range(10):
        await sender.send()

    kinds = [each.told["type"] for each in receiver.requests]
    assert kinds[0] == "ticket.opened"
    assert set(kinds) == {
        "ticket.opened",
        "ticket.changed",
        "ticket.due",
        "dispatch.changed",
        "call.ended",
    }
    by_kind = {each.told["type"]: each.told["data"] for each in receiver.requests}
    assert by_kind["ticket.opened"]["number"] == ticket.number
    assert by_kind["ticket.changed"]["fields"] == ["news"]
    assert by_kind["dispatch.changed"]["dispatch_id"] == dispatch.id
    assert by_kind["call.ended"]["call_id"] == call
    assert by_kind["ticket.due"]["missed"] is True
    assert {each.ticket_id for each in receiver.requests} == {ticket.id}
    sent = b"".join(each.body for each in receiver.requests).decode()
    for secret in (WORDS, CALLER, "王", "明天来修"):
        assert secret not in sent
    await store.reminders.tickets.make()
    await sender.send()
    assert len(receiver.requests) == len(kinds)  # a deadline is told once


async def test_a_survey_that_is_answered_is_told(
    store: Store, receiver: Receiver, sender: WebhookSender
) -> None:
    ticket = await store.tickets.open(new())
    steps: tuple[tuple[TicketStatus, dict[str, Any]], ...] = (
        (TicketStatus.REGISTERED, {}),
        (TicketStatus.IN_PROGRESS, {}),
        (TicketStatus.RESOLVED, {}),
        (TicketStatus.FEEDBACK_GIVEN, {"result": "修好了"}),
    )
    for step, brings in steps:
        await store.tickets.move(ticket.id, step, ADMIN, changes=edit(**brings))
    await hook(store, receiver, events=frozenset({Announced.SURVEY}))
    await store.tickets.move(ticket.id, TicketStatus.SURVEYED, ADMIN, changes=edit(satisfaction=5))
    await sender.send()
    (request,) = receiver.requests
    assert request.told["type"] == "survey.answered"
    assert request.told["data"] == {
        "ticket_id": ticket.id,
        "number": ticket.number,
        "score": 5,
    }


async def test_the_record_goes_with_it_only_where_the_scope_says_so(
    store: Store, receiver: Receiver, sender: WebhookSender
) -> None:
    await hook(store, receiver, details=True)
    ticket = await store.tickets.open(new())
    await sender.send()
    (request,) = receiver.requests
    record = request.told["data"]["ticket"]
    assert (record["text"], record["callback"], record["id"]) == (WORDS, CALLER, ticket.id)


async def test_the_signature_is_the_one_of_the_standard(
    open_store: OpenStore, receiver: Receiver
) -> None:
    store = await open_store(
        rules=Rules(egress=HERE)
    )  # on the real clock: the verifier has no other
    sender = WebhookSender(store.webhooks, store.tickets, store.checks)
    _, secret = await hook(store, receiver)
    await store.tickets.open(new())
    await sender.send()
    (request,) = receiver.requests
    assert Verifier(secret).verify(request.body, request.headers) == request.told
    assert request.headers["webhook-id"].startswith("msg_")
    with pytest.raises(WebhookVerificationError):
        Verifier(secret).verify(request.body + b" ", request.headers)
    await sender.close()


async def test_a_new_secret_signs_beside_the_old_one_for_a_day(
    store: Store, receiver: Receiver, sender: WebhookSender, clock: TurnedClock
) -> None:
    hook_id, first = await hook(store, receiver)
    second = await store.webhooks.rotate(hook_id, ADMIN)
    await store.tickets.open(new())
    await sender.send()
    clock.set(clock.now() + timedelta(days=1, minutes=1))
    await store.tickets.open(new())
    await sender.send()
    both, one = (each.headers["webhook-signature"].split() for each in receiver.requests)
    assert (len(both), len(one)) == (2, 1)
    assert first != second


async def test_of_one_ticket_they_come_in_order_although_one_fails(
    store: Store, receiver: Receiver, sender: WebhookSender, clock: TurnedClock
) -> None:
    await hook(store, receiver)
    first, other = await store.tickets.open(new()), await store.tickets.open(new())
    await store.tickets.note(first.id, ADMIN, "once")
    failed = 0

    def fails_three_times(request: Request) -> bytes | None:
        nonlocal failed
        if request.ticket_id == first.id and failed < 3:
            failed += 1
            return status(500) if failed == 1 else None if failed == 2 else status(302)
        return status(200)

    receiver.answer = fails_three_times
    for _ in range(40):
        await sender.send()
        clock.set(clock.now() + timedelta(minutes=1))
    taken = [each for each in receiver.requests if each.ticket_id == first.id]
    assert [each.told["type"] for each in taken] == ["ticket.opened"] * 4 + ["ticket.changed"]
    assert len({each.headers["webhook-id"] for each in taken}) == 2
    assert [each.ticket_id for each in receiver.requests].count(other.id) == 1
    # The other ticket did not wait for the one that fails.
    assert [each.ticket_id for each in receiver.requests].index(other.id) < 4


async def test_what_hangs_is_broken_off_and_delays_no_other(
    store: Store, receiver: Receiver, sender: WebhookSender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(posting, "LIMIT_S", 1.0)
    hanging_id, _ = await hook(store, receiver, "hanging")
    async with receiving() as good:
        await hook(store, good, "good")
        receiver.hangs = lambda request: True
        for _ in range(3):
            await store.tickets.open(new())
        async with asyncio.timeout(30):
            await sender.send()
            await sender.send()
        assert len(good.requests) == 3
    (*_, line) = await store.webhooks.log(hanging_id, ADMIN)
    assert line.problem is Problem.TOO_SLOW


async def test_after_days_of_failure_it_is_switched_off_and_told_and_goes_on_by_hand(
    store: Store, receiver: Receiver, sender: WebhookSender, clock: TurnedClock
) -> None:
    hook_id, _ = await hook(store, receiver)
    receiver.answer = lambda request: status(503, body="down for repair")
    await store.tickets.open(new())
    for _ in range(90):
        await sender.send()
        clock.set(clock.now() + timedelta(hours=1))
    (found,) = await store.webhooks.all(ADMIN)
    assert found.state is WebhookState.DISABLED
    check = await store.webhooks.check()
    assert (check.ok, check.severity) == (False, Severity.DEGRADED)
    assert "billing" in check.detail
    before = len(receiver.requests)
    assert before < 60  # later each time
    (line,) = await store.webhooks.log(hook_id, ADMIN)
    assert (line.status, line.answer, line.ended_at is not None) == (503, "down for repair", True)

    await store.tickets.open(new())
    await sender.send()
    assert len(receiver.requests) == before
    receiver.answer = lambda request: status(200)
    await store.webhooks.resume(hook_id, ADMIN)
    await sender.send()
    assert len(receiver.requests) == before + 1
    await store.webhooks.send_again(hook_id, line.id, ADMIN)
    await sender.send()
    assert receiver.requests[-1].headers["webhook-id"] == line.uid
    assert (await store.webhooks.check()).ok


async def test_gone_switches_it_off_at_once(
    store: Store, receiver: Receiver, sender: WebhookSender
) -> None:
    await hook(store, receiver)
    receiver.answer = lambda request: status(410)
    await store.tickets.open(new())
    await sender.send()
    (found,) = await store.webhooks.all(ADMIN)
    assert found.state is WebhookState.DISABLED


async def test_what_happens_while_it_is_paused_is_told_afterwards(
    store: Store, receiver: Receiver, sender: WebhookSender
) -> None:
    hook_id, _ = await hook(store, receiver)
    await store.webhooks.pause(hook_id, ADMIN)
    await store.tickets.open(new())
    await sender.send()
    assert receiver.requests == []
    await store.webhooks.resume(hook_id, ADMIN)
    await sender.send()
    assert len(receiver.requests) == 1


async def test_what_is_rolled_back_is_never_told(store: Store, receiver: Receiver) -> None:
    hook_id, _ = await hook(store, receiver)
    ticket = await store.tickets.open(new())
    before = len(await store.webhooks.log(hook_id, ADMIN))

    async def breaks_off() -> None:
        async with store.session() as session:
            row = await locked_row(session, ticket.id, None)
            await write_history(session, row, "x", "note", note="x")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await breaks_off()
    assert len(await store.webhooks.log(hook_id, ADMIN)) == before


async def test_no_address_inside_the_network_is_reached(
    open_sqlite_store: OpenStore, receiver: Receiver
) -> None:
    store = await open_sqlite_store(rules=Rules(egress=Egress()))
    for address in (
        receiver.url,
        receiver.url.replace("http://", "https://"),
        "https://10.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://169.254.169.254/latest/meta-data",
        "http://example.com/",
        "ftp://example.com/",
        "https://user:pass@example.com/",
        "https://",
        "javascript:alert(1)",
        "https://exa mple.com/",
        "https://" + "a" * 600,
    ):
        with pytest.raises(InvalidValue) as refused:
            await store.webhooks.add(NewWebhook("x", address, ALL), ADMIN)
        assert refused.value.field == "address"
    # A name that leads there, and a number that is an address in another spelling.
    for address in ("https://localhost:1/", "https://2130706433/", "https://0x7f.1/"):
        name = f"n{abs(hash(address)) % 10**9}"
        await store.webhooks.add(NewWebhook(name, address, ALL), ADMIN)
    sender = WebhookSender(store.webhooks, store.tickets, store.checks)
    await store.tickets.open(new())
    await sender.send()
    for each in await store.webhooks.all(ADMIN):
        (line,) = await store.webhooks.log(each.id, ADMIN)
        assert line.problem in {Problem.FORBIDDEN, Problem.UNKNOWN_NAME}, each.address
    assert receiver.requests == []
    await sender.close()


@pytest.mark.parametrize(
    "address",
    ["64:ff9b::7f00:1", "2002:7f00:1::", "::ffff:10.0.0.1", "224.0.0.1", "0.0.0.0", "100.64.0.1"],
)
def test_an_address_in_another_address_is_looked_into(address: str) -> None:
    assert not Egress().may_reach(ip_address(address))


async def test_a_certificate_must_be_good(
    store: Store, sender: WebhookSender, certificate: Path, open_store: OpenStore
) -> None:
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate)
    async with receiving(server) as receiver:
        address = f"https://localhost:{receiver.port}/"
        made, _ = await store.webhooks.add(NewWebhook("tls", address, ALL), ADMIN)
        await store.tickets.open(new())
        await sender.send()
        (line,) = await store.webhooks.log(made.id, ADMIN)
        assert line.problem is Problem.TLS
        assert receiver.requests == []
        store.webhooks.egress = Egress(HERE.allow, certificate)
        trusting = WebhookSender(store.webhooks, store.tickets, store.checks)
        await store.webhooks.send_again(made.id, line.id, ADMIN)
        await trusting.send()
        await trusting.close()
        assert len(receiver.requests) == 1


async def test_only_administrators_have_anything_to_do_with_them(
    store: Store, receiver: Receiver
) -> None:
    hook_id, _ = await hook(store, receiver)
    for role in set(Role) - {Role.ADMIN}:
        somebody = person("x", role)
        with pytest.raises(NotAllowed):
            await store.webhooks.all(somebody)
        with pytest.raises(NotAllowed):
            await store.webhooks.log(hook_id, somebody)


async def test_secret_and_address_are_encrypted_and_in_no_repr(
    open_sqlite_store: OpenStore, receiver: Receiver, tmp_path: Path
) -> None:
    store = await open_sqlite_store(rules=Rules(egress=HERE))
    _, secret = await hook(store, receiver)
    (found,) = await store.webhooks.all(ADMIN)
    assert "token=abc" not in repr(found)
    await store.close()
    kept = b"".join(each.read_bytes() for each in tmp_path.glob("hotline.db*"))
    assert b"token=abc" not in kept
    assert secret.encode() not in kept


async def test_a_kill_between_sending_and_marking_loses_none(
    tmp_path: Path, migrated_sqlite_url: str, receiver: Receiver
) -> None:
    del migrated_sqlite_url  # the database that the program opens
    program = (sys.executable, "-m", "tests.call_logs.webhooks.program", str(tmp_path))
    receiver.hangs = lambda request: True
    first = await asyncio.create_subprocess_exec(*program, receiver.url)
    async with asyncio.timeout(60):
        await receiver.arrived.wait()
    first.send_signal(signal.SIGKILL)
    await first.wait()

    receiver.hangs = lambda request: False
    second = await asyncio.create_subprocess_exec(*program, "again")
    async with asyncio.timeout(60):
        assert await second.wait() == 0
    sent = [each.headers["webhook-id"] for each in receiver.requests]
    assert len(sent) == 4  # the one that the kill met goes again, under the same id
    assert len(set(sent)) == 3
