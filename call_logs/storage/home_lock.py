"""One program a home: its spool, recordings under way and key are no two programs' to write."""

from __future__ import annotations

import asyncio
import fcntl
import json
import logging
import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Any

from call_logs.storage.errors import StoreError, Taken
from call_logs.storage.holder import Holder
from call_logs.storage.reserve import DISK_FULL

log = logging.getLogger(__name__)

NAME = "hotline.lock"
WAIT_S = 3.0  # for a program that is just ending
LOOK_S = 0.1
_DECODER = json.JSONDecoder()


class HomeLock:
    """The file `hotline.lock` in the home, locked as long as this process lives: the kernel
    lets go of it with the process, however that ends."""

    def __init__(self, home: Path) -> None:
        self._path = home / NAME
        self._descriptor: int | None = None
        self.exclusive = False  # whether the file system really locks
        self.home_id = ""  # the same over restarts

    async def acquire(self, holder: Holder) -> None:
        """Take it, and write down for others who has it.

        Raises:
            Taken: another program has it.
            StoreError: the file cannot be used.
        """
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
            await self._lock()
            self.home_id = self._known().get("home", "") or secrets.token_hex(16)
            self._write_down({**holder.as_document(), "home": self.home_id})
        except OSError as error:
            self.release()
            raise StoreError(
                f"{self._path} cannot be used: {error.strerror}; see who may write there, and "
                "that the disk has space"
            ) from error
        except BaseException:
            self.release()
            raise

    def release(self) -> None:
        """Let go. May be called twice."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)

    async def _lock(self) -> None:
        assert self._descriptor is not None
        for _ in range(round(WAIT_S / LOOK_S)):
            with suppress(BlockingIOError):
                try:
                    fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    raise
                except OSError:
                    log.warning("the home's file system has no locks; only the lease is kept")
                else:
                    self.exclusive = True
                return
            await asyncio.sleep(LOOK_S)
        raise Taken(
            f"the home {self._path.parent} is in use by {Holder.of_document(self._known())}: stop "
            "that program first, or give this one a home of its own"
        )

    def _write_down(self, document: dict[str, Any]) -> None:
        """A full disk keeps nobody from starting: the lock itself needs no space. What stood
        there goes last, for it has the home's id."""
        assert self._descriptor is not None
        try:
            size = os.pwrite(self._descriptor, json.dumps(document).encode(), 0)
            os.ftruncate(self._descriptor, size)
        except OSError as error:
            if error.errno not in DISK_FULL:
                raise
            log.warning("the disk is full: nobody can read in the home who has it")

    def _known(self) -> dict[str, str]:
        """What the last one wrote; nothing when that was cut off."""
        assert self._descriptor is not None
        try:
            # A longer text that stood there may follow, when its cutting off was cut off.
            document, _ = _DECODER.raw_decode(os.pread(self._descriptor, 4096, 0).decode())
        except ValueError:
            return {}
        return document if isinstance(document, dict) else {}
