"""The program as its users run it: `hotline serve` in a process of its own."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Self, TypeVar

from call_logs import Store
from call_logs.calls import CallFilter, CallRecord
from call_logs.recordings import TranscriptStatus
from call_logs.tickets import Ticket
from hotline.config.config import Config
from hotline.config.reading import load_config
from hotline.storage import open_store
from tests.wire import BaresipPhone
from tests.wire.forked import ForkedHotline
from tests.wire.ports import free_hotline_port
from tests.wire.process import PeerProcess

T = TypeVar("T")

START_S = 40.0
STOP_S = 30.0
HOST = "127.0.0.1"
COMMAND = Path(sys.executable).with_name("hotline")


class Program:
    """A running hotline on loopback, with the synthetic Chinese model.

    `sections` are further lines of the configuration file, as a dictionary of
    section -> lines; `sections["sip"]` goes behind the keys set here. With `forked` it has read
    its modules before it starts (`tests.wire.forked`).
    """

    def __init__(
        self,
        folder: Path,
        sections: dict[str, str] | None = None,
        *,
        allow: str = "127.0.0.0/8",
        transport: str = "udp, tcp",
        forked: bool = True,
    ) -> None:
        self.folder = folder
        self._forked = forked
        self._allow = allow
        self._transport = transport
        self.sip_port = free_hotline_port()
        self.http_port = free_tcp_port()
        self._sections = sections or {}
        self._process: PeerProcess | None = None
        self.config_file = folder / "hotline.conf"

    @property
    def uri(self) -> str:
        """Whom owners call."""
        return f"sip:hotline@{HOST}:{self.sip_port}"

    @property
    def remote(self) -> str:
        """host:port of the SIP side, as SIPp takes it."""
        return f"{HOST}:{self.sip_port}"

    @property
    def url(self) -> str:
        """The dashboard's address."""
        return f"http://{HOST}:{self.http_port}"

    @property
    def config(self) -> Config:
        return load_config(self.config_file)

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        return self._process.exit_code if self._process is not None else None

    def output(self) -> str:
        """The log so far, of this start."""
        return self._process.output() if self._process is not None else ""

    async def __aenter__(self) -> Self:
        self._write_config()
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._process is not None:
            await self._process.close()

    async def start(self, *, well: bool = True, output: Path | None = None) -> None:
        """Start, and wait until it answers calls and, with `well`, calls itself healthy.

        `output`: the folder for its log, when its own has no room for one.

        Raises:
            RuntimeError: it ended or did not come up; the message holds its log.
        """
        arguments = ["serve", "--config", str(self.config_file)]
        self._process = await self._begin(arguments, output or self.folder)
        for _ in range(int(START_S / 0.1)):
            if self._process.exit_code is not None:
                break
            if well and await asyncio.to_thread(_healthy, self.url):
                return
            if not well and "answering calls" in self.output():
                return
            await asyncio.sleep(0.1)
        raise RuntimeError(f"the program did not come up:\n{self.output()}")

    async def _begin(self, arguments: list[str], folder: Path) -> PeerProcess:
        if not self._forked:
            return await PeerProcess.start([str(COMMAND), *arguments], folder)
        log = folder / "hotline.out"
        with log.open("wb") as output:
            return PeerProcess(ForkedHotline(arguments, folder, output, os.environ), log)

    async def kill(self) -> None:
        """What a power cut does."""
        assert self._process is not None
        self._process.kill()
        await self._process.wait(10)

    async def ended(self, limit_s: float) -> int:
        """Wait for its end, as a signal has asked for; the exit code.

        Raises:
            TimeoutError: it still runs.
        """
        assert self._process is not None
        return await self._process.wait(limit_s)

    async def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """What systemd or a person at the terminal does; it ends in order, by itself."""
        assert self._process is not None
        os.kill(self._process.pid, number)
        exit_code = await self._process.wait(STOP_S)
        assert exit_code == 0, self.output()

    async def run(self, *arguments: str) -> str:
        """A `hotline` command with this configuration; its standard output.

        Raises:
            RuntimeError: it did not exit with 0.
        """
        process = await asyncio.create_subprocess_exec(
            COMMAND,
            *arguments,
            env={**os.environ, "HOTLINE_CONFIG": str(self.config_file)},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        output, errors = await asyncio.wait_for(process.communicate(), 60)
        if process.returncode:
            raise RuntimeError(f"hotline {' '.join(arguments)}: {errors.decode()}")
        return output.decode()

    @asynccontextmanager
    async def store(self) -> AsyncIterator[Store]:
        """Its memory, opened beside it."""
        async with open_store(self.config, node="test") as store:
            yield store

    def _write_config(self) -> None:
        own = {
            "hotline": f"home = {self.folder / 'home'}\nlanguages = zh-CN\nlog_level = info",
            "sip": f"listen = {HOST}:{self.sip_port}\ntransport = {self._transport}\n"
            "rtp_ports = 23000-25999\ndrain_s = 0",
            "trunk main": f"server = {HOST}\nallow = {self._allow}\noptions = no",
            "asr": "model = zh-CN=embedded",
            "dashboard": f"listen = {HOST}:{self.http_port}",
        }
        names = [*own, *(name for name in self._sections if name not in own)]
        self.config_file.write_text(
            "\n".join(
                f"[{name}]\n{own.get(name, '')}\n{self._sections.get(name, '')}\n" for name in names
            )
        )


async def eventually(ask: Callable[[], Awaitable[T | None]], limit_s: float = 20.0) -> T:
    """The first answer that is not None or False.

    Raises:
        TimeoutError: there was none in time.
    """
    async with asyncio.timeout(limit_s):
        while not (answer := await ask()):  # noqa: ASYNC110 - it asks another process
            await asyncio.sleep(0.1)
        return answer


async def calls_of(store: Store, number: str) -> tuple[CallRecord, ...]:
    """Calls of one caller that have ended."""
    found = (await store.calls.list(CallFilter(caller=number))).items
    return tuple(call for call in found if call.ended_at is not None)


async def ended_call(store: Store, number: str) -> CallRecord:
    """The caller's one call, once it has ended."""

    async def ended() -> CallRecord | None:
        calls = await calls_of(store, number)
        return calls[0] if calls else None

    return await eventually(ended)


async def record_confirmed(phone: BaresipPhone, store: Store, number: str) -> None:
    """Give no name, and confirm the record as it is read back, up to the goodbye."""
    await asked(store, number, "ask_name")
    await phone.press("#")
    await asked(store, number, "record_check")
    await phone.press("1")
    await at_menu(store, number, "goodbye")


async def at_menu(store: Store, number: str, node: str, limit_s: float = 30.0) -> None:
    """Wait until the caller's live call is at a menu node."""

    async def there() -> bool:
        live = await store.live.list()
        return any(call.caller.endswith(number) and call.menu == node for call in live)

    await eventually(there, limit_s)


async def asked(store: Store, number: str, prompt: str, limit_s: float = 40.0) -> None:
    """Wait until the last question put to the caller is `prompt`."""
    told: list[str] = []  # what the call came to, for the error

    async def now() -> bool:
        call = next(
            iter((await store.calls.list(CallFilter(caller=number, active=True))).items), None
        )
        events = await store.calls.events(call.id) if call is not None else ()
        told[:] = [f"{event.kind} {event.data}" for event in events]
        prompts = [event.data["prompt"] for event in events if "prompt" in event.data]
        return bool(prompts) and prompts[-1] == prompt

    try:
        await eventually(now, limit_s)
    except TimeoutError:
        raise AssertionError("\n".join((f"{prompt} is not what is asked:", *told))) from None


async def transcribed(store: Store, call: CallRecord) -> str:
    """The text of the call's transcript, once it is done."""

    async def done() -> str | None:
        transcripts = await store.transcripts.for_call(call.id)
        if transcripts and all(item.status is TranscriptStatus.DONE for item in transcripts):
            return " ".join(item.text for item in transcripts) or " "
        return None

    return (await eventually(done, 40)).strip()


async def ticket_with(store: Store, call: CallRecord, text: str) -> Ticket:
    """The call's ticket, once `text` is in it."""

    async def there() -> Ticket | None:
        ticket = await store.tickets.for_call(call.id)
        return ticket if ticket is not None and text in ticket.text else None

    return await eventually(there)


def _healthy(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/healthz", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def free_tcp_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
