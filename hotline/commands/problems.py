"""What an error is called on the terminal: facts, and what to do."""

from __future__ import annotations

import errno
import socket

from hotline.config.file import ConfigError
from hotline.logs import redact


class CommandError(Exception):
    """A command cannot do what was asked; the message says what to do."""


def describe(error: Exception) -> tuple[str, ...]:
    """The lines to print for `error`, mostly one. Errors of our packages are facts already."""
    if isinstance(error, ConfigError):
        return tuple(f"{error.source}: {mistake}" for mistake in error.mistakes)
    if isinstance(error, CommandError) or _is_ours(error):
        return tuple(str(error).splitlines()) or (type(error).__name__,)
    if isinstance(error, socket.gaierror):
        return ("a host name is unknown; check the names in the configuration and the DNS",)
    if isinstance(error, OSError):
        return (_os_error(error),)
    text = redact(str(error).partition("\n")[0])
    return (f"unexpected {type(error).__name__}: {text} (--debug shows the trace)",)


def _is_ours(error: Exception) -> bool:
    package = type(error).__module__.partition(".")[0]
    return package in ("asr", "call_logs", "dashboard", "hotline", "ivr")


def _os_error(error: OSError) -> str:
    subject = f"{error.filename}: " if error.filename else ""
    match error.errno:
        case errno.ENOSPC:
            advice = "; make room on that disk"
        case errno.EACCES | errno.EPERM:
            advice = "; run as the user who owns it, or change its owner"
        case errno.EADDRINUSE:
            advice = "; end the other program or choose another port"
        case _:
            advice = ""
    return f"{subject}{error.strerror or error}{advice}"
