"""Questions to the machine and the network that `check` and `doctor` share."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
from pathlib import Path

from hotline.config.addresses import Address

__all__ = ["bind_problem", "existing_parent", "file_problem", "folder_problem"]


def bind_problem(address: Address, transport: str) -> str:
    """Why `address` cannot be listened on now; empty when it can. Tries, and lets go.

    `transport` is udp, tcp or tls.
    """
    kind = socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM
    try:
        found = socket.getaddrinfo(address.host, address.port, type=kind, flags=socket.AI_PASSIVE)
    except socket.gaierror:
        return f"{address.host} is unknown; write an IP address of this machine or 0.0.0.0"
    family, kind, protocol, _, where = found[0]
    with contextlib.closing(socket.socket(family, kind, protocol)) as probe:
        if kind == socket.SOCK_STREAM:  # a connection in TIME_WAIT is no hindrance
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(where)
            if kind == socket.SOCK_STREAM:
                probe.listen(1)
        except OSError as error:
            return _bind_reason(error, address)
    return ""


def _bind_reason(error: OSError, address: Address) -> str:
    match error.errno:
        case errno.EADDRINUSE:
            return f"port {address.port} is taken by another program (or a running hotline)"
        case errno.EADDRNOTAVAIL:
            return f"{address.host} is no address of this machine; write one of its own or 0.0.0.0"
        case errno.EACCES:
            return f"port {address.port} needs root; choose one from 1024 on"
        case _:
            return error.strerror or type(error).__name__


def file_problem(path: Path) -> str:
    """Why the file cannot be read; empty when it can."""
    try:
        with path.open("rb"):
            return ""
    except FileNotFoundError:
        return f"there is no file {path}"
    except OSError as error:
        return f"{path} cannot be read: {error.strerror or type(error).__name__}"


def folder_problem(path: Path) -> str:
    """Why the folder could not be made or written to; empty when it could. Changes nothing."""
    nearest = existing_parent(path)
    if not nearest.is_dir():
        return f"{nearest} is a file; name a folder"
    if not os.access(nearest, os.W_OK | os.X_OK):
        return f"{nearest} cannot be written by this user; change its owner or choose another"
    return ""


def existing_parent(path: Path) -> Path:
    """`path` itself when it exists, else the nearest folder above it that does."""
    return next(folder for folder in (path, *path.parents) if folder.exists())
