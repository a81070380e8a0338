"""The dashboard's server takes no more of the program than it may; nobody is kept from calling."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path

import pytest
from fastapi import FastAPI, Request

from call_logs.storage import Checks
from hotline.config.addresses import Address
from hotline.config.config import Config
from hotline.web import Pages
from hotline.web_limits import Gate

LIMIT_S = 20.0


def app() -> FastAPI:
    made = FastAPI()

    @made.get("/")
    async def home(request: Request) -> dict[str, str | None]:
        return {"client": request.client.host if request.client else None}

    @made.post("/")
    async def take(request: Request) -> dict[str, int]:
        return {"size": len(await request.body())}

    return made


def config(**changes: object) -> Config:
    plain = Config()
    section = replace(plain.dashboard, listen=Address("127.0.0.1", 0), **changes)  # type: ignore[arg-type]
    return replace(plain, dashboard=section)


@asynccontextmanager
async def served(config: Config) -> AsyncIterator[Pages]:
    pages = Pages(app(), config, Checks())
    pages.start()
    try:
        yield pages
    finally:
        await pages.close()


def port_of(pages: Pages) -> int:
    return int(pages.url.rpartition(":")[2])


async def connect(pages: Pages) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", port_of(pages))


async def ask(pages: Pages, headers: str = "", request: bytes = b"") -> bytes:
    reader, writer = await connect(pages)
    writer.write(
        request or f"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{headers}\r\n".encode()
    )
    async with asyncio.timeout(LIMIT_S):
        answer = await reader.read()
    writer.close()
    return answer


async def is_closed(reader: asyncio.StreamReader) -> bool:
    try:
        async with asyncio.timeout(LIMIT_S):
            return await reader.read(1) == b""
    except (ConnectionError, OSError):
        return True


async def test_connections_beyond_the_number_are_closed_and_those_within_are_served() -> None:
    async with served(config(max_connections=20)) as pages:  # 6 of one address
        idle = [await connect(pages) for _ in range(40)]
        await asyncio.sleep(0.3)
        closed = [await is_closed(reader) for reader, _ in idle[6:]]
        assert all(closed)
        assert not any(reader.at_eof() for reader, _ in idle[:6])
        for _, writer in idle:
            writer.close()
        await asyncio.sleep(0.3)
        assert b"200 OK" in await ask(pages)


async def test_a_request_that_never_comes_to_its_end_is_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("hotline.web_limits.HEAD_S", 0.5)
    monkeypatch.setattr("hotline.web_limits.BODY_S", 0.5)
    begun = (
        b"",  # never says a word
        b"GET / HT",  # and not another one
        b"GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HT",  # in the second request
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc",
    )
    async with served(config()) as pages:
        for piece in begun:
            reader, writer = await connect(pages)
            writer.write(piece)
            async with asyncio.timeout(LIMIT_S):
                while await reader.read(1000):
                    pass
            writer.close()
        whole = begun[-1].replace(b"10", b"3").replace(b"Host: a", b"Host: a\r\nConnection: close")
        answer = await ask(pages, request=whole)
        assert b'{"size":3}' in answer


async def test_a_head_that_is_too_large_is_refused() -> None:
    async with served(config()) as pages:
        reader, writer = await connect(pages)
        writer.write(b"GET / HTTP/1.1\r\nHost: a\r\nX-Long: " + b"a" * 100_000)
        async with asyncio.timeout(LIMIT_S):
            assert b"400 Bad Request" in await reader.read()
        writer.close()


@pytest.mark.parametrize(
    ("proxies", "seen"), [((), "127.0.0.1"), ((ip_network("127.0.0.0/8"),), "192.0.2.9")]
)
async def test_who_asks_is_told_by_a_proxy_only_when_the_configuration_names_it(
    proxies: tuple[object, ...], seen: str
) -> None:
    async with served(config(proxies=proxies)) as pages:
        answer = await ask(pages, headers="X-Forwarded-For: 192.0.2.9\r\n")
        assert json.loads(answer.rpartition(b"\r\n\r\n")[2]) == {"client": seen}


async def test_an_address_that_is_taken_is_told_and_served_once_it_is_free(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("hotline.web.AGAIN_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        checks = Checks()
        section = replace(Config().dashboard, listen=Address("127.0.0.1", port))
        pages = Pages(app(), replace(Config(), dashboard=section), checks)
        pages.start()  # the telephone goes on
        found = {check.name: check for check in await checks.look()}
        assert not found["dashboard"].ok
        assert "take another port" in found["dashboard"].detail
    try:
        async with asyncio.timeout(LIMIT_S):
            while True:
                found = {check.name: check for check in await checks.look()}
                if found["dashboard"].ok:
                    break
                await asyncio.sleep(0.1)
        assert b"200 OK" in await ask(pages)
    finally:
        await pages.close()


def test_descriptors_do_not_grow_with_connections(tmp_path: Path) -> None:
    gate = Gate.listening("127.0.0.1", 0)
    gate.most = 5
    here = Path("/proc/self/fd")
    before = len(list(here.iterdir()))
    for _ in range(200):
        with socket.create_connection(gate.getsockname()):
            try:
                connection, _ = gate.accept()
            except BlockingIOError:
                continue
            connection.close()
    assert len(list(here.iterdir())) == before
    gate.close()
