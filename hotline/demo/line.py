"""Loopback, and the synthetic people's telephones on it."""

from __future__ import annotations

import asyncio
import json
import socket
import sys
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any

__all__ = ["HOST", "eventually", "free_port", "telephone"]

HOST = "127.0.0.1"
CALL_LIMIT_S = 150.0


async def telephone(script: Mapping[str, Any], limit_s: float = CALL_LIMIT_S) -> None:
    """Run a synthetic person, in a process of their own, to the end of their script.

    Raises:
        RuntimeError: they failed; the message says why.
        TimeoutError.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "hotline.demo.caller",
        stdin=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(limit_s):
            _, errors = await process.communicate(json.dumps(dict(script)).encode())
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
    if process.returncode:
        last = (errors.decode(errors="replace").strip().splitlines() or ["no message"])[-1]
        raise RuntimeError(f"a synthetic telephone failed: {last}")


async def eventually(check: Callable[[], Awaitable[bool]], limit_s: float) -> bool:
    """Whether it comes true within the limit."""
    with suppress(TimeoutError):
        async with asyncio.timeout(limit_s):
            while not await check():  # noqa: ASYNC110 - asks the database
                await asyncio.sleep(0.2)
            return True
    return False


def free_port(kind: socket.SocketKind, wanted: int) -> int:
    """`wanted` if nobody has it, else any free port."""
    for port in (wanted, 0):
        with socket.socket(socket.AF_INET, kind) as probe, suppress(OSError):
            probe.bind((HOST, port))
            return int(probe.getsockname()[1])
    raise RuntimeError("no free port on loopback")
