"""Who holds a home or a node: a process, told so that a person finds it and a program can say
whether it still lives."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from pathlib import Path
from typing import Any

from call_logs.storage.clock import SYSTEM_CLOCK

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_STARTED = 19  # of the fields of /proc/PID/stat after the name: the start, in ticks since boot


@dataclass(frozen=True)
class Holder:
    """One run of the program. What a system does not tell is empty."""

    node: str
    host: str = field(default_factory=socket.gethostname)
    pid: int = field(default_factory=os.getpid)
    boot_id: str = field(default_factory=lambda: _read(_BOOT_ID))
    pid_space: str = field(default_factory=lambda: _link("/proc/self/ns/pid"))
    pid_started: str = field(default_factory=lambda: _started(os.getpid()))
    since: datetime = field(default_factory=SYSTEM_CLOCK.now)
    id: str = field(default_factory=lambda: secrets.token_hex(16))

    def __str__(self) -> str:
        since = f"{self.since:%Y-%m-%d %H:%M:%S} UTC"
        return f"process {self.pid} on {self.host or 'an unknown machine'} (since {since})"

    def as_document(self) -> dict[str, Any]:
        return {**asdict(self), "since": self.since.isoformat()}

    @classmethod
    def of_document(cls, document: Mapping[str, Any]) -> Holder | str:
        """A holder as it was written down, or words for one that cannot be read."""
        try:
            known = {each.name: document[each.name] for each in fields(cls)}
            return cls(**{**known, "since": datetime.fromisoformat(known["since"])})
        except (KeyError, TypeError, ValueError):
            return "another hotline"

    def lives(self) -> bool | None:
        """Whether the process goes on; None when that cannot be known from here: another
        machine, another container, a system that does not tell."""
        here = Holder(self.node)
        if not self.boot_id or (self.boot_id, self.pid_space) != (here.boot_id, here.pid_space):
            return None
        if not self.pid_started or not here.pid_started:
            return None
        return _started(self.pid) == self.pid_started


def _started(pid: int) -> str:
    """When a process began, in ticks since boot; "" when there is none, or it is a zombie."""
    stat = _read(Path(f"/proc/{pid}/stat")).rpartition(")")[2].split()
    return "" if len(stat) <= _STARTED or stat[0] in {"Z", "X"} else stat[_STARTED]


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError:
        return ""


def _link(path: str) -> str:
    try:
        return os.readlink(path)
    except OSError:
        return ""
