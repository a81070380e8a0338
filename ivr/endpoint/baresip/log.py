"""baresip's own log, without what the people on the phone must not find there, and calm.

Two ways lead out of the C stack: its log handlers, which the library turns into records, and
libre's prints to stderr, which know no level and tell of every odd packet. Both end here.
"""

from __future__ import annotations

import contextlib
import ctypes
import logging
import os
import platform
import re
import threading
import time
from collections.abc import Callable

logger = logging.getLogger(__name__)

_STACK = logging.getLogger("baresip")
_URI = re.compile(r"(sips?|tel):[^\s>\"']+", re.IGNORECASE)
_NUMBER = re.compile(r"\+?\d{5,}")

#: Different lines of the stack in a minute, each once; whoever floods the port must not fill
#: the disk too.
LINES_A_MINUTE = 20
MINUTE_S = 60.0
_LINE_BUFFERED = 1  # _IOLBF of stdio.h
_PIPE_READ = 65536
_LONGEST = 500


def scrub(text: str) -> str:
    """`text` without SIP addresses and long numbers."""
    return _NUMBER.sub("<number>", _URI.sub("<address>", text))


class Calm:
    """Lets so many different lines through in a minute, and counts the rest."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._since = clock()
        self._told: set[str] = set()
        self._left_out = 0

    def passes(self, line: str) -> bool:
        """Whether this line may be told now."""
        left_out = 0
        with self._lock:
            now = self._clock()
            if now - self._since >= MINUTE_S:
                self._since = now
                self._told.clear()
                left_out, self._left_out = self._left_out, 0
            passes = line not in self._told and len(self._told) < LINES_A_MINUTE
            if passes:
                self._told.add(line)
            else:
                self._left_out += 1
        if left_out:
            logger.warning("lines of the SIP stack were left out", extra={"lines": left_out})
        return passes


_calm = Calm()


class _Relay(logging.Handler):
    """Passes the library's records on under our name, scrubbed and without fields."""

    def emit(self, record: logging.LogRecord) -> None:
        text = scrub(record.getMessage()).strip()
        if record.levelno >= logging.CRITICAL or _calm.passes(text):
            self._tell(record, text)

    @staticmethod
    def _tell(record: logging.LogRecord, text: str) -> None:
        logger.log(record.levelno, "baresip: %s", text, extra={"origin": record.name})


_relay = _Relay(level=logging.WARNING)


def relay_stack_log() -> None:
    """Send the library's warnings through the scrubber, and nothing past it."""
    if _relay not in _STACK.handlers:
        _STACK.addHandler(_relay)
    _STACK.propagate = False


class StackStderr:
    """What C code prints to stderr, as lines of our log.

    glibc's `stderr` is a variable: it is pointed to a pipe of ours. Python writes to the
    descriptor itself, as do crashes, and both stay where they are. Where the C library has
    no such variable nothing changes.
    """

    def __init__(self) -> None:
        self._kept: int | None = None
        self._file: int | None = None
        self._reader: threading.Thread | None = None

    def open(self) -> None:
        """Take the prints from now on."""
        if self._file is not None or platform.libc_ver()[0] != "glibc":
            return
        libc = ctypes.CDLL(None)
        libc.fdopen.restype = ctypes.c_void_p
        libc.setvbuf.argtypes = (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t)
        source, sink = os.pipe()
        os.set_blocking(sink, False)  # the SIP thread never waits for our log
        self._file = libc.fdopen(sink, b"w")
        if not self._file:
            os.close(source)
            os.close(sink)
            return
        libc.setvbuf(self._file, None, _LINE_BUFFERED, 0)
        variable = ctypes.c_void_p.in_dll(libc, "stderr")
        self._kept, variable.value = variable.value, self._file
        self._reader = threading.Thread(
            target=_read, args=(source,), name="stack-stderr", daemon=True
        )
        self._reader.start()

    def close(self) -> None:
        """Give stderr back. May be called twice."""
        if self._file is None:
            return
        libc = ctypes.CDLL(None)
        libc.fclose.argtypes = (ctypes.c_void_p,)
        ctypes.c_void_p.in_dll(libc, "stderr").value = self._kept
        libc.fclose(self._file)
        self._file = None
        if self._reader is not None:
            self._reader.join(1.0)


def _read(source: int) -> None:
    """Log line by line until the other end is closed."""
    rest = b""
    with contextlib.closing(os.fdopen(source, "rb", buffering=0)) as pipe:
        while chunk := pipe.read(_PIPE_READ):
            *lines, rest = (rest + chunk).split(b"\n")
            rest = rest[-_LONGEST:]
            for line in lines:
                text = scrub(line[:_LONGEST].decode("utf-8", "replace")).strip()
                if text and _calm.passes(text):
                    logger.warning("baresip: %s", text, extra={"origin": "stderr"})
