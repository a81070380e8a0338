"""`hotline doctor` on real ports, files, models and peers."""

from __future__ import annotations

import asyncio
import shutil
import socket
import sqlite3
import sys
from collections import namedtuple
from datetime import timedelta
from pathlib import Path

import pytest

from call_logs.storage import SYSTEM_CLOCK
from hotline.checks import machine
from hotline.checks.doctor import examine
from hotline.checks.result import Result, State
from hotline.config.reading import load_config
from tests.ivr.endpoint.registrar import registrar
from tests.turned_clock import TurnedClock

Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def free_port() -> int:
    """A port that nobody holds; the doctor only tries it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@pytest.fixture
def config_file(tmp_path: Path, free_port: int) -> Path:
    path = tmp_path / "hotline.conf"
    path.write_text(
        f"[hotline]\nlanguages = zh-CN\n[asr]\nmodel = embedded\n"
        f"[sip]\nlisten = 127.0.0.1:{free_port}\ntransport = udp\n"
        f"[dashboard]\nlisten = 127.0.0.1:{free_port}\n",
        encoding="utf-8",
    )
    return path


async def looked_at(path: Path) -> dict[str, Result]:
    return {item.name: item for item in await examine(path)}


async def test_a_fit_machine_has_nothing_that_fails(config_file: Path) -> None:
    results = await looked_at(config_file)
    assert [item for item in results.values() if item.state is State.FAIL] == []
    assert {
        "configuration",
        "SIP port",
        "dashboard port",
        "trunks",
        "speech model zh-CN",
        "voice",
        "home folder",
        "key file",
        "database",
        "clock",
        "clock synchronisation",
        "ffmpeg",
    } <= set(results)


async def test_every_part_that_is_not_well_says_how_to_mend_it(config_file: Path) -> None:
    results = await looked_at(config_file)
    assert all(item.mend for item in results.values() if item.state is not State.OK)


async def test_the_synthetic_model_is_warned_of_and_its_engine_told(config_file: Path) -> None:
    model = (await looked_at(config_file))["speech model zh-CN"]
    assert model.state is State.WARN
    assert "synthetic" in model.fact
    assert "live calls use" in model.fact
    assert "word lists" in model.fact
    assert "models install zh-CN" in model.mend


async def test_a_missing_model_is_a_warning_for_calls_are_kept(
    config_file: Path,
) -> None:
    text = config_file.read_text(encoding="utf-8").replace("model = embedded", "")
    config_file.write_text(text, encoding="utf-8")
    assert (await looked_at(config_file))["speech model zh-CN"].state is State.WARN


async def test_looking_makes_nothing(config_file: Path) -> None:
    await examine(config_file)
    assert [item.name for item in config_file.parent.iterdir()] == ["hotline.conf"]


async def test_a_configuration_with_mistakes_fails_and_the_rest_is_looked_at(
    config_file: Path,
) -> None:
    with config_file.open("a", encoding="utf-8") as file:
        file.write("[nonsense]\n")
    results = await looked_at(config_file)
    assert results["configuration"].state is State.FAIL
    assert "hotline check" in results["configuration"].mend
    assert "clock" in results


async def test_a_configuration_that_cannot_be_read_is_the_only_result(tmp_path: Path) -> None:
    (result,) = await examine(tmp_path / "none.conf")
    assert result.state is State.FAIL


async def test_a_taken_port_is_told(config_file: Path, free_port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as holder:
        holder.bind(("127.0.0.1", free_port))
        results = await looked_at(config_file)
    assert results["SIP port"].state is State.WARN
    assert "is taken" in results["SIP port"].fact
    assert results["dashboard port"].state is State.OK


async def test_a_trunk_is_asked_by_options(config_file: Path) -> None:
    class Peer(asyncio.DatagramProtocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self.transport = transport

        def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
            assert data.startswith(b"OPTIONS ")
            self.transport.sendto(b"SIP/2.0 200 OK\r\n\r\n", addr)  # type: ignore[attr-defined]

    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        Peer, local_addr=("127.0.0.1", 0)
    )
    port = transport.get_extra_info("sockname")[1]
    with config_file.open("a", encoding="utf-8") as file:
        file.write(f"[trunk here]\nserver = 127.0.0.1:{port}\n")
        file.write("[trunk gone]\nserver = 127.0.0.1:1\n")
    try:
        results = await looked_at(config_file)
    finally:
        transport.close()
    assert results["trunk here"].state is State.OK
    assert results["trunk gone"].state is State.FAIL
    assert "its port is closed" in results["trunk gone"].fact
    assert "nothing listens" in results["trunk gone"].mend


async def test_a_trunk_that_does_not_answer_is_told_from_one_that_refuses(
    config_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ivr.endpoint.options.ANSWER_LIMIT_S", 0.2)
    async with registrar() as (peer, port):
        peer.silent = True
        with config_file.open("a", encoding="utf-8") as file:
            file.write(f"[trunk mute]\nserver = 127.0.0.1:{port}\n")
            file.write("[trunk lost]\nserver = nosuch.invalid\n")
        results = await looked_at(config_file)
    assert results["trunk mute"].state is State.WARN
    assert "no answer" in results["trunk mute"].fact
    assert "firewall" in results["trunk mute"].mend
    assert "DNS" in results["trunk lost"].mend


@pytest.mark.parametrize(
    ("user", "password", "state", "fact"),
    [
        ("hotline", "right", State.OK, "takes our username and password (200)"),
        ("hotline", "wrong", State.FAIL, "refuses our password (403)"),
        ("nobody", "right", State.FAIL, "does not know our user (404)"),
    ],
)
async def test_a_trunk_that_we_register_with_is_shown_the_password(
    config_file: Path, user: str, password: str, state: State, fact: str
) -> None:
    async with registrar() as (peer, port):
        with config_file.open("a", encoding="utf-8") as file:
            file.write(
                f"[trunk provider]\nserver = 127.0.0.1:{port}\nregister = yes\n"
                f"username = {user}\npassword = {password}\n"
            )
        results = await looked_at(config_file)
    assert results["trunk provider"].state is state
    assert fact in results["trunk provider"].fact
    assert len(peer.registers) == 2  # asked once: a server counts wrong passwords


async def test_an_old_database_without_its_key_fails(config_file: Path) -> None:
    home = config_file.parent / "home"
    home.mkdir()
    (home / "hotline.db").touch()
    results = await looked_at(config_file)
    assert results["key file"].state is State.FAIL
    assert results["database"].state is State.FAIL
    assert not (home / "hotline.key").exists()


@pytest.mark.parametrize(
    ("free", "state"),
    [(100_000_000, State.FAIL), (1_000_000_000, State.WARN), (9_000_000_000, State.OK)],
)
async def test_a_full_disk_is_told(
    config_file: Path, monkeypatch: pytest.MonkeyPatch, free: int, state: State
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**10, 10**10 - free, free))
    assert (await looked_at(config_file))["home folder"].state is state


async def test_a_clock_behind_its_own_files_fails(
    config_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = config_file.parent / "home"
    home.mkdir()
    (home / "recent").touch()
    yesterday = TurnedClock(SYSTEM_CLOCK.now() - timedelta(days=1))
    monkeypatch.setattr(machine, "SYSTEM_CLOCK", yesterday)
    assert (await looked_at(config_file))["clock"].state is State.FAIL


@pytest.mark.parametrize(
    ("python", "sqlite", "state"),
    [
        ((3, 11, 7), (3, 40, 1), State.OK),
        ((3, 12, 1), (3, 40, 1), State.FAIL),
        ((3, 12, 1), (3, 42, 0), State.OK),
    ],
)
async def test_a_python_whose_sqlite_is_too_old_for_the_jobs_fails(
    config_file: Path,
    monkeypatch: pytest.MonkeyPatch,
    python: tuple[int, ...],
    sqlite: tuple[int, ...],
    state: State,
) -> None:
    monkeypatch.setattr(sys, "version_info", python)
    monkeypatch.setattr(sqlite3, "sqlite_version_info", sqlite)
    (result,) = await machine.python(load_config(config_file, {}))
    assert result.state is state


async def test_a_missing_ffmpeg_is_a_warning(
    config_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(config_file.parent))
    ffmpeg = (await looked_at(config_file))["ffmpeg"]
    assert ffmpeg.state is State.WARN
    assert "install ffmpeg" in ffmpeg.mend


@pytest.mark.parametrize(
    ("lines", "state"), [("code = 246813\n", State.OK), ("", State.WARN)], ids=["code", "none"]
)
async def test_who_comes_into_training_is_told(config_file: Path, lines: str, state: State) -> None:
    with config_file.open("a", encoding="utf-8") as file:
        file.write("[trunk main]\nserver = 127.0.0.1\nverified = yes\noptions = no\n")
        file.write(f"[training]\nnumber = 8600\n{lines}")
    found = (await looked_at(config_file))["training"]
    assert found.state is state
    assert "8600" in found.fact
    assert "246813" not in str(found)
