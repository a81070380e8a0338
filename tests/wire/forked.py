"""A `hotline` command in a process that is forked from one that has read all its modules.

Reading them takes most of the processor time of a start, and the wire tests start the program more
than a hundred times: with as many starts as workers at once, the calls of others came late. The
fork has its own environment, folder and output, and runs the same `main`. How a service manager or
a shell starts it is the matter of `tests/system/test_start.py`, which does not come here.
"""

from __future__ import annotations

import asyncio
import io
import multiprocessing
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

_SERVER = multiprocessing.get_context("forkserver")
_SERVER.set_forkserver_preload(["hotline.app"])


class ForkedHotline:
    """What `asyncio.subprocess.Process` tells of a child, of a forked one."""

    def __init__(
        self,
        arguments: Sequence[str],
        folder: Path,
        output: BinaryIO,
        environment: Mapping[str, str],
    ) -> None:
        """Start `hotline` with `arguments`; it writes to `output`, which may be closed then."""
        named = (tuple(arguments), str(folder), output.name, dict(environment))
        self._process = _SERVER.Process(target=_run, args=named, daemon=True)
        self._process.start()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    async def wait(self) -> int:
        while (code := self.returncode) is None:  # noqa: ASYNC110 - it asks another process
            await asyncio.sleep(0.05)
        return code

    def terminate(self) -> None:
        self._process.terminate()

    def kill(self) -> None:
        self._process.kill()


def _run(arguments: tuple[str, ...], folder: str, output: str, environment: dict[str, str]) -> None:
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    file = os.open(output, os.O_WRONLY | os.O_APPEND)
    for number in (1, 2):
        os.dup2(file, number)
    os.close(file)
    unbuffered = bool(environment.get("PYTHONUNBUFFERED"))
    sys.stdout = io.TextIOWrapper(io.FileIO(1, "w", closefd=False), write_through=unbuffered)
    sys.stderr = io.TextIOWrapper(io.FileIO(2, "w", closefd=False), line_buffering=True)
    sys.argv = ["hotline", *arguments]

    from hotline.cli import main

    main()
