"""The callers' side of the sound: RTP telephones in a process of their own.

A line is a UDP port. It learns its peer from the first packet that comes, sends 20 ms of
G.711 A-law each 20 ms from then on, and keeps every packet it hears with the kernel's
receive time. A new peer on a line is a new call. What is measured is therefore the wire,
not a stack of our own.
"""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from benchmarks.telephone_process import FRAME_BYTES, Log, Plan, serve

START_S = 10.0
ANSWER_S = 30.0

Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Heard:
    """What one call's telephone heard, packet by packet, in order of arrival."""

    line: int
    times_s: npt.NDArray[np.float64]  # wall clock of the kernel
    frames: Bytes  # (packets, 160), A-law
    key_s: float | None  # when the first packet of the last key was sent
    sent_s: npt.NDArray[np.float64]  # when each frame of the last `say` was sent


class Telephones:
    """`async with Telephones(100, sounds) as telephones`: `ports` are the lines' ports.

    `sounds` are what lines say over and over (A-law), shared out in turn; nothing means
    silence. `key` is pressed on each call by itself, `key_after_s` from its first packet.
    Without `keep` only the lines' states are known: for long runs.
    """

    def __init__(
        self,
        lines: int,
        sounds: Sequence[bytes] = (),
        *,
        key: str = "",
        key_after_s: float = 1.0,
        keep: bool = True,
    ) -> None:
        self._plan = Plan(lines, tuple(sounds), key, key_after_s, keep)
        self._process: BaseProcess | None = None
        self._pipe: Connection | None = None
        self._turn = asyncio.Lock()
        self.ports: tuple[int, ...] = ()

    async def __aenter__(self) -> Self:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(
            target=serve, args=(theirs, self._plan), name="telephones", daemon=True
        )
        self._process.start()
        theirs.close()
        self.ports = tuple(await self._answer(START_S))
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._pipe is not None
        assert self._process is not None
        self._pipe.close()  # which ends the process
        await asyncio.to_thread(self._process.join, 3.0)
        if self._process.is_alive():
            self._process.kill()

    async def active(self) -> int:
        """Lines that hear somebody now."""
        return sum(await self.states())

    async def states(self) -> list[bool]:
        """Which lines hear somebody now."""
        return list(await self._ask("states"))

    async def until_active(self, lines: Sequence[int], limit_s: float) -> None:
        """Wait until all these lines hear somebody.

        Raises:
            TimeoutError: they do not, within `limit_s`.
        """
        async with asyncio.timeout(limit_s):
            while True:
                states = await self.states()
                if all(states[line] for line in lines):
                    return
                await asyncio.sleep(0.05)

    async def press(self, line: int, key: str) -> None:
        """Press a key (RFC 4733) from the line's next packet on."""
        await self._ask("press", line, key)

    async def say(self, line: int, sound: bytes) -> None:
        """Say this once (A-law) from the next packet on, then what the line says always."""
        await self._ask("say", line, sound)

    async def said(self, line: int, limit_s: float = 30.0) -> list[float]:
        """Wait until the line's `say` is over; when each of its packets was sent.

        Raises:
            TimeoutError: it is not over within `limit_s`.
        """
        async with asyncio.timeout(limit_s):
            while (sent := await self._ask("said", line)) is None:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        return list(sent)

    async def take(self) -> list[Heard]:
        """What all calls heard since the last time, and forget it."""
        return [_heard(log) for log in await self._ask("take")]

    async def _ask(self, *question: Any) -> Any:
        assert self._pipe is not None
        async with self._turn:
            self._pipe.send(question)
            return await self._answer(ANSWER_S)

    async def _answer(self, limit_s: float) -> Any:
        assert self._pipe is not None
        if not await asyncio.to_thread(self._pipe.poll, limit_s):
            raise TimeoutError("the telephones do not answer")
        return self._pipe.recv()


def _heard(log: Log) -> Heard:
    frames = np.frombuffer(b"".join(log.frames), np.uint8).reshape(-1, FRAME_BYTES)
    return Heard(log.line, np.array(log.times_s), frames, log.key_s, np.array(log.sent_s))
