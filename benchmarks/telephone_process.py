"""The loop of `telephones`: runs in a process that does nothing else."""

from __future__ import annotations

import heapq
import select
import socket
import struct
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

HOST = "127.0.0.1"
FIRST_PORT = 28000
LAST_PORT = 29998
FRAME_S = 0.02
FRAME_BYTES = 160
SILENCE = b"\xd5" * FRAME_BYTES  # A-law zero
IDLE_S = 1.0  # without a packet for so long a call is over
LATE_S = 0.5  # further behind than this, missed packets are not made up for

_PCMA = 8
_KEY_PACKETS = 101  # the payload type that the offer gives telephone-event
_KEYS = "0123456789*#ABCD"  # event codes of RFC 4733 section 3.2
_KEY_FRAMES = 8  # 160 ms, the last three marked as end
_RTP = struct.Struct(">BBHII")
_SO_TIMESTAMPNS = 35  # asm-generic/socket.h; Python has no name for it
_TIMESPEC = struct.Struct("qq")


@dataclass(frozen=True)
class Plan:
    """What the telephones do by themselves; `Telephones` tells it."""

    lines: int
    sounds: Sequence[bytes] = ()
    key: str = ""
    key_after_s: float = 1.0
    keep: bool = True


@dataclass
class Log:
    """What one call heard, and when the telephone did what it was asked for."""

    line: int
    times_s: list[float] = field(default_factory=list)
    frames: list[bytes] = field(default_factory=list)
    key_s: float | None = None
    sent_s: list[float] = field(default_factory=list)


