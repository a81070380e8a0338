"""What systemd is told: sd_notify(3) over the socket that it names.

The protocol is a datagram of NAME=VALUE lines; a library for that would be longer.
"""

from __future__ import annotations

import logging
import os
import socket

__all__ = ["notify", "watchdog_s"]

logger = logging.getLogger(__name__)


def notify(*assignments: str) -> bool:
    """Tell systemd (READY=1, STATUS=..., WATCHDOG=1); False when nobody is there to be told."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return False
    if address.startswith("@"):
        address = "\0" + address[1:]
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
            sender.setblocking(False)
            sender.sendto("\n".join(assignments).encode(), address)
    except OSError as error:
        logger.warning("systemd could not be told", extra={"reason": error.strerror or str(error)})
        return False
    return True


def watchdog_s() -> float | None:
    """How often systemd wants to hear from this process; None when it does not watch it."""
    if os.environ.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return None
    microseconds = os.environ.get("WATCHDOG_USEC", "")
    return int(microseconds) / 1e6 if microseconds.isdecimal() and int(microseconds) else None
