"""Where a file stands in the clear while it is made: a folder that nobody else may enter, and
that is gone afterwards.

A spreadsheet is put together on the disk, with names and numbers in it. Whoever makes one holds
a lock on its folder; a folder without a lock is what a crash has left, and is removed by the
next start and the next file.
"""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from call_logs.storage.errors import StoreError

log = logging.getLogger(__name__)

KEEP_FREE_BYTES = 1_000_000_000  # for recordings, which come first


class Scratch:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @asynccontextmanager
    async def folder(self) -> AsyncIterator[Path]:
        """A folder for one file.

        Raises:
            StoreError: too little space.
        """
        await self.sweep()
        path, lock = await asyncio.to_thread(self._make)
        try:
            await self.check_space()
            yield path
        finally:
            await asyncio.shield(asyncio.to_thread(self._remove, path, lock))

    async def check_space(self) -> None:
        """Raises:
        StoreError: what is being made would take the space that recordings need.
        """
        free = (await asyncio.to_thread(shutil.disk_usage, self._folder)).free
        if free < KEEP_FREE_BYTES:
            raise StoreError(
                f"only {free // 1_000_000} MB are free on the disk of {self._folder}, which "
                "recordings need: make space, or export a shorter time"
            )

    async def sweep(self) -> None:
        """Remove what a crash has left. What cannot be removed keeps nobody from a start."""
        try:
            await asyncio.to_thread(self._sweep)
        except OSError as error:
            log.error("what a crash left of a file cannot be removed", extra={"errno": error.errno})

    def _make(self) -> tuple[Path, int]:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _alone(self._folder):
            path = Path(tempfile.mkdtemp(dir=self._folder))
            lock = os.open(path, os.O_RDONLY)
            fcntl.flock(lock, fcntl.LOCK_EX)
        return path, lock

    @staticmethod
    def _remove(path: Path, lock: int) -> None:
        shutil.rmtree(path, ignore_errors=True)
        os.close(lock)

    def _sweep(self) -> None:
        if not self._folder.exists():
            return
        with _alone(self._folder):
            for path in self._folder.iterdir():
                lock = os.open(path, os.O_RDONLY)
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    continue
                else:
                    shutil.rmtree(path, ignore_errors=True)
                finally:
                    os.close(lock)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Nobody is between making a folder and locking it."""
    lock = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)
