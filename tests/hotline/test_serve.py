"""`hotline serve` as an administrator starts and ends it: a real process."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

START_LIMIT_S = 60.0
END_LIMIT_S = 30.0


def free_port(kind: socket.SocketKind) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@contextlib.asynccontextmanager
async def served(folder: Path) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """The running program and its dashboard's address."""
    (folder / "hotline.conf").write_text(
        f"""
[hotline]
languages = zh-CN
log = json
[asr]
model = embedded
[sip]
listen = 127.0.0.1:{free_port(socket.SOCK_DGRAM)}
transport = udp
rtp_ports = 22000-22999
[trunk here]
server = 127.0.0.1
options = no
[dashboard]
listen = 127.0.0.1:{free_port(socket.SOCK_STREAM)}
""",
        encoding="utf-8",
    )
    process = await asyncio.create_subprocess_exec(
        Path(sys.executable).with_name("hotline"),
        "serve",
        "--config",
        folder / "hotline.conf",
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(START_LIMIT_S):
            yield process, await _address(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def _address(process: asyncio.subprocess.Process) -> str:
    """Reads the log until the program says that it answers calls."""
    assert process.stderr is not None
    seen = b""
    async for line in process.stderr:
        seen += line
        with contextlib.suppress(json.JSONDecodeError):
            entry = json.loads(line)
            if entry.get("event") == "answering calls":
                return str(entry["dashboard"])
    raise AssertionError(seen.decode())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_it_serves_until_it_is_told_to_end(tmp_path: Path, number: signal.Signals) -> None:
    async with served(tmp_path) as (process, address):
        async with httpx.AsyncClient(timeout=10) as browser:
            health = await browser.get(f"{address}/healthz")
        assert health.status_code == 200
        process.send_signal(number)
        async with asyncio.timeout(END_LIMIT_S):
            await process.communicate()
        assert process.returncode == 0


async def test_everything_it_keeps_is_for_its_own_user_alone(tmp_path: Path) -> None:
    async with served(tmp_path):
        home = tmp_path / "home"
        assert home.stat().st_mode & 0o077 == 0
        assert (home / "hotline.key").stat().st_mode & 0o077 == 0


async def test_the_command_line_reads_beside_a_running_service(tmp_path: Path) -> None:
    async with served(tmp_path):
        reader = await asyncio.create_subprocess_exec(
            Path(sys.executable).with_name("hotline"),
            "tickets",
            "--json",
            "--config",
            tmp_path / "hotline.conf",
            stdout=asyncio.subprocess.PIPE,
        )
        out, _ = await reader.communicate()
        assert reader.returncode == 0
        assert json.loads(out) == []


async def hotline(folder: Path, *arguments: str, words: str = "") -> tuple[int | None, str]:
    """A command with the same configuration: its exit code, and what it says."""
    process = await asyncio.create_subprocess_exec(
        Path(sys.executable).with_name("hotline"),
        *arguments,
        "--config",
        folder / "hotline.conf",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(START_LIMIT_S):
        said, _ = await process.communicate(words.encode())
    return process.returncode, said.decode()


async def test_a_second_program_does_not_start_and_says_who_is_there(tmp_path: Path) -> None:
    async with served(tmp_path) as (process, address):
        code, said = await hotline(tmp_path, "serve")
        assert code not in (0, None)
        assert f"in use by process {process.pid} on" in said
        assert "since" in said
        assert "Traceback" not in said
        code, said = await hotline(tmp_path, "roster", "show")  # commands go on beside it
        assert code == 0, said
        async with httpx.AsyncClient(timeout=10) as browser:
            health = await browser.get(f"{address}/healthz")
        assert health.status_code == 200
        parts = health.json()["parts"]
        assert {"lease", "writes"} <= set(parts)


async def test_after_a_kill_it_starts_at_once(tmp_path: Path) -> None:
    async with served(tmp_path) as (process, _):
        process.kill()
        await process.communicate()
    async with served(tmp_path) as (process, _):
        assert process.returncode is None
