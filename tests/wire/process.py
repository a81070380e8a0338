"""One peer program, ended for certain when its test ends."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

#: How long a peer gets to leave by itself before it is killed.
LEAVE_S = 3.0


class Child(Protocol):
    """A process of ours, started or forked."""

    @property
    def pid(self) -> int: ...
    @property
    def returncode(self) -> int | None: ...
    async def wait(self) -> int: ...
    def terminate(self) -> None: ...
    def kill(self) -> None: ...


class PeerProcess:
    """A child process whose output goes to a file in `folder`."""

    def __init__(self, process: Child, log: Path) -> None:
        self._process = process
        self._log = log

    @classmethod
    async def start(cls, arguments: Sequence[str], folder: Path) -> PeerProcess:
        """Start the program with `folder` as its working folder.

        Raises:
            FileNotFoundError: the program is not installed.
        """
        log = folder / f"{Path(arguments[0]).name}.out"
        with log.open("wb") as output:
            process = await asyncio.create_subprocess_exec(
                *arguments,
                cwd=folder,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        return cls(process, log)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        return self._process.returncode

    def output(self) -> str:
        """What the program has written so far."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    async def wait(self, timeout_s: float) -> int:
        """Its exit code.

        Raises:
            TimeoutError: it is still running after `timeout_s`.
        """
        return await asyncio.wait_for(self._process.wait(), timeout_s)

    def kill(self) -> None:
        """End it at once, as a crash or a power cut would."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()

    async def close(self) -> None:
        """Ask it to leave, then kill it. May be called twice."""
        if self._process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()
        try:
            await asyncio.wait_for(self._process.wait(), LEAVE_S)
        except TimeoutError:
            self.kill()
            await self._process.wait()
