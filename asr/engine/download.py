"""Fetching a large file over HTTP so that a broken connection costs nothing.

What has come stays in `FILE.part`; the rest is asked for with Range (RFC 9110 section 14)
and If-Range, so that a file which changed on the server is fetched anew.
"""

from __future__ import annotations

import errno
import http.client
import logging
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from typing import BinaryIO

from asr.errors import DownloadFailed

Progress = Callable[[int, int | None], None]  # bytes done, bytes in all (None: not said)

NO_ANSWER_S = 30.0  # of a server that accepts and then says nothing
FRUITLESS_TRIES = 4  # in a row; a try that brought anything starts the count anew
_FIRST_WAIT_S = 1.0
_BLOCK = 256 * 1024

logger = logging.getLogger(__name__)


class _Interrupted(Exception):
    """A passing fault: another try may go on from here."""


@dataclass
class _Part:
    """The piece that has come so far, and which version of the file it belongs to."""

    path: Path

    @property
    def size(self) -> int:
        return self.path.stat().st_size if self.path.exists() else 0

    @property
    def version(self) -> str:
        """The server's ETag or Last-Modified; empty when it gave none."""
        return self._version_path.read_text("utf-8") if self._version_path.exists() else ""

    def begin(self, version: str) -> None:
        self.path.write_bytes(b"")
        self._version_path.write_text(version, "utf-8")

    def discard(self) -> None:
        self.path.unlink(missing_ok=True)
        self._version_path.unlink(missing_ok=True)

    @property
    def _version_path(self) -> Path:
        return self.path.with_name(self.path.name + ".version")


def fetch(
    url: str, path: Path, *, progress: Progress, wait: Callable[[float], None] = time.sleep
) -> None:
    """Fetch `url` to `path`, going on from `path`.part when there is one. Blocks.

    Raises:
        DownloadFailed: the server refused, or broke off `FRUITLESS_TRIES` times without
            bringing anything; what has come is kept for the next run.
    """
    part = _Part(path.with_name(path.name + ".part"))
    fruitless = 0
    while True:
        size_before = part.size
        try:
            _fetch_rest(url, part, progress)
        except _Interrupted as fault:
            fruitless = 0 if part.size > size_before else fruitless + 1
            logger.info("download interrupted", extra={"bytes": part.size, "try": fruitless})
            if fruitless >= FRUITLESS_TRIES:
                raise DownloadFailed(_gave_up(url, part.size, fault)) from fault
            wait(_FIRST_WAIT_S * 2**fruitless)
        else:
            part.path.replace(path)
            part.discard()
            return


def fetch_small(url: str, *, limit_bytes: int) -> bytes | None:
    """A small file, or None when it cannot be had."""
    try:
        with urllib.request.urlopen(url, timeout=NO_ANSWER_S) as response:
            body: bytes = response.read(limit_bytes)
            return body
    except (OSError, http.client.HTTPException):
        return None


def _fetch_rest(url: str, part: _Part, progress: Progress) -> None:
    """One try. Returns when the file is whole."""
    have = part.size if part.version else 0
    request = urllib.request.Request(url)
    if have:
        request.add_header("Range", f"bytes={have}-")
        request.add_header("If-Range", part.version)
    try:
        with urllib.request.urlopen(request, timeout=NO_ANSWER_S) as response:
            if response.status != http.client.PARTIAL_CONTENT:
                have = 0
                part.begin(_version(response.headers))
            _append(response, part, have, progress)
    except urllib.error.HTTPError as refusal:
        with refusal:
            _refused(refusal, url, part)
    except (OSError, http.client.HTTPException) as fault:
        if isinstance(fault, OSError) and fault.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DownloadFailed(f"no room left at {part.path.parent}; make room") from fault
        raise _Interrupted(_reason(fault)) from fault


def _append(response: http.client.HTTPResponse, part: _Part, have: int, progress: Progress) -> None:
    total = _total(response.headers, have)
    with part.path.open("ab") as file:
        file.truncate(have)
        done = _copy(response, file, have, total, progress)
    if total is not None and done < total:
        raise _Interrupted(f"the connection broke off after {done} of {total} bytes")


def _copy(
    response: http.client.HTTPResponse,
    file: BinaryIO,
    done: int,
    total: int | None,
    progress: Progress,
) -> int:
    progress(done, total)
    while block := response.read(_BLOCK):
        file.write(block)
        done += len(block)
        progress(done, total)
    return done


def _refused(refusal: urllib.error.HTTPError, url: str, part: _Part) -> None:
    if refusal.code == http.client.REQUESTED_RANGE_NOT_SATISFIABLE:
        part.discard()  # longer than the file is now
        raise _Interrupted("the file changed on the server") from refusal
    if refusal.code >= http.client.INTERNAL_SERVER_ERROR:
        raise _Interrupted(f"the server answered {refusal.code}") from refusal
    raise DownloadFailed(
        f"{url} was refused ({refusal.code} {refusal.reason}); check the address"
    ) from refusal


def _version(headers: Message) -> str:
    etag = str(headers.get("ETag", ""))
    # A weak validator must not be used with If-Range (RFC 9110 section 13.1.5).
    return etag if etag and not etag.startswith("W/") else str(headers.get("Last-Modified", ""))


def _total(headers: Message, have: int) -> int | None:
    length = headers.get("Content-Length")
    return have + int(length) if length is not None else None


def _reason(fault: Exception) -> str:
    return str(getattr(fault, "reason", None) or fault or type(fault).__name__)


def _gave_up(url: str, have: int, fault: _Interrupted) -> str:
    if have == 0:
        return f"cannot fetch {url}: {fault}; check the network and try again"
    return (
        f"{url} broke off at {have} bytes: {fault}; run the same command again to go on from there"
    )
