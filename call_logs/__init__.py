"""What is remembered and what must happen: calls, recordings, transcripts, tickets, users, jobs."""

from call_logs.health import Health, HealthStatus
from call_logs.imports import FileKind, import_file
from call_logs.notices import Notice, send_notice
from call_logs.rules import Rules
from call_logs.store import Recovered, Store

__all__ = [
    "FileKind",
    "Health",
    "HealthStatus",
    "Notice",
    "Recovered",
    "Rules",
    "Store",
    "import_file",
    "send_notice",
]
