"""The name server that the SIP stack asks, and the stack on a machine without a network."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import sys
from pathlib import Path

import pytest

from ivr.endpoint.resolver import Resolver, asked, name_servers, replied

pytestmark = pytest.mark.timeout(60)

ID = b"\x12\x34"


def query(name: str, kind: int) -> bytes:
    labels = b"".join(bytes([len(part)]) + part.encode() for part in name.split("."))
    return ID + b"\1\0\0\1\0\0\0\0\0\0" + labels + b"\0" + kind.to_bytes(2, "big") + b"\0\1"


async def ask(resolver: Resolver, question: bytes) -> bytes:
    host, _, port = resolver.address.partition(":")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_sendto(asking, question, (host, int(port)))
        async with asyncio.timeout(12):
            return await loop.sock_recv(asking, 4096)


def code(answer: bytes) -> int:
    return answer[3] & 0x0F


def test_a_query_is_read() -> None:
    assert asked(query("_sip._udp.pbx.example", 33)) == ("_sip._udp.pbx.example", 33)
    assert asked(ID + bytes(10)) == ("", 0)
    assert asked(query("cut", 1)[:-3]) == ("", 0)


def test_an_answer_repeats_the_question() -> None:
    answer = replied(query("pbx.example", 1), 3)
    assert answer[:2] == ID
    assert answer[2] & 0x80
    assert code(answer) == 3
    assert answer[12:] == query("pbx.example", 1)[12:]


async def test_names_are_looked_up_as_the_system_does() -> None:
    resolver = Resolver()
    await resolver.open()
    answer = await ask(resolver, query("localhost", 1))
    await resolver.close()
    await resolver.close()
    assert code(answer) == 0
    assert answer.endswith(socket.inet_aton("127.0.0.1"))


async def test_what_no_server_answers_has_failed(tmp_path: Path) -> None:
    (tmp_path / "resolv.conf").write_text("# none\nnameserver 127.0.0.9\n")
    resolver = Resolver(tmp_path / "resolv.conf")
    await resolver.open()
    answer = await ask(resolver, query("_sip._udp.pbx.invalid", 33))
    await ask(resolver, query("pbx.invalid", 1))
    await resolver.close()
    assert code(answer) == 2


def test_the_systems_servers_are_read(tmp_path: Path) -> None:
    file = tmp_path / "resolv.conf"
    file.write_text("search here\nnameserver 10.0.0.1\nnameserver ::1\noptions x\nnameserver\n")
    assert name_servers(file) == ["10.0.0.1", "::1"]
    assert name_servers(tmp_path / "absent") == ["127.0.0.1"]


PROGRAM = """
import asyncio
from ivr.endpoint import DialFailed, SipSettings, Trunk, open_endpoint
async def main():
    far = Trunk("far", "pbx.example.com", register=True, password="x")
    trunks = (far, Trunk("here", "localhost:9"))
    endpoint = open_endpoint("baresip", SipSettings("127.0.0.1", 5060, trunks=trunks))
    await endpoint.start()
    for name in ("far", "here", "far"):
        try:
            call = await endpoint.dial("sip:110@pbx.example.com", trunk=name, timeout_s=1)
            await asyncio.sleep(0.5)
            await call.hangup()
        except DialFailed as failed:
            print(failed)
    await asyncio.sleep(1)
    await endpoint.close()
asyncio.run(main())
print("ended well")
"""


@pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("unshare") is None, reason="needs root and unshare"
)
async def test_a_machine_without_any_network_survives_names() -> None:
    process = await asyncio.create_subprocess_exec(
        *("unshare", "--net", "sh", "-c", 'ip link set lo up; exec "$0" -c "$1"'),
        *(sys.executable, PROGRAM),
        cwd=Path(__file__).parents[3],
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    told, _ = await process.communicate()
    assert process.returncode == 0, told.decode()[-2000:]
    assert b"ended well" in told