class Line:
    """One telephone."""

    def __init__(self, number: int, plan: Plan) -> None:
        self.number = number
        self.socket, self.port = _bind()
        self.log = Log(number)
        self.speaking = False  # a `say` is not over yet
        self._sound = plan.sounds[number % len(plan.sounds)] if plan.sounds else b""
        self._key = plan.key
        self._key_after_frames = round(plan.key_after_s / FRAME_S)
        self._peer: Any = None
        self._heard_s = 0.0
        self._place = 0
        self._once = b""
        self._once_place = 0
        self._pressing: list[int] = []
        self._event = 0
        self._event_start = 0
        self._frames = 0

    @property
    def active(self) -> bool:
        return self._peer is not None and time.monotonic() - self._heard_s < IDLE_S

    def hear(self, *, keep: bool) -> Log | None:
        """Take a packet; when it begins another call, the log of the one before."""
        data, ancillary, _, peer = self.socket.recvmsg(2048, 64)
        before = None
        if peer != self._peer or not self.active:
            before, self.log = self.log, Log(self.number)
            self._begin(peer)
        self._heard_s = time.monotonic()
        if keep and len(data) == _RTP.size + FRAME_BYTES and data[1] & 0x7F == _PCMA:
            seconds, nanoseconds = _TIMESPEC.unpack(ancillary[0][2][: _TIMESPEC.size])
            self.log.times_s.append(seconds + nanoseconds / 1e9)
            self.log.frames.append(data[_RTP.size :])
        return before

    def press(self, key: str) -> None:
        self._event = _KEYS.index(key)
        self._pressing = list(range(1, _KEY_FRAMES + 1))

    def say(self, sound: bytes) -> None:
        self._once, self._once_place, self.speaking = sound, 0, True
        self.log.sent_s = []

    def send(self) -> None:
        """The packet of this 20 ms."""
        if not self.active:
            self._peer = None
            return
        if self._key and self._frames == self._key_after_frames:
            self.press(self._key)
        payload_type, timestamp, payload = _PCMA, self._frames * FRAME_BYTES, b""
        marker = False
        if self._pressing:
            payload_type, payload, marker = _KEY_PACKETS, *self._key_payload()
            timestamp = self._event_start
        else:
            payload = self._next_sound()
        header = _RTP.pack(
            0x80,
            payload_type | (0x80 if marker else 0),
            self._frames & 0xFFFF,
            timestamp & 0xFFFFFFFF,
            0x5EED0000 + self.number,
        )
        try:
            self.socket.sendto(header + payload, self._peer)
        except OSError:
            self._peer = None  # the other side closed its port: the call is over
        self._frames += 1

    def _begin(self, peer: Any) -> None:
        self._peer = peer
        self._place = self._frames = 0
        self._pressing = []
        self.speaking = False  # what was said in the call before is over

    def _key_payload(self) -> tuple[bytes, bool]:
        step = self._pressing.pop(0)
        first, last = step == 1, step > _KEY_FRAMES - 3
        if first:
            self._event_start = self._frames * FRAME_BYTES
            self.log.key_s = time.time()
        duration = min(step, _KEY_FRAMES - 2) * FRAME_BYTES
        return struct.pack(">BBH", self._event, 10 | (0x80 if last else 0), duration), first

    def _next_sound(self) -> bytes:
        if self.speaking:
            piece = self._once[self._once_place : self._once_place + FRAME_BYTES]
            self._once_place += FRAME_BYTES
            self.log.sent_s.append(time.time())
            self.speaking = self._once_place < len(self._once)
            return piece + SILENCE[len(piece) :]
        if len(self._sound) < FRAME_BYTES:
            return SILENCE
        piece = self._sound[self._place : self._place + FRAME_BYTES]
        self._place = (self._place + FRAME_BYTES) % (len(self._sound) // FRAME_BYTES * FRAME_BYTES)
        return piece


class Exchange:
    """All lines, and the pipe over which they are told what to do."""

    def __init__(self, pipe: Connection, plan: Plan) -> None:
        self._pipe = pipe
        self._keep = plan.keep
        self._done: list[Log] = []
        self._lines = [Line(number, plan) for number in range(plan.lines)]
        self._by_file = {line.socket.fileno(): line for line in self._lines}
        self._poll = select.epoll()
        for number in (pipe.fileno(), *self._by_file):
            self._poll.register(number, select.EPOLLIN)

    def run(self) -> None:
        """Until the pipe closes."""
        self._pipe.send([line.port for line in self._lines])
        start = time.monotonic()
        # Lines take turns within the 20 ms, as independent telephones would.
        due = [
            (start + FRAME_S * line.number / len(self._lines), line.number) for line in self._lines
        ]
        heapq.heapify(due)
        while True:
            now = time.monotonic()
            while due[0][0] <= now:
                at, number = due[0]
                self._lines[number].send()
                late = now - at > LATE_S
                heapq.heapreplace(due, ((now if late else at) + FRAME_S, number))
            for file, _ in self._poll.poll(max(0.0, due[0][0] - now)):
                line = self._by_file.get(file)
                if line is not None:
                    self._hear(line)
                elif not self._obey():
                    return

    def _hear(self, line: Line) -> None:
        try:
            before = line.hear(keep=self._keep)
        except OSError:
            return  # an ICMP error of a call that ended
        if before is not None and before.times_s:
            self._done.append(before)

    def _obey(self) -> bool:
        """Answer one question; False when nobody asks any more."""
        try:
            question, *arguments = self._pipe.recv()
        except EOFError:
            return False
        answer: Any = None
        match question:
            case "states":
                answer = [line.active for line in self._lines]
            case "press":
                number, key = arguments
                self._lines[number].press(key)
            case "say":
                number, sound = arguments
                self._lines[number].say(sound)
            case "said":
                line = self._lines[arguments[0]]
                answer = None if line.speaking else line.log.sent_s
            case "take":
                answer = self._take()
        self._pipe.send(answer)
        return True

    def _take(self) -> list[Log]:
        logs = self._done
        self._done = []
        for line in self._lines:
            if line.log.times_s:
                logs.append(line.log)
            line.log = Log(line.number, key_s=line.log.key_s, sent_s=line.log.sent_s)
        return logs


def serve(pipe: Connection, plan: Plan) -> None:
    """The process: lines until the pipe closes."""
    Exchange(pipe, plan).run()


def _bind() -> tuple[socket.socket, int]:
    """A free even port, as RTP wants it.

    Raises:
        RuntimeError: all are taken.
    """
    for port in range(FIRST_PORT, LAST_PORT, 2):
        line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            line.bind((HOST, port))
        except OSError:
            line.close()
            continue
        line.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        line.setblocking(False)
        return line, port
    raise RuntimeError("no free port for a telephone: are programs of older runs still alive?")
