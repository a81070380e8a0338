"""Where the files of recordings are: written locally, kept in any fsspec store."""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, cast

import fsspec
from fsspec.implementations.local import LocalFileSystem

from call_logs.errors import NotFound

log = logging.getLogger(__name__)

LIVE = "live"  # `Recording.location` of a file that is not in the store yet
SUFFIX = ".hrec"
LOW_DISK_BYTES = 200 * 1024 * 1024


class RecordingFiles:
    """All methods block: call them on a thread."""

    def __init__(
        self,
        folder: Path,
        store_url: str | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> None:
        """`folder` takes recordings while they happen; `store_url` (`s3://bucket/path`,
        `file:///mnt/nfs` ..., default: `folder`) keeps the finished ones. `options` go to
        fsspec (credentials)."""
        self.folder = folder
        self._live = folder / LIVE
        self._fs, self._root = fsspec.core.url_to_fs(
            store_url or str(folder / "finished"), **dict(options or {})
        )

    def __repr__(self) -> str:
        return f"RecordingFiles({str(self.folder)!r})"  # a store's URL may hold a password

    def live_path(self, recording_id: str) -> Path:
        return self._live / f"{recording_id}{SUFFIX}"

    def live_ids(self) -> tuple[str, ...]:
        """Recordings whose files are not in the store yet."""
        if not self._live.is_dir():
            return ()
        return tuple(sorted(path.stem for path in self._live.glob(f"*{SUFFIX}")))

    def finish(self, recording_id: str, started_at: datetime) -> str:
        """Move a sealed file to the store; returns its location there. May be repeated.

        Raises:
            OSError: the store is away; the file stays where it is.
        """
        location = _location(recording_id, started_at)
        source = self.live_path(recording_id)
        target = self._target(location)
        if not source.exists() and self._fs.exists(target):
            return location
        self._fs.makedirs(target.rsplit("/", 1)[0], exist_ok=True)
        if isinstance(self._fs, LocalFileSystem):
            _move(source, Path(target))
        else:
            # Under another name first: a store without atomic uploads must not show half.
            self._fs.put_file(str(source), f"{target}.part")
            self._fs.mv(f"{target}.part", target)
            source.unlink()
        return location

    def open(self, recording_id: str, location: str, started_at: datetime) -> BinaryIO:
        """`location` as the database has it: it says `LIVE` a little longer than it is true,
        and for good when the database was away just after the move.

        Raises:
            NotFound: there is no such file (destroyed, or the store is not the right one).
        """
        live = self.live_path(recording_id)
        if location == LIVE:
            location = _location(recording_id, started_at)
        try:
            if live.exists():
                return live.open("rb")
            return cast("BinaryIO", self._fs.open(self._target(location), "rb"))
        except FileNotFoundError:
            raise NotFound(f"the audio of recording {recording_id} is gone") from None

    def delete(self, recording_id: str, location: str, started_at: datetime) -> None:
        """Destroy the audio. Already gone is no error."""
        self.live_path(recording_id).unlink(missing_ok=True)
        if location == LIVE:
            location = _location(recording_id, started_at)
        if self._fs.exists(self._target(location)):
            self._fs.rm_file(self._target(location))

    def free_bytes(self) -> int:
        """Free space where recordings are written."""
        self._live.mkdir(parents=True, exist_ok=True, mode=0o700)
        return shutil.disk_usage(self._live).free

    def _target(self, location: str) -> str:
        return f"{self._root}/{location}"


def _location(recording_id: str, started_at: datetime) -> str:
    return f"{started_at.astimezone(UTC):%Y/%m/%d}/{recording_id}{SUFFIX}"


def _move(source: Path, target: Path) -> None:
    """Rename, or copy and rename when the store is on another disk."""
    try:
        source.replace(target)
    except OSError:
        beside = target.with_name(f".{target.name}.part")
        shutil.copyfile(source, beside)
        with beside.open("rb+") as file:
            os.fsync(file.fileno())
        beside.replace(target)
        source.unlink()
