"""Starting, draining and closing an endpoint; nothing of a call is left behind."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import threading
from collections.abc import AsyncIterator, Callable
from ipaddress import ip_network

import pytest
import pytest_asyncio

from ivr.endpoint import (
    CallState,
    CloseReason,
    DialFailed,
    EndpointError,
    NotSupported,
    RegistrationState,
    Trunk,
    open_endpoint,
)
from ivr.endpoint.call_base import CallBase
from tests.ivr.endpoint.desk import Desk, settings
from tests.wire import Keys, Pause, Sipp, call, caller

pytestmark = pytest.mark.timeout(110)

LOOPBACK = (ip_network("127.0.0.1/32"),)
Opened = Callable[..., "asyncio.Future[Desk]"]


@pytest.fixture(params=["baresip", "pyvoip"])
def stack(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest_asyncio.fixture
async def opened(stack: str) -> AsyncIterator[Callable[..., object]]:
    """Opens desks with changed settings, and closes them."""
    desks: list[Desk] = []

    async def open_desk(**changes: object) -> Desk:
        desk = Desk(stack, settings(stack, **changes))
        desks.append(desk)
        await desk.open()
        return desk

    yield open_desk
    for desk in desks:
        await desk.close()


async def test_closing_ends_calls_with_a_bye_and_may_come_twice(opened: Opened) -> None:
    desk = await opened()
    async with Sipp(caller(ending="wait"), desk.address) as sipp:
        call_ = await desk.next_call()
        await desk.established(call_)
        await desk.endpoint.close()
        await desk.endpoint.close()
        assert (await sipp.finished()).ok
    assert call_.close_reason is CloseReason.LOCAL
    assert call_.read() == b""
    assert call_.write(bytes(320)) == 0
    with pytest.raises(DialFailed):
        await desk.endpoint.dial("sip:anybody@127.0.0.1")


async def test_closing_ends_many_calls_whatever_point_each_has_reached(opened: Opened) -> None:
    desk = await opened()
    async with Sipp(caller(ending="wait"), desk.address, calls=24, rate=200.0):
        for _ in range(8):  # the others ring, or are being answered, or come now
            await desk.next_call()
        async with asyncio.timeout(30):
            await desk.endpoint.close()
    assert not desk.endpoint.calls


async def test_an_endpoint_can_be_opened_again_after_one_was_closed(opened: Opened) -> None:
    for _ in range(3):
        desk = await opened()
        assert (await call(caller(), desk.address)).ok
        await desk.close()


async def test_draining_refuses_new_calls_and_waits_for_the_live_ones(opened: Opened) -> None:
    desk = await opened()
    async with Sipp(caller([Pause(1.5)]), desk.address) as sipp:
        call_ = await desk.next_call()
        await desk.established(call_)
        draining = asyncio.create_task(desk.endpoint.drain(10.0))
        assert (await call(caller(expect=503), desk.address)).ok
        assert not draining.done()
        await draining
        assert call_.state is CallState.CLOSED
        assert (await sipp.finished()).ok


async def test_draining_ends_after_its_limit(opened: Opened) -> None:
    desk = await opened(rtp_timeout_s=30)
    async with Sipp(caller(ending="wait"), desk.address):
        call_ = await desk.next_call()
        await desk.established(call_)
        await desk.endpoint.drain(0.2)
        assert call_.state is CallState.ESTABLISHED


async def test_a_taken_port_is_told_in_words(opened: Opened, stack: str) -> None:
    desk = await opened()
    second = open_endpoint(stack, desk.sip)
    with pytest.raises(EndpointError, match="another program"):
        await second.start()


async def test_a_trunk_is_known_by_the_resolved_address_of_its_server(opened: Opened) -> None:
    desk = await opened(trunks=(Trunk("provider", "localhost"),))
    async with Sipp(caller(), desk.address):
        assert (await desk.next_call()).trunk == "provider"
    assert (await call(caller(expect=403), desk.address, source="127.0.0.2")).ok


async def test_of_two_trunks_at_one_address_the_called_name_decides(opened: Opened) -> None:
    trunks = (
        Trunk("office", "127.0.0.1", username="office", allow=LOOPBACK),
        Trunk("lifts", "127.0.0.1", username="lifts", allow=LOOPBACK),
    )
    desk = await opened(trunks=trunks)
    for called, trunk in (("lifts", "lifts"), ("office", "office"), ("4008001234", "office")):
        async with Sipp(caller(), desk.address, to=called) as sipp:
            assert (await desk.next_call()).trunk == trunk
            assert (await sipp.finished()).ok


async def test_only_a_verified_trunk_vouches_for_its_callers(opened: Opened) -> None:
    trunks = (
        Trunk("office", "127.0.0.1", username="office", allow=LOOPBACK, verified=True),
        Trunk("city", "127.0.0.1", username="city", allow=LOOPBACK),
    )
    desk = await opened(trunks=trunks)
    for called, verified in (("office", True), ("city", False)):
        async with Sipp(caller(), desk.address, to=called) as sipp:
            assert (await desk.next_call()).verified is verified
            assert (await sipp.finished()).ok


async def test_a_provider_that_we_register_with_may_call_any_number(opened: Opened) -> None:
    provider = Trunk("provider", "127.0.0.1:9", username="acc", register=True, allow=LOOPBACK)
    desk = await opened(trunks=(provider,))
    async with Sipp(caller(), desk.address, to="4008001234") as sipp:
        call_ = await desk.next_call()
        assert (call_.trunk, call_.callee) == ("provider", "4008001234")
        assert (await sipp.finished()).ok


async def test_refusals_are_logged_once_a_minute_without_numbers(
    opened: Opened, caplog: pytest.LogCaptureFixture
) -> None:
    desk = await opened()
    with caplog.at_level(logging.DEBUG):
        scenario = caller(expect=403, user="13912345678")
        assert (await call(scenario, desk.address, source="127.0.0.3", calls=5)).ok
    refused = [r for r in caplog.records if "unknown address" in r.message]
    assert len(refused) == 1
    assert refused[0].__dict__["source"] == "127.0.0.3"
    assert not [
        r for r in caplog.records if r.name.startswith("ivr") and "13912345678" in str(r.__dict__)
    ]


async def test_headers_that_we_ask_for_come_with_the_call(opened: Opened) -> None:
    pbx = Trunk("pbx", "127.0.0.1", allow=LOOPBACK, verified=True)
    desk = await opened(expose_headers=("X-Place",), trunks=(pbx,))
    async with Sipp(caller(headers="X-Place: 3-2\nX-Other: no"), desk.address):
        assert dict((await desk.next_call()).headers) == {"X-Place": "3-2"}


async def test_a_withheld_number_is_an_empty_caller(opened: Opened) -> None:
    desk = await opened()
    async with Sipp(caller(user="anonymous"), desk.address):
        assert (await desk.next_call()).caller == ""


async def test_a_trunk_without_registrar_says_that_it_failed(opened: Opened) -> None:
    desk = await opened(
        trunks=(
            Trunk("near", "127.0.0.1", allow=LOOPBACK),
            Trunk("far", "127.0.0.1:9", register=True, password="secret"),
        )
    )
    assert desk.endpoint.registrations["near"] is RegistrationState.NOT_NEEDED
    assert desk.endpoint.registrations["far"] in {
        RegistrationState.PENDING,
        RegistrationState.FAILED,
    }


async def test_nothing_is_left_of_two_hundred_short_calls(opened: Opened) -> None:
    desk = await opened()
    await short_calls(desk, 20)  # what is made once, is made now
    before = footprint()
    await short_calls(desk, 200)
    await desk.poll(lambda: footprint()[:2] <= before[:2])
    assert footprint() == before
    assert not desk.endpoint.calls


async def short_calls(desk: Desk, count: int) -> None:
    async with Sipp(caller([Keys("1")]), desk.address, calls=count, rate=20.0) as sipp:
        calls = [await desk.next_call() for _ in range(count)]
        result = await sipp.finished()
    assert result.ok, result.errors
    for call_ in calls:
        await desk.closed(call_)
    desk.reset()


def footprint() -> tuple[int, int, int]:
    """Threads, open files and calls alive in this process."""
    gc.collect()
    alive = sum(isinstance(thing, CallBase) for thing in gc.get_objects())
    return threading.active_count(), len(os.listdir("/proc/self/fd")), alive


async def test_pyvoip_on_every_address_announces_the_one_towards_its_trunk() -> None:
    desk = Desk("pyvoip", settings("pyvoip", listen_host="0.0.0.0"))
    await desk.open()
    try:
        result = await call(caller([Keys("1")]), desk.address)
    finally:
        await desk.close()
    assert result.ok, result.errors
    assert "c=IN IP4 127.0.0.1" in result.messages


@pytest.mark.parametrize(
    "changes",
    [
        {"transports": ("udp", "tcp")},
        {"codecs": ("opus", "pcma")},
        {"max_calls": 51},
        {"listen_host": "::1"},
        {"trunks": (Trunk("safe", "127.0.0.1", srtp="required"),)},
    ],
)
async def test_pyvoip_refuses_what_it_cannot_do(changes: dict[str, object]) -> None:
    with pytest.raises(NotSupported):
        await open_endpoint("pyvoip", settings("pyvoip", **changes)).start()


async def test_baresip_says_how_many_headers_it_reads() -> None:
    names = tuple(f"X-{number}" for number in range(16))
    with pytest.raises(EndpointError, match="at most 11"):
        await open_endpoint("baresip", settings("baresip", expose_headers=names)).start()


def test_an_unknown_stack_is_told_in_words() -> None:
    with pytest.raises(EndpointError, match="baresip, pyvoip"):
        open_endpoint("asterisk", settings("pyvoip"))


def test_secrets_of_a_trunk_are_not_shown() -> None:
    assert "secret" not in repr(Trunk("far", "sip.example.com", password="secret"))
