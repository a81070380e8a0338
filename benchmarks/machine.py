"""This machine, and what a process takes of it (Linux: from /proc)."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Usage:
    """What a process holds and has used since its start; children are not counted."""

    cpu_s: float  # seconds of one core, all threads
    memory_mb: float  # resident
    threads: int
    files: int  # open descriptors


def usage(pid: int) -> Usage:
    """Of a process of the same user.

    Raises:
        OSError: the process is gone.
    """
    folder = Path(f"/proc/{pid}")
    # The name, field 2, may hold blanks; utime and stime are fields 14 and 15 (proc(5)).
    fields = (folder / "stat").read_text().rpartition(")")[2].split()
    status = dict(
        line.split(":", 1) for line in (folder / "status").read_text().splitlines() if ":" in line
    )
    return Usage(
        cpu_s=(int(fields[11]) + int(fields[12])) / _TICKS_A_SECOND,
        memory_mb=int(status["VmRSS"].split()[0]) / 1024,
        threads=int(status["Threads"]),
        files=sum(1 for _ in (folder / "fd").iterdir()),
    )


def load() -> float:
    """Runnable processes, average of the last minute."""
    return os.getloadavg()[0]


def machine() -> dict[str, Any]:
    """What the numbers depend on. Names no host."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_mb": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20,
        "kernel": platform.release(),
        "python": platform.python_version(),
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
