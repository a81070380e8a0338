"""baresip's own command-line program as a telephone that tests can use."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from tests.wire.audio import read_partial_wav, read_wav, resample, silence, write_wav
from tests.wire.ports import free_control_port, free_port
from tests.wire.process import PeerProcess

MODULES = Path("/usr/lib/baresip/modules")
START_S = 10.0
COMMAND_S = 5.0
#: Silence sent before and after what a phone says, so that RTP never stops.
LONG_SILENCE_S = 180.0

Event = Mapping[str, Any]


class BaresipPhone:
    """A telephone at `sip:<user>@127.0.0.1:<port>`.

        async with BaresipPhone(wav=path) as phone:
            await phone.dial("sip:hotline@127.0.0.1:15060")
            await phone.established()
            await phone.press("1")
            await phone.hang_up()

    `wav` is said after `wav_delay_s` of each call; `say` speaks later. What the
    phone hears is in `heard()`. With `answers` it picks up by itself.
    Every wait has a limit and raises TimeoutError with the phone's own log.
    """

    def __init__(
        self,
        *,
        port: int | None = None,
        user: str = "phone",
        wav: Path | None = None,
        wav_delay_s: float = 0.0,
        answers: bool = False,
        codecs: tuple[str, ...] = ("PCMA/8000/1", "PCMU/8000/1"),
        transport: str = "udp",
        srtp: bool = False,
        server: str = "",
        password: str = "",
    ) -> None:
        self.port = port or free_port()
        self.user = user
        self._wav = wav
        self._wav_delay_s = wav_delay_s
        self._answers = answers
        self._codecs = codecs
        self._transport = transport
        self._srtp = srtp
        self._server = server
        self._password = password
        self._control_port = 0
        self._folder = Path()
        self._process: PeerProcess | None = None
        self._reader: asyncio.Task[None] | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._answered: dict[str, asyncio.Future[Event]] = {}
        self._token = 0
        self._changed = asyncio.Condition()
        self.events: list[Event] = []

    @property
    def uri(self) -> str:
        """Where others reach this phone."""
        suffix = "" if self._transport == "udp" else f";transport={self._transport}"
        port = self.port + 1 if self._transport == "tls" else self.port
        return f"sip:{self.user}@127.0.0.1:{port}{suffix}"

    async def __aenter__(self) -> Self:
        self._folder = Path(tempfile.mkdtemp(prefix="phone-"))
        self._control_port = free_control_port()
        self._write_configuration()
        try:
            self._process = await PeerProcess.start(self._arguments(), self._folder)
            await self._connect()
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._reader is not None:
            self._reader.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._reader
        if self._writer is not None:
            self._writer.close()
        if self._process is not None:
            await self._process.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    async def dial(self, uri: str) -> None:
        """Send an INVITE; `established` or `closed` tells what came of it."""
        self.forget()
        await self._command("dial", uri)

    async def answer(self) -> None:
        """Pick up a ringing call."""
        await self._command("accept")

    async def hang_up(self) -> None:
        """End the call, or refuse a ringing one. No call is no error."""
        await self._command("hangup")

    async def press(self, keys: str) -> None:
        """Press keys one after the other (RFC 4733)."""
        for key in keys:
            await self._command("sndcode", key)
            await asyncio.sleep(0.25)

    async def say(self, wav: Path) -> None:
        """Speak a WAV file (16-bit mono) now, in place of what is being said."""
        await self._command("ausrc", f"aufile,{self._padded(wav, 0.0)}")

    async def transfer(self, uri: str) -> None:
        """Ask the other side by REFER to call `uri` instead."""
        await self._command("transfer", uri)

    def vanish(self) -> None:
        """Die without a BYE."""
        if self._process is not None:
            self._process.kill()

    def heard(self) -> bytes:
        """All PCM this phone has received in its newest call so far: 16-bit mono."""
        recordings = sorted(self._folder.glob("dump-*-dec.wav"), key=lambda p: p.stat().st_mtime)
        return read_partial_wav(recordings[-1]) if recordings else b""

    def output(self) -> str:
        """The program's log."""
        return self._process.output() if self._process is not None else ""

    def forget(self) -> None:
        """Forget the events so far."""
        self.events.clear()

    async def ringing(self, timeout_s: float = 10.0) -> None:
        """Wait until a call comes in."""
        await self.event("CALL_INCOMING", timeout_s)

    async def established(self, timeout_s: float = 10.0) -> None:
        """Wait until a call is up."""
        await self.event("CALL_ESTABLISHED", timeout_s)

    async def closed(self, timeout_s: float = 10.0) -> str:
        """Wait until the call ends; why, in the program's words ("486 Busy Here")."""
        return str((await self.event("CALL_CLOSED", timeout_s)).get("param", ""))

    async def event(self, kind: str, timeout_s: float = 10.0) -> Event:
        """Wait for an event of this kind since the last `dial` or `forget`."""

        def found() -> Event | None:
            return next((event for event in self.events if event.get("type") == kind), None)

        async with self._changed:
            try:
                await asyncio.wait_for(
                    self._changed.wait_for(lambda: found() is not None), timeout_s
                )
            except TimeoutError:
                raise TimeoutError(
                    f"the phone saw no {kind} within {timeout_s:g} s:\n{self.output()}"
                ) from None
        event = found()
        assert event is not None
        return event

    async def _command(self, command: str, params: str = "") -> Event:
        """Run a menu command through ctrl_tcp and wait for its answer."""
        assert self._writer is not None, "the phone is not started"
        self._token += 1
        token = str(self._token)
        self._answered[token] = asyncio.get_running_loop().create_future()
        message = json.dumps({"command": command, "params": params, "token": token}).encode()
        self._writer.write(b"%d:%b," % (len(message), message))
        await self._writer.drain()
        try:
            return await asyncio.wait_for(self._answered[token], COMMAND_S)
        finally:
            del self._answered[token]

    async def _connect(self) -> None:
        deadline = asyncio.get_running_loop().time() + START_S
        while True:
            assert self._process is not None
            if self._process.exit_code is not None:
                raise RuntimeError(f"baresip did not start:\n{self.output()}")
            try:
                reader, self._writer = await asyncio.open_connection(
                    "127.0.0.1", self._control_port
                )
                break
            except OSError:
                if asyncio.get_running_loop().time() > deadline:
                    raise TimeoutError(f"baresip did not start:\n{self.output()}") from None
                await asyncio.sleep(0.05)
        self._reader = asyncio.create_task(self._read(reader))

    async def _read(self, reader: asyncio.StreamReader) -> None:
        """Take netstrings of JSON: answers to commands, and events."""
        while True:
            try:
                length = await reader.readuntil(b":")
                payload = await reader.readexactly(int(length[:-1]) + 1)
            except (asyncio.IncompleteReadError, ConnectionError):
                return
            message: Event = json.loads(payload[:-1])
            if message.get("event"):
                async with self._changed:
                    self.events.append(message)
                    self._changed.notify_all()
            else:
                waiting = self._answered.get(str(message.get("token")))
                if waiting is not None and not waiting.done():
                    waiting.set_result(message)

    def _padded(self, wav: Path | None, delay_s: float) -> Path:
        """`wav` with silence around it: a file that ends would stop the phone's RTP."""
        _, rate, channels = self._codecs[0].split("/")
        rate_hz = int(rate)
        pcm, wav_rate_hz = read_wav(wav) if wav is not None else (b"", rate_hz)
        pcm = resample(pcm, wav_rate_hz, rate_hz)
        target = self._folder / f"say-{wav.stem if wav is not None else 'nothing'}.wav"
        around = silence(delay_s, rate_hz), silence(LONG_SILENCE_S, rate_hz)
        return write_wav(target, around[0] + pcm + around[1], rate_hz, int(channels))

    def _arguments(self) -> list[str]:
        return ["baresip", "-4", "-f", str(self._folder)]

    def _write_configuration(self) -> None:
        source = self._padded(self._wav, self._wav_delay_s)
        modules = ["g711.so", "g722.so", "opus.so", "aufile.so", "aubridge.so", "sndfile.so"]
        if self._srtp:
            modules.append("srtp.so")
        lines = [
            f"sip_listen 127.0.0.1:{self.port}",
            "net_interface 127.0.0.1",
            "rtp_ports 24000-25999",
            "audio_player aubridge,nobody",
            f"audio_source aufile,{source}",
            "audio_alert aubridge,alert",
            "audio_buffer 20-160",
            "call_local_timeout 60",
            "call_max_calls 8",
            "statmode_default off",
            f"snd_path {self._folder}",
            f"ctrl_tcp_listen 127.0.0.1:{self._control_port}",
            f"module_path {MODULES}",
            *(f"module {name}" for name in modules),
            "module_app account.so",
            "module_app menu.so",
            "module ctrl_tcp.so",
        ]
        (self._folder / "config").write_text("\n".join(lines) + "\n")
        domain = self._server or "127.0.0.1"
        account = [
            f"<sip:{self.user}@{domain};transport={self._transport}>",
            f"regint={60 if self._server else 0}",
            f"answermode={'auto' if self._answers else 'manual'}",
            f"audio_codecs={','.join(self._codecs)}",
        ]
        if self._password:
            account.append(f"auth_pass={self._password}")
        if self._srtp:
            account.append("mediaenc=srtp-mand")
        (self._folder / "accounts").write_text(";".join(account) + "\n")
        (self._folder / "contacts").write_text("")
