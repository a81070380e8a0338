"""A line that strangers and broken trunks send everything to goes on as if nothing was."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import socket
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from ivr.endpoint import Call, CallState
from tests.ivr.endpoint.desk import Desk, settings
from tests.ivr.endpoint.flood import METHODS, flood, packet
from tests.wire import Sipp, call, caller

pytestmark = pytest.mark.timeout(170)

STRANGER = "127.0.0.7"
TEN = 10
#: What is wrong with an INVITE -> the line that another takes the place of.
BROKEN = {
    "no Contact": (b"Contact: <sip:flood@127.0.0.1:9>\r\n", b""),
    "a Contact that is none": (b"<sip:flood@127.0.0.1:9>", b"*"),
    "an empty Contact": (b"<sip:flood@127.0.0.1:9>", b""),
    "a From without a tag": (b">;tag=", b">;tap="),
    "a route that is none": (b"Max-Forwards: 70", b"Record-Route: <nowhere"),
    "a NUL in its name": (b"Call-ID: ", b"Call-ID: \0"),
}


@pytest.fixture(params=["baresip", "pyvoip"])
def stack(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest_asyncio.fixture
async def desk(stack: str) -> AsyncIterator[Desk]:
    desk = Desk(stack, settings(stack, rtp_timeout_s=120))
    await desk.open()
    yield desk
    await desk.close()


async def ten_calls(desk: Desk) -> list[Call]:
    calls = [await desk.next_call() for _ in range(TEN)]
    for each in calls:
        await desk.established(each)
    return calls


async def descriptors(desk: Desk) -> tuple[int, int]:
    """Files of the process, and places of the stack's own table."""
    gc.collect()
    native = getattr(desk.endpoint, "_native", None)
    return len(os.listdir("/proc/self/fd")), await native.descriptors() if native else 0


async def test_strangers_harm_no_call_and_leave_nothing_behind(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    async with Sipp(caller(ending="wait"), desk.address, calls=TEN, rate=20.0, limit_s=160):
        calls = await ten_calls(desk)
        before = await descriptors(desk)
        with caplog.at_level(logging.INFO):
            for kind in METHODS:  # 600 INVITEs and more would have ended the line
                answers = await flood(kind, STRANGER, desk.address, 1500)
                assert set(answers) <= {"403"}, (kind, answers)
                assert sum(answers.values()) < 150
        assert {each.state for each in calls} == {CallState.ESTABLISHED}
        assert len(desk.endpoint.calls) == TEN
        assert await descriptors(desk) == before
        told = [record.getMessage() for record in caplog.records]
        assert len(told) < 40
        assert not any("139000" in line for line in told)
        assert (await call(caller(), desk.address)).ok


async def test_calls_that_a_trunk_abandons_harm_no_other(desk: Desk) -> None:
    async with Sipp(caller(ending="wait"), desk.address, calls=TEN, rate=20.0, limit_s=160):
        calls = await ten_calls(desk)
        await asyncio.sleep(0.5)
        before = await descriptors(desk)
        answers = await flood("INVITE", "127.0.0.1", desk.address, 400, rate=100.0)
        assert answers["503"] > 100
        assert len(desk.endpoint.calls) <= TEN + desk.sip.max_calls // 2 + 1
        await asyncio.sleep(2.5)  # whoever does not acknowledge has lost its place by now
        assert (await call(caller(), desk.address)).ok
        assert {each.state for each in calls} == {CallState.ESTABLISHED}
        await desk.poll(lambda: len(desk.endpoint.calls) == TEN, limit_s=60)
        assert await descriptors(desk) == before


async def test_a_trunk_that_asks_without_end_gets_some_answers(desk: Desk) -> None:
    for kind in ("OPTIONS", "REGISTER", "MESSAGE", "BYE", "garbage"):
        answers = await flood(kind, "127.0.0.1", desk.address, 2000)
        assert sum(answers.values()) <= 2000, kind
    assert (await call(caller(), desk.address)).ok


@pytest.mark.parametrize("what", BROKEN)
async def test_an_invite_that_can_be_no_call_leaves_nothing_behind(desk: Desk, what: str) -> None:
    """Or else 255 of them end the line, and a call that nobody knows breaks the orderly end."""
    assert (await call(caller(), desk.address)).ok
    await desk.poll(lambda: not desk.endpoint.calls)
    before = await descriptors(desk)
    old, new = BROKEN[what]
    host, _, port = desk.address.partition(":")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for number in range(5):
            whole = packet("INVITE", number, "127.0.0.1:9", desk.address)
            assert old in whole
            sender.sendto(whole.replace(old, new, 1), (host, int(port)))
            await asyncio.sleep(0.05)
    await desk.poll(lambda: not desk.endpoint.calls, limit_s=60)
    assert (await call(caller(), desk.address)).ok
    await desk.poll(lambda: not desk.endpoint.calls)
    assert await descriptors(desk) == before
