"""A synthetic person with a telephone: a SIP user agent of its own that follows a script.

Run as `python -m hotline.demo.caller` with a JSON script on standard input. It is a
second program on purpose: the hotline hears it over SIP and RTP like anybody else.
"""

from __future__ import annotations

import asyncio
import json
import sys
from array import array
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hotline.demo.clips import Clips
from ivr.endpoint import Call, Endpoint, SipSettings, Trunk, open_endpoint
from ivr.prompts import Voice

LOUD = 300  # peak sample above which the line is not quiet
QUIET_S = 0.9  # of quiet: the hotline has finished its sentence
BREAK_S = 0.6  # of quiet parts two prompts; within one they are shorter, its thinking is longer
POLL_S = 0.05
RING_S = 2.0  # before somebody picks up
AHEAD_MS = 200.0  # of speech handed to the stack at a time
CLIPS = Clips(Path(__file__).with_name("callers"))  # what they say in a human-like voice


@dataclass(frozen=True)
class Script:
    """Who calls whom, and what they do. With `answers` they wait to be called.

    Steps: `{"listen": s}` until a prompt has ended, at most that long (behind a `say` the
    one that answers it, not what was still being said); `{"wait": s}`;
    `{"say": text}` (a clip of that text if there is one, else espeak-ng); `{"press": keys}`;
    `{"hangup": true}`. Afterwards the caller listens until the hotline hangs up.
    """

    server: str  # host:port of the hotline
    number: str = field(repr=False)
    language: str = "zh-CN"
    steps: tuple[dict[str, Any], ...] = ()
    sip_port: int = 0
    rtp_ports: tuple[int, int] = (28000, 28999)
    longest_s: float = 120.0
    answers: bool = False


class PhoneListener:
    """Tells when the hotline has said a prompt, by how loud the line is at which time."""

    def __init__(self) -> None:
        self._loud_s = float("-inf")
        self._sounded = False  # the prompt that is listened for
        self._after_quiet = False

    def listen_for(self, *, answer: bool) -> None:
        """Listen for the next prompt. An `answer` begins behind a quiet: what sounds before
        it is the rest of the prompt that was talked over, and the quiet is the thinking."""
        self._sounded = False
        self._after_quiet = answer

    def loud(self, now_s: float) -> None:
        """The line is loud at this time."""
        if not self._after_quiet or now_s - self._loud_s >= BREAK_S:
            self._sounded = True
        self._loud_s = now_s

    def is_over(self, now_s: float) -> bool:
        """Whether the prompt has been heard to its end."""
        return self._sounded and now_s - self._loud_s > QUIET_S


class Telephone:
    """One call by the script."""

    def __init__(self, script: Script, endpoint: Endpoint, voice: Voice) -> None:
        self._script = script
        self._endpoint = endpoint
        self._voice = voice
        self._ringing: asyncio.Future[Call] = asyncio.get_running_loop().create_future()
        endpoint.on_incoming(self._on_call)
        self._ear = PhoneListener()
        self._has_said = False  # and waits for the answer

    def _on_call(self, call: Call) -> None:
        if not self._ringing.done():
            self._ringing.set_result(call)

    async def run(self) -> None:
        """Raises:
        DialFailed: the hotline did not answer.
        """
        call = await (self._wait_for_call() if self._script.answers else self._place_call())
        ear = asyncio.create_task(self._listen_all_the_time(call))
        try:
            async with asyncio.timeout(self._script.longest_s):
                for step in self._script.steps:
                    await self._do(call, step)
                await call.wait_closed()
        finally:
            ear.cancel()
            await call.hangup()

    async def _place_call(self) -> Call:
        call = await self._endpoint.dial(f"sip:hotline@{self._script.server}", trunk="hotline")
        await call.wait_established()
        return call

    async def _wait_for_call(self) -> Call:
        """Ring for a while, as a sleeper's telephone does, and pick up."""
        async with asyncio.timeout(self._script.longest_s):
            call = await self._ringing
        await asyncio.sleep(RING_S)
        await call.answer()
        return call

    async def _do(self, call: Call, step: dict[str, Any]) -> None:
        match step:
            case {"listen": limit_s}:
                await self._until_said(float(limit_s))
            case {"wait": seconds}:
                await asyncio.sleep(float(seconds))
            case {"say": text}:
                await self._say(call, str(text))
                self._has_said = True
            case {"press": keys}:
                await call.send_keys(str(keys))
                self._has_said = False  # the answer to a key may come without any quiet
            case {"hangup": True}:
                await call.hangup()
            case _:
                raise ValueError(f"a script has no step like {sorted(step)}")

    async def _say(self, call: Call, text: str) -> None:
        if (clip := CLIPS.saying(text)) is not None:
            pcm = clip.pcm(call.rate_hz)
        else:
            pcm = await self._voice.speak(text, self._script.language, call.rate_hz)
        while pcm:
            if call.buffered_ms < AHEAD_MS:
                piece = pcm[: call.rate_hz * 2 // 10]
                pcm = pcm[call.write(piece) :]
            await asyncio.sleep(POLL_S)
        await asyncio.sleep(call.buffered_ms / 1000)

    async def _until_said(self, limit_s: float) -> None:
        loop = asyncio.get_running_loop()
        self._ear.listen_for(answer=self._has_said)
        self._has_said = False
        deadline = loop.time() + limit_s
        while loop.time() < deadline:
            if self._ear.is_over(loop.time()):
                return
            await asyncio.sleep(POLL_S)

    async def _listen_all_the_time(self, call: Call) -> None:
        loop = asyncio.get_running_loop()
        while True:
            samples = array("h", call.read())
            if any(abs(sample) > LOUD for sample in samples):
                self._ear.loud(loop.time())
            await asyncio.sleep(POLL_S)


async def follow(script: Script) -> None:
    """Place the call of a script from this process."""
    host = script.server.partition(":")[0]
    endpoint = open_endpoint(
        "baresip",
        SipSettings(
            listen_host=host,
            listen_port=script.sip_port,
            transports=("udp",),
            rtp_ports=script.rtp_ports,
            trunks=(Trunk("hotline", server=script.server, username=script.number),),
        ),
    )
    voice = Voice()
    telephone = Telephone(script, endpoint, voice)
    await endpoint.start()
    try:
        await telephone.run()
    finally:
        await endpoint.close()
        voice.close()


def main() -> None:
    """Follow the script on standard input."""
    given = json.load(sys.stdin)
    given["steps"] = tuple(given["steps"])
    given["rtp_ports"] = tuple(given.get("rtp_ports", (28000, 28999)))
    asyncio.run(follow(Script(**given)))


if __name__ == "__main__":
    main()
