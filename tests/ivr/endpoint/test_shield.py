"""Who reaches a guarded socket: the kernel's own answer, on loopback."""

from __future__ import annotations

import contextlib
import os
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from ipaddress import ip_network

import pytest
import pytest_asyncio

from ivr.endpoint import Trunk
from ivr.endpoint.own_sockets import own_sockets
from ivr.endpoint.shield import MOST_INSTRUCTIONS, Shield, only_from
from tests.ivr.endpoint.desk import Desk, settings
from tests.wire import Sipp, call, caller, free_port

pytestmark = [
    pytest.mark.timeout(60),
    pytest.mark.skipif(sys.platform != "linux", reason="the filter is Linux's"),
]

WAIT_S = 0.3


class Door:
    """A UDP socket and two TCP listeners on one port, guarded together."""

    def __init__(self) -> None:
        self.port = free_port()
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", self.port))
        self.tcp = socket.create_server(("127.0.0.1", self.port))
        self.tcp6 = socket.create_server(("::1", self.port), family=socket.AF_INET6)
        for each in (self.udp, self.tcp, self.tcp6):
            each.settimeout(WAIT_S)
        self.shield = Shield({self.port})

    def close(self) -> None:
        for each in (self.udp, self.tcp, self.tcp6):
            each.close()

    def connects(self, source: str, listener: socket.socket | None = None) -> bool:
        """Whether a connection comes through, and what it sends whole."""
        listener = listener or self.tcp
        with socket.socket(listener.family) as client:
            client.settimeout(WAIT_S)
            client.bind((source, 0))
            with contextlib.suppress(TimeoutError):
                client.connect(listener.getsockname()[:2])
                client.sendall(b"x" * 5000)
                accepted, _ = listener.accept()
                with accepted:
                    return len(accepted.recv(9000)) > 0
        return False

    def hears(self, source: str) -> bool:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.bind((source, 0))
            client.sendto(b"y" * 1000, self.udp.getsockname())
        with contextlib.suppress(TimeoutError):
            return len(self.udp.recv(2000)) == 1000
        return False


@pytest.fixture
def door() -> Iterator[Door]:
    door = Door()
    yield door
    door.close()


NETWORKS = (ip_network("127.0.0.8/30"), ip_network("127.9.0.0/16"), ip_network("2001:db8::/33"))


@pytest.mark.parametrize(
    ("source", "let_in"),
    [
        ("127.0.0.1", True),  # from the very address it goes to: ourselves
        ("127.0.0.8", True),
        ("127.0.0.11", True),
        ("127.0.0.12", False),
        ("127.0.0.7", False),
        ("127.9.200.1", True),
        ("127.8.200.1", False),
    ],
)
def test_connections_of_the_networks_come_through_and_no_others(
    door: Door, source: str, let_in: bool
) -> None:
    door.shield.guard(NETWORKS, datagrams=False)
    assert door.connects(source) is let_in
    assert door.hears(source)
    door.shield.guard(NETWORKS, datagrams=True)
    assert door.hears(source) is let_in
    door.shield.guard(NETWORKS, datagrams=False)
    assert door.hears(source)


def test_ipv6_is_guarded_by_the_same_program(door: Door) -> None:
    with socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True) as both:
        both.settimeout(WAIT_S)
        shield = Shield({both.getsockname()[1]})
        shield.guard(NETWORKS, datagrams=False)
        with socket.create_connection(("::1", both.getsockname()[1]), WAIT_S):
            both.accept()[0].close()  # ourselves
        shield.guard([ip_network("::1/128"), ip_network("fe80::/10")], datagrams=False)
        with socket.create_connection(("::1", both.getsockname()[1]), WAIT_S):
            both.accept()[0].close()


def test_what_was_kept_out_is_counted_once(door: Door) -> None:
    door.shield.guard(NETWORKS, datagrams=False)
    assert door.shield.dropped() == 0
    assert not door.connects("127.0.0.12")
    assert door.shield.dropped() > 0
    assert door.shield.dropped() == 0


def test_everybody_means_everybody(door: Door) -> None:
    door.shield.guard([ip_network("0.0.0.0/0")], datagrams=True)
    assert door.connects("127.0.0.12")
    assert door.hears("127.0.0.12")


def test_too_many_networks_are_told_and_shut_nobody_out(
    door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    many = [ip_network(f"10.{n // 250}.{n % 250}.0/24") for n in range(MOST_INSTRUCTIONS // 4)]
    with pytest.raises(ValueError, match="too many"):
        only_from(many)
    door.shield.guard(many, datagrams=True)
    assert "too many networks" in caplog.text
    assert door.connects("127.0.0.12")


def test_our_sockets_are_found_and_nothing_is_kept_of_them(door: Door) -> None:
    before = len(os.listdir("/proc/self/fd"))
    with own_sockets({door.port}) as found:
        assert len(found) == 3
    assert len(os.listdir("/proc/self/fd")) == before
    with own_sockets({free_port()}) as found:
        assert not found


@pytest_asyncio.fixture
async def desk() -> AsyncIterator[Desk]:
    trunk = Trunk("pbx", "127.0.0.1", transport="tcp", allow=(ip_network("127.0.0.1/32"),))
    desk = Desk("baresip", settings("baresip", trunks=(trunk,)))
    await desk.open()
    yield desk
    await desk.close()


async def test_a_thousand_connections_of_strangers_take_no_descriptor(desk: Desk) -> None:
    async with Sipp(caller(ending="wait"), desk.address, transport="tcp") as sipp:
        call_ = await desk.next_call()
        await desk.established(call_)
        before = len(os.listdir("/proc/self/fd"))
        held = []
        for number in range(1000):
            client = socket.socket()
            client.setblocking(False)
            client.bind((f"127.0.7.{1 + number % 250}", 0))
            with contextlib.suppress(BlockingIOError):
                client.connect(("127.0.0.1", desk.sip.listen_port))
            held.append(client)
        assert (await call(caller(), desk.address, transport="tcp")).ok
        assert len(os.listdir("/proc/self/fd")) <= before + len(held) + 3
        for client in held:
            client.close()
        await call_.hangup()
        assert (await sipp.finished()).ok
