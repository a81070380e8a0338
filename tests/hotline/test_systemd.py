"""What systemd hears of the real program, over a socket of ours."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shlex
import shutil
import signal
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from hotline.systemd import notify, watchdog_s
from tests.hotline.hanging_program import HANGS
from tests.hotline.test_serve import END_LIMIT_S, free_port

pytestmark = pytest.mark.timeout(150)

START_LIMIT_S = 60.0
WATCHDOG_S = 4.0


class Systemd:
    """The socket that systemd would read, and all it was told."""

    def __init__(self, path: Path) -> None:
        self.address = str(path)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self.address)
        self._socket.setblocking(False)
        self.told: list[str] = []

    def close(self) -> None:
        self._socket.close()

    def hear(self) -> list[str]:
        """What is new."""
        news: list[str] = []
        with contextlib.suppress(BlockingIOError):
            while True:
                news += self._socket.recv(4096).decode().splitlines()
        self.told += news
        return news

    async def wait_for(self, line: str, limit_s: float = START_LIMIT_S) -> None:
        async with asyncio.timeout(limit_s):
            while not any(each.startswith(line) for each in self.hear()):  # noqa: ASYNC110
                await asyncio.sleep(0.05)


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[Systemd]:
    listening = Systemd(tmp_path / "notify")
    yield listening
    listening.close()


@contextlib.asynccontextmanager
async def program(
    folder: Path, systemd: Systemd, *command: str | Path, sip: str = "", **options: object
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A program on a configuration in `folder`, as systemd starts it."""
    listen = sip or f"127.0.0.1:{free_port(socket.SOCK_DGRAM)}"
    (folder / "hotline.conf").write_text(
        f"[hotline]\nlanguages = zh-CN\nlog = json\n[asr]\nmodel = embedded\n"
        f"[sip]\nlisten = {listen}\ntransport = udp, tcp\nrtp_ports = 22000-22999\ndrain_s = 0\n"
        "[trunk here]\nserver = 127.0.0.1\noptions = no\n"
        f"[dashboard]\nlisten = 127.0.0.1:{free_port(socket.SOCK_STREAM)}\n"
    )
    log = (folder / "log").open("wb")
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        cwd=Path(__file__).parents[2],
        env={
            **os.environ,
            "NOTIFY_SOCKET": systemd.address,
            "WATCHDOG_USEC": str(int(WATCHDOG_S * 1e6)),
        },
        **options,  # type: ignore[arg-type]
    )
    log.close()
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def serve(folder: Path) -> tuple[str | Path, ...]:
    command = Path(sys.executable).with_name("hotline")
    return command, "serve", "--config", folder / "hotline.conf"


async def test_it_is_ready_once_it_answers_and_says_when_it_stops(
    tmp_path: Path, systemd: Systemd
) -> None:
    async with program(tmp_path, systemd, *serve(tmp_path)) as process:
        await systemd.wait_for("READY=1")
        await systemd.wait_for("WATCHDOG=1", 10.0)
        await systemd.wait_for("WATCHDOG=1", 10.0)
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(END_LIMIT_S):
            assert await process.wait() == 0
    systemd.hear()
    assert "STOPPING=1" in systemd.told
    assert systemd.told.index("READY=1") < systemd.told.index("STOPPING=1")


@pytest.mark.parametrize("part", HANGS)
async def test_the_watchdog_is_fed_no_more_once_a_part_hangs(
    part: str, tmp_path: Path, systemd: Systemd
) -> None:
    hanging = (sys.executable, "-m", "tests.hotline.hanging_program", part)
    async with program(tmp_path, systemd, *hanging, tmp_path / "hotline.conf") as process:
        await systemd.wait_for("READY=1")
        await systemd.wait_for("WATCHDOG=1", 10.0)
        process.send_signal(signal.SIGUSR1)
        await asyncio.sleep(WATCHDOG_S)  # what was under way may still be told
        systemd.hear()
        await asyncio.sleep(2 * WATCHDOG_S)
        assert "WATCHDOG=1" not in systemd.hear()
        assert process.returncode is None  # it hangs, and has not ended by itself
    if part != "loop":
        assert any(part in line for line in systemd.told if line.startswith("STATUS=Hangs"))


async def test_without_systemd_nobody_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    monkeypatch.delenv("WATCHDOG_USEC", raising=False)
    assert not notify("READY=1")
    assert watchdog_s() is None


def test_a_watchdog_of_another_process_is_not_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", "30000000")
    assert watchdog_s() == 30.0
    monkeypatch.setenv("WATCHDOG_PID", "1")
    assert watchdog_s() is None


NETWORK = (
    "ip link add eth9 type veth peer name eth8; ip address add 10.99.0.1/24 dev eth9; "
    "ip link set eth9 up; ip link set eth8 up"
)


def quoted(folder: Path) -> str:
    return shlex.join(str(word) for word in serve(folder))


needs_a_network_of_its_own = pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("unshare") is None or shutil.which("ip") is None,
    reason="needs root, unshare and ip",
)


@needs_a_network_of_its_own
@pytest.mark.parametrize("listen", ["0.0.0.0:5060", "10.99.0.1:5060"])
async def test_a_machine_that_is_up_before_its_network_answers_once_that_comes(
    listen: str, tmp_path: Path, systemd: Systemd
) -> None:
    come = tmp_path / "come"
    os.mkfifo(come)
    script = f"ip link set lo up; (read come < {come}; {NETWORK}) & exec {quoted(tmp_path)}"
    alone = ("unshare", "--net", "sh", "-c", script)
    async with program(tmp_path, systemd, *alone, sip=listen):
        await systemd.wait_for("STATUS=Waiting for the network")
        assert "READY=1" not in systemd.told
        come.write_text("now\n")
        await systemd.wait_for("READY=1")


@needs_a_network_of_its_own
async def test_an_address_that_goes_away_fails_the_health(tmp_path: Path, systemd: Systemd) -> None:
    leave = f"(read gone < {tmp_path}/gone; ip link delete eth9)"
    script = f"ip link set lo up; {NETWORK}; {leave} & exec {quoted(tmp_path)}"
    os.mkfifo(tmp_path / "gone")
    alone = ("unshare", "--net", "sh", "-c", script)
    async with program(tmp_path, systemd, *alone, sip="10.99.0.1:5060") as process:
        await systemd.wait_for("READY=1")
        (tmp_path / "gone").write_text("now\n")
        async with asyncio.timeout(110):
            assert await process.wait() == 1
    log = (tmp_path / "log").read_text()
    assert "the SIP port does not answer" in log
    assert "no call can come in for" in log


async def test_an_address_that_never_comes_ends_it_with_an_error(
    tmp_path: Path, systemd: Systemd
) -> None:
    quick = (
        "import hotline.supervision as s; s.NETWORK_LIMIT_S = 3.0\n"
        "from hotline.cli import main; main()"
    )
    command = (sys.executable, "-c", quick, *serve(tmp_path)[1:])
    async with program(tmp_path, systemd, *command, sip="203.0.113.77:5060") as process:
        async with asyncio.timeout(START_LIMIT_S):
            assert await process.wait() == 1
    assert "READY=1" not in systemd.told
    assert "is no address of this machine" in (tmp_path / "log").read_text()


async def test_it_can_be_stopped_while_it_waits_for_its_network(
    tmp_path: Path, systemd: Systemd
) -> None:
    async with program(tmp_path, systemd, *serve(tmp_path), sip="203.0.113.77:5060") as process:
        await systemd.wait_for("STATUS=Waiting for the network")
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(END_LIMIT_S):
            assert await process.wait() == 0
