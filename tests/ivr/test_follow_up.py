"""The follow-up's own rules: whom it may call, and when it stops."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from call_logs import (
    AcknowledgedVia,
    DispatchEventKind,
    DispatchStatus,
    EntryKind,
    NewTicket,
    RoundResult,
    Store,
    Ticket,
    TicketKind,
)
from ivr.endpoint import CloseReason
from ivr.follow_up import FollowUp, callback_target
from tests.ivr.exchange import Site, site, until


@pytest.fixture
async def at(store: Store) -> AsyncIterator[Site]:
    async with site(store, "a") as made:
        made.desk.ready.set()
        yield made


async def opened(store: Store, **fields: Any) -> tuple[Ticket, str]:
    ticket = await store.tickets.open(
        NewTicket(kind=TicketKind.EMERGENCY, category="fire", **fields)
    )
    policy = (await store.roster.current()).policy("fire")
    return ticket, (await store.dispatches.open(ticket.id, policy)).id


@pytest.mark.parametrize(
    ("callback", "caller", "target"),
    [
        ("13912345678", "13800138000", "+8613912345678"),
        ("", "13800138000", "+8613800138000"),
        ("8001", "", "8001"),
        ("119", "13800138000", "+8613800138000"),  # a public service: never from a machine
        ("110", "120", ""),
        ("sip:boss@elsewhere", "8001", "8001"),  # only numbers are called back
        ("", "lobby", "lobby"),  # a user of the PBX
        ("", "a b", ""),
        ("", "", ""),
    ],
)
async def test_the_owner_is_called_on_a_number_that_may_be_dialled(
    store: Store, callback: str, caller: str, target: str
):
    ticket, _ = await opened(store, callback=callback, caller=caller)
    assert callback_target(ticket, "CN") == target


async def test_who_accepts_a_round_waits_for_the_owner_and_they_talk(at: Site, store: Store):
    _, dispatch_id = await opened(store, caller="13800138000")
    round_ = asyncio.create_task(_follow_up(at).round(dispatch_id, 1))
    telephone = await at.exchange.accepted_by("a")
    await at.told_people("followup_owner_connect")
    owner = await _owner(at)
    owner.pick_up()
    await until(lambda: at.desk.clock._bridges)
    telephone.hang_up()
    assert await round_ is RoundResult.ACCEPTED
    await until(lambda: owner.close_reason is not None)
    assert (await store.dispatches.get(dispatch_id)).status is DispatchStatus.CLOSED


async def test_an_owner_who_does_not_answer_is_told_to_the_engineer(at: Site, store: Store):
    _, dispatch_id = await opened(store, caller="13800138000")
    round_ = asyncio.create_task(_follow_up(at).round(dispatch_id, 1))
    await at.exchange.accepted_by("a")
    (await _owner(at)).refuse(CloseReason.NO_ANSWER)
    await at.told_people("owner_no_answer")
    assert await round_ is RoundResult.ACCEPTED


async def test_an_acknowledgement_in_the_middle_of_a_round_stops_the_ringing(
    at: Site, store: Store
):
    _, dispatch_id = await opened(store)
    round_ = asyncio.create_task(_follow_up(at).round(dispatch_id, 1))
    telephone = await at.exchange.rings("a")
    await store.dispatches.acknowledge(dispatch_id, "li", AcknowledgedVia.DASHBOARD)
    assert await round_ is RoundResult.TAKEN
    await until(lambda: telephone.close_reason is CloseReason.LOCAL)


async def test_a_round_that_reaches_nobody_says_so(at: Site, store: Store):
    _, dispatch_id = await opened(store)
    round_ = asyncio.create_task(_follow_up(at).round(dispatch_id, 1))
    (await at.exchange.rings("a")).refuse(CloseReason.BUSY)
    assert await round_ is RoundResult.NOBODY
    assert (await store.dispatches.get(dispatch_id)).status is DispatchStatus.UNANSWERED


async def test_a_case_that_is_taken_rings_nobody(at: Site, store: Store):
    _, dispatch_id = await opened(store)
    await store.dispatches.acknowledge(dispatch_id, "li", AcknowledgedVia.LINK)
    assert await _follow_up(at).round(dispatch_id, 1) is RoundResult.TAKEN
    assert at.exchange.rung == []


async def test_a_round_that_is_cancelled_leaves_no_phone_ringing(at: Site, store: Store):
    _, dispatch_id = await opened(store)
    round_ = asyncio.create_task(_follow_up(at).round(dispatch_id, 1))
    telephone = await at.exchange.rings("a")
    round_.cancel()
    await until(lambda: telephone.close_reason is CloseReason.LOCAL)


def _follow_up(at: Site) -> FollowUp:
    return FollowUp(at.desk, notice_urls=(), public_url="")


async def _owner(at: Site) -> Any:
    async with asyncio.timeout(20):
        return await at.exchange._queue("+8613800138000").get()


async def test_people_are_told_by_every_way_they_have_with_a_link_that_acknowledges(store: Store):
    taken: list[dict[str, str]] = []

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(head.split("content-length:")[1].split("\r\n")[0])
        taken.append(json.loads(await reader.readexactly(length)))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(take, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with site(store, "a") as at:
            saved = await store.roster.get(EntryKind.PERSON, "a")
            document = {
                **saved.document,
                "notices": [f"json://127.0.0.1:{port}/", "json://127.0.0.1:9/"],
            }
            await store.roster.save(EntryKind.PERSON, document, "test")
            ticket, dispatch_id = await opened(store, building="3")
            follow_up = FollowUp(at.desk, notice_urls=(), public_url="https://h.example/")
            await follow_up.notify(dispatch_id, 1)
            steps = await store.dispatches.timeline(dispatch_id)
    (notice,) = taken
    assert ticket.number in notice["title"]
    link = notice["message"].split()[-1]
    assert link.startswith("https://h.example/acknowledge/")
    claim = store.dispatches.verify_token(link.rsplit("/", 1)[1])
    assert (claim.dispatch_id, claim.person) == (dispatch_id, "a")
    (step,) = [step for step in steps if step.kind == DispatchEventKind.NOTICE]
    assert (step.data["sent"], step.data["failed"]) == (1, 1)
