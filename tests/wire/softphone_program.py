"""The program behind `Softphone`: `python softphone_program.py FOLDER`.

It reads `phone.json` in the folder and speaks the protocol of baresip's ctrl_tcp module
(JSON in netstrings), so that one driver serves both telephones.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import wave
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, BinaryIO

from baresip import (
    Account,
    AudioNotActive,
    AudioRestarted,
    BaresipError,
    Config,
    Event,
    Runtime,
    StackEvent,
    UserAgent,
)
from baresip import Call as StackCall
from baresip.call import CallState

RATE_HZ = 8000
STEP_S = 0.02
AHEAD_BYTES = 2 * RATE_HZ // 5
WAV_HEADER_BYTES = 44


class Line:
    """One call: it says the telephone's WAV over and over and keeps what it hears."""

    def __init__(self, call: StackCall, said: bytes, heard: BinaryIO) -> None:
        self.call = call
        self._said = said
        self._at = 0
        self._heard = heard
        heard.write(bytes(WAV_HEADER_BYTES))

    def move_sound(self) -> None:
        """Write what is due and keep what came; nothing while there is no media."""
        try:
            info = self.call.audio.info()
            while info.tx_ready and info.tx_buffered < AHEAD_BYTES and self._said:
                step = (self._said[self._at :] + self._said)[:320]
                self._at = (self._at + self.call.audio.write(step)) % len(self._said)
                info = self.call.audio.info()
            if info.rx_ready and info.rx_buffered:
                self._heard.write(self.call.audio.read(info.rx_buffered))
                self._heard.flush()
        except (AudioNotActive, AudioRestarted):
            return


class Telephone:
    """The stack, and the control connection that tells it what to do."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._settings: dict[str, Any] = json.loads((folder / "phone.json").read_text())
        with wave.open(self._settings["wav"], "rb") as file:
            self._said = file.readframes(file.getnframes())
        self._runtime = Runtime()
        self._agent: UserAgent | None = None
        self._lines: list[Line] = []
        self._control: asyncio.StreamWriter | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Until SIGTERM."""
        stop = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
        port = self._settings["port"]
        await self._runtime.start(
            Config(
                net_interface="127.0.0.1",
                expose_headers=("Replaces",),
                native_log_level="info",
                extra_config_text=f"sip_listen 127.0.0.1:{port}\nsip_transports udp\n"
                "rtp_ports 24000-25999\naudio_jitter_buffer_ms 20-100\ncall_hold_other_calls no",
            )
        )
        self._runtime.subscribe(self._on_event)
        self._agent = await UserAgent.create(
            self._runtime,
            Account(
                user=self._settings["user"],
                domain=f"127.0.0.1:{port}",
                password="",
                reg_interval=0,
                audio_codecs=("pcma",),
                extra_params=("catchall=yes", "video_codecs=none"),
            ),
            transfer_policy=self._settings["transfers"],
        )
        self._agent.on_incoming(self._on_incoming)
        self._agent.on_transfer_call(self._take)
        server = await asyncio.start_server(
            self._serve, "127.0.0.1", self._settings["control_port"]
        )
        try:
            while not stop.is_set():
                for line in self._lines:
                    line.move_sound()
                await asyncio.sleep(STEP_S)
        finally:
            server.close()
            await self._runtime.close()

    def _on_incoming(self, call: StackCall) -> None:
        self._take(call)
        # RFC 3891 section 3: who replaces a call that is up is not rung for.
        if self._settings["answers"] or "Replaces" in call.headers:
            self._spawn(call.answer())

    def _take(self, call: StackCall) -> None:
        path = self._folder / f"dump-{len(self._lines)}-dec.wav"
        self._lines.append(Line(call, self._said, path.open("wb")))

    def _on_event(self, event: StackEvent) -> None:
        told = {"event": True, "type": Event(event.event).name, "param": event.text or ""}
        self._send(told)

    def _send(self, message: dict[str, Any]) -> None:
        if self._control is not None:
            payload = json.dumps(message).encode()
            self._control.write(b"%d:%b," % (len(payload), payload))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._control = writer
        while True:
            length = await reader.readuntil(b":")
            asked = json.loads((await reader.readexactly(int(length[:-1]) + 1))[:-1])
            problem = ""
            try:
                await self._obey(asked["command"], asked["params"])
            except (BaresipError, LookupError) as error:
                problem = str(error)
            self._send({"response": True, "token": asked["token"], "data": problem})

    async def _obey(self, command: str, params: str) -> None:
        call = next((line.call for line in reversed(self._lines) if _is_up(line.call)), None)
        if command == "dial":
            assert self._agent is not None
            self._take(await self._agent.dial(params))
        elif call is None:
            raise LookupError("there is no call")
        else:
            acts: dict[str, Callable[[], Awaitable[None]]] = {
                "accept": call.answer,
                "hangup": call.hangup,
                "sndcode": lambda: call.send_dtmf(params),
            }
            await acts[command]()

    def _spawn(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _is_up(call: StackCall) -> bool:
    return call.state is not CallState.CLOSED


if __name__ == "__main__":
    asyncio.run(Telephone(Path(sys.argv[1])).run())
