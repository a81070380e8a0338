"""Notices over the wire: what apprise really sends to a service."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest

from call_logs import Notice, send_notice

NOTICE = Notice("紧急：电梯困人", "地点：5号楼\n人数：3人", "电梯困人 5号楼 3人")


class Service:
    """An HTTP server that keeps what it was sent; `status` is its answer."""

    def __init__(self) -> None:
        self.port = 0
        self.status = 200
        self.answer: Mapping[str, Any] = {}
        self.taken: list[dict[str, Any]] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        lengths = [
            int(line.split(b":")[1])
            for line in head.splitlines()
            if line.lower().startswith(b"content-length")
        ]
        self.taken.append(json.loads(await reader.readexactly(lengths[0])))
        body = json.dumps(self.answer).encode()
        writer.write(
            b"HTTP/1.1 %d X\r\nContent-Type: application/json\r\nContent-Length: %d\r\n"
            b"Connection: close\r\n\r\n%b" % (self.status, len(body), body)
        )
        await writer.drain()
        writer.close()


@asynccontextmanager
async def serving() -> AsyncIterator[Service]:
    made = Service()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    async with server:
        yield made


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    async with serving() as made:
        yield made


async def test_a_chat_gets_the_title_and_a_fact_a_line(service: Service) -> None:
    assert await send_notice([f"json://127.0.0.1:{service.port}/"], NOTICE) == (1, 0)
    (sent,) = service.taken
    assert (sent["title"], sent["message"]) == (NOTICE.title, NOTICE.body)


async def test_an_sms_service_gets_the_short_text_alone(service: Service) -> None:
    service.answer = {"result": [{"message_id": 1, "status": "ok"}]}
    url = f"smseagle://token@127.0.0.1:{service.port}/+8613800138000"
    assert await send_notice([url], NOTICE) == (1, 0)
    (sent,) = service.taken
    assert sent["params"]["message"] == NOTICE.short


async def test_one_service_that_refuses_does_not_keep_the_others(service: Service) -> None:
    dead = "json://127.0.0.1:9/"
    assert await send_notice([dead, f"json://127.0.0.1:{service.port}/"], NOTICE) == (1, 1)
    service.status = 500
    assert await send_notice([f"json://127.0.0.1:{service.port}/"], NOTICE) == (0, 1)


async def test_neither_addresses_nor_numbers_are_logged_whatever_fails(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    service.status = 500
    urls = [
        "nonsense://secret-token",
        f"smseagle://secret-token@127.0.0.1:{service.port}/+8613800138000",
        f"json://secret-token@127.0.0.1:{service.port}/",
    ]
    assert await send_notice(urls, NOTICE) == (0, 3)
    assert "some notices were not taken" in caplog.text
    for secret in ("secret-token", "13800138000", "电梯"):
        assert secret not in caplog.text
