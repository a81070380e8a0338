"""The SIP sockets that this process has, as the kernel knows them."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Collection, Iterator
from pathlib import Path

_FILES = Path("/proc/self/fd")
TOLD = _FILES.is_dir()
"""Whether this system tells a process its descriptors."""


@contextlib.contextmanager
def own_sockets(ports: Collection[int]) -> Iterator[list[socket.socket]]:
    """This process's UDP sockets and TCP listeners on one of `ports`, while the context lasts.

    Copies of the descriptors: whose they are notices nothing, and closing ours ends nothing.
    Elsewhere than on Linux there are none to be found.
    """
    found: list[socket.socket] = []
    with contextlib.ExitStack() as stack:
        for number in _descriptors():
            with contextlib.suppress(OSError):
                copy = stack.enter_context(socket.socket(fileno=os.dup(number)))
                if _listens_on(copy, ports):
                    found.append(copy)
        yield found


def _descriptors() -> list[int]:
    numbers = []
    with contextlib.suppress(OSError):
        for entry in _FILES.iterdir():
            with contextlib.suppress(OSError):
                if os.readlink(entry).startswith("socket:"):
                    numbers.append(int(entry.name))
    return numbers


def _listens_on(candidate: socket.socket, ports: Collection[int]) -> bool:
    if candidate.family not in {socket.AF_INET, socket.AF_INET6}:
        return False
    if candidate.getsockname()[1] not in ports:
        return False
    if candidate.type == socket.SOCK_DGRAM:
        return True
    return bool(candidate.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))
