"""Space kept for the day on which the disk is full: taken while there is plenty, given up for
what must be written all the same (a ticket, the start of the program)."""

from __future__ import annotations

import errno
import logging
import os
import shutil
from pathlib import Path

__all__ = ["DISK_FULL", "RESERVE_BYTES", "Reserve"]

log = logging.getLogger(__name__)

RESERVE_BYTES = 8 * 1024 * 1024  # some ten thousand events, or the tickets of a long night
PLENTY_BYTES = 8 * RESERVE_BYTES  # with less than this free it would itself fill the disk
DISK_FULL = (errno.ENOSPC, errno.EDQUOT)


class Reserve:
    """A file of zeros beside what it is for. Blocking."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def take(self) -> None:
        """Keep the space, where there is plenty now; kept already is fine."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            if self._path.exists() or shutil.disk_usage(self._path.parent).free < PLENTY_BYTES:
                return
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT, 0o600)
            try:
                os.posix_fallocate(descriptor, 0, RESERVE_BYTES)
            finally:
                os.close(descriptor)
        except OSError as error:
            self._path.unlink(missing_ok=True)
            log.warning("no space is kept for a full disk", extra={"errno": error.errno})

    def give_up(self) -> bool:
        """Whether there was something to give."""
        try:
            self._path.unlink()
        except OSError:
            return False
        log.error("the disk is full: what is written now takes the space kept for it; make room")
        return True

    def give_up_if_full(self) -> None:
        """Before a start, which writes here and there and asks nobody."""
        if self._path.exists() and shutil.disk_usage(self._path.parent).free < RESERVE_BYTES:
            self.give_up()
