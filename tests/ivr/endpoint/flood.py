"""Packets without end to a SIP port, by UDP from an address of ours: `python -m
tests.ivr.endpoint.flood KIND SOURCE HOST:PORT COUNT RATE`."""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import sys
import time
from pathlib import Path

METHODS = ("INVITE", "OPTIONS", "REGISTER", "MESSAGE", "SUBSCRIBE", "BYE", "garbage")
ROOT = Path(__file__).parents[3]


async def flood(
    kind: str, source: str, target: str, count: int, rate: float = 2000.0
) -> dict[str, int]:
    """Send them from a process of its own; the answers by their first word or status."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        __name__,
        kind,
        source,
        target,
        str(count),
        str(rate),
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )
    told, _ = await process.communicate()
    assert process.returncode == 0
    answers = (line.split() for line in told.decode().splitlines())
    return {what: int(number) for what, number in answers}


def packet(kind: str, number: int, here: str, there: str) -> bytes:
    """A request of its own call; a BYE pretends to be of one that is up. Nothing follows it."""
    if kind == "garbage":
        return random.Random(number).randbytes(1 + number % 600)
    sdp = ""
    if kind == "INVITE":
        host = here.partition(":")[0]
        sdp = (
            f"v=0\r\no=- 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\n"
            "m=audio 40000 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n"
        )
    tag = ";tag=guess" if kind == "BYE" else ""
    lines = (
        f"{kind} sip:hotline@{there} SIP/2.0",
        f"Via: SIP/2.0/UDP {here};branch=z9hG4bK{kind}{number}",
        "Max-Forwards: 70",
        f"From: <sip:139{number:08d}@{here}>;tag={number}",
        f"To: <sip:hotline@{there}>{tag}",
        f"Call-ID: {kind}{number}@{here}",
        f"CSeq: 1 {kind}",
        f"Contact: <sip:flood@{here}>",
        "Content-Type: application/sdp",
        f"Content-Length: {len(sdp)}",
    )
    return ("\r\n".join(lines) + "\r\n\r\n" + sdp).encode()


def main(kind: str, source: str, target: str, count: int, rate: float) -> None:
    host, _, port = target.partition(":")
    answers: dict[str, int] = {}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.bind((source, 0))
        sender.setblocking(False)
        here = f"{source}:{sender.getsockname()[1]}"

        def listen() -> None:
            while True:
                try:
                    words = sender.recv(4096).split(b" ", 2)
                except OSError:
                    return
                what = (words[1] if words[0] == b"SIP/2.0" else words[0]).decode()
                answers[what] = answers.get(what, 0) + 1

        begun = time.monotonic()
        for number in range(count):
            with contextlib.suppress(OSError):  # our own buffer is full: the machine is slower
                sender.sendto(packet(kind, number, here, target), (host, int(port)))
            listen()
            time.sleep(max(0.0, begun + (number + 1) / rate - time.monotonic()))
        time.sleep(0.5)
        listen()
    for what, times in answers.items():
        print(what, times)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), float(sys.argv[5]))
