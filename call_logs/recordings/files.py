"""Where sealed files are, of recordings and evidence: written locally, kept in any fsspec store."""

from __future__ import annotations

import logging
import os
import secrets
import shutil
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO, cast

import fsspec
from fsspec.implementations.local import LocalFileSystem

from call_logs.storage.errors import NotFound, StoreError
from call_logs.storage.keys import KEY_ID_BYTES

log = logging.getLogger(__name__)

LIVE = "live"  # `Recording.location` of a file that is not in the store yet
SUFFIX = ".hrec"
RENEWED = ".renewed"
KEY_AT = 8  # behind the magic of every sealed file
LOW_DISK_BYTES = 200 * 1024 * 1024


def driver_problem(store_url: str) -> str:
    """ "" or why no driver for this address can be loaded, and what to install."""
    protocol, sign, _ = store_url.partition("://")
    if not sign:
        return ""
    try:
        fsspec.get_filesystem_class(protocol)
    except ValueError:
        return f"{protocol}:// is no kind of store that is known"
    except ImportError as error:
        extra = "`pip install 'hotline[s3]'`" if protocol in ("s3", "s3a") else str(error)
        return f"{protocol}:// needs a driver that is not installed: {extra}"
    return ""


class RecordingFiles:
    """All methods block: call them on a thread."""

    def __init__(
        self,
        folder: Path,
        store_url: str | None = None,
        options: Mapping[str, Any] | None = None,
        *,
        suffix: str = SUFFIX,
    ) -> None:
        """`folder` takes recordings while they happen; `store_url` (`s3://bucket/path`,
        `file:///mnt/nfs` ..., default: `folder`) keeps the finished ones. `options` go to
        fsspec (credentials)."""
        self.folder = folder
        self.suffix = suffix
        self._live = folder / LIVE
        self._store_url = store_url or str(folder / "finished")
        self._options = dict(options or {})
        self._given_store = store_url

    def beside(self, name: str, suffix: str) -> RecordingFiles:
        """The same kind of place for files of another kind: a folder `name` beside this one,
        and in the same store, with the same credentials."""
        url = self._given_store and f"{self._given_store.rstrip('/')}/{name}"
        return RecordingFiles(self.folder.with_name(name), url, self._options, suffix=suffix)

    @cached_property
    def _store(self) -> tuple[Any, str]:
        """The file system of finished recordings and their root in it; found when it is first
        needed, so that a driver that is missing keeps no call from being answered and recorded.

        Raises:
            StoreError: no driver of this kind is installed.
        """
        problem = driver_problem(self._store_url)
        if problem:
            raise StoreError(f"the recordings' store cannot be used: {problem}")
        fs, root = fsspec.core.url_to_fs(self._store_url, **self._options)
        return fs, root

    @property
    def _fs(self) -> Any:
        return self._store[0]

    @property
    def _root(self) -> str:
        return self._store[1]

    def try_store(self) -> None:
        """Write, read and remove a small file where finished recordings go.

        Raises:
            StoreError, OSError, or what the store's driver raises: it cannot be used.
        """
        probe = self._target(f"probe-{secrets.token_hex(8)}")
        self._fs.makedirs(self._root, exist_ok=True)
        self._fs.pipe_file(probe, b"probe")
        try:
            if self._fs.cat_file(probe) != b"probe":
                raise StoreError("the recordings' store gives back something else than was written")
        finally:
            self._fs.rm_file(probe)

    def __repr__(self) -> str:
        return f"RecordingFiles({str(self.folder)!r})"  # a store's URL may hold a password

    def live_path(self, recording_id: str) -> Path:
        return self._live / f"{recording_id}{self.suffix}"

    def live_ids(self) -> tuple[str, ...]:
        """Recordings whose files are not in the store yet."""
        if not self._live.is_dir():
            return ()
        return tuple(sorted(path.stem for path in self._live.glob(f"*{self.suffix}")))

    def finish(self, recording_id: str, started_at: datetime) -> str:
        """Move a sealed file to the store; returns its location there. May be repeated.

        Raises:
            OSError: the store is away; the file stays where it is.
        """
        location = self._location(recording_id, started_at)
        source = self.live_path(recording_id)
        target = self._target(location)
        if not source.exists() and self._fs.exists(target):
            return location
        self._fs.makedirs(target.rsplit("/", 1)[0], exist_ok=True)
        self._put(source, target)
        return location

    def _put(self, source: Path, target: str) -> None:
        if isinstance(self._fs, LocalFileSystem):
            _move(source, Path(target))
        else:
            # Under another name first: a store without atomic uploads must not show half.
            self._fs.put_file(str(source), f"{target}.part")
            self._fs.mv(f"{target}.part", target)
            source.unlink()

    def key_id(self, recording_id: str, location: str, started_at: datetime) -> bytes:
        """Of the key with which the file is sealed.

        Raises:
            NotFound: there is no such file.
        """
        with self.open(recording_id, location, started_at) as file:
            return file.read(KEY_AT + KEY_ID_BYTES)[KEY_AT:]

    def renew(
        self,
        recording_id: str,
        location: str,
        started_at: datetime,
        rewrite: Callable[[str, BinaryIO, BinaryIO], None],
    ) -> None:
        """Put what `rewrite` makes of a file in its place, whole or not at all.

        Raises:
            NotFound: there is no such file.
            OSError: the disk takes no more, or the store is away; the old file stays.
        """
        beside = self._live / f"{recording_id}{RENEWED}"
        self._live.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            with (
                os.fdopen(descriptor, "wb") as target,
                self.open(recording_id, location, started_at) as source,
            ):
                rewrite(recording_id, source, target)
                target.flush()
                os.fsync(target.fileno())
            live = self.live_path(recording_id)
            if live.exists():
                beside.replace(live)
                return
            if location == LIVE:
                location = self._location(recording_id, started_at)
            self._put(beside, self._target(location))
        finally:
            beside.unlink(missing_ok=True)

    def forget_renewed(self) -> None:
        """Remove what a kill has left of a file that was being renewed."""
        for path in self._live.glob(f"*{RENEWED}"):
            path.unlink(missing_ok=True)

    def open(self, recording_id: str, location: str, started_at: datetime) -> BinaryIO:
        """`location` as the database has it: it says `LIVE` a little longer than it is true,
        and for good when the database was away just after the move.

        Raises:
            NotFound: there is no such file (destroyed, or the store is not the right one).
        """
        live = self.live_path(recording_id)
        if location == LIVE:
            location = self._location(recording_id, started_at)
        try:
            if live.exists():
                return live.open("rb")
            return cast("BinaryIO", self._fs.open(self._target(location), "rb"))
        except FileNotFoundError:
            raise NotFound(f"the file {recording_id}{self.suffix} is gone") from None

    def delete(self, recording_id: str, location: str, started_at: datetime) -> None:
        """Destroy the audio. Already gone is no error."""
        self.live_path(recording_id).unlink(missing_ok=True)
        if location == LIVE:
            location = self._location(recording_id, started_at)
        if self._fs.exists(self._target(location)):
            self._fs.rm_file(self._target(location))

    def free_bytes(self) -> int:
        """Free space where recordings are written."""
        self._live.mkdir(parents=True, exist_ok=True, mode=0o700)
        return shutil.disk_usage(self._live).free

    def _target(self, location: str) -> str:
        return f"{self._root}/{location}"

    def _location(self, recording_id: str, started_at: datetime) -> str:
        return f"{started_at.astimezone(UTC):%Y/%m/%d}/{recording_id}{self.suffix}"


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
