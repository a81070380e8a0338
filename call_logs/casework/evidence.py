"""Photos, films and papers of a ticket: what is known of each, and what is taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from call_logs.casework.kinds import EvidenceKind
from call_logs.storage.errors import StoreError

__all__ = ["Evidence", "EvidenceRefused", "EvidenceRules", "FileRefusal"]


@dataclass(frozen=True)
class EvidenceRules:
    """What is taken, as the configuration says. `examine`: the command that looks into a file
    before it is kept; empty: none."""

    kinds: frozenset[EvidenceKind] = frozenset(EvidenceKind)
    max_bytes: int = 50_000_000
    most: int = 100  # of one ticket
    keep_place: bool = False
    examine: Sequence[str] = ()


class FileRefusal(StrEnum):
    """Why a file is not taken."""

    KIND = "kind"
    TOO_LARGE = "too_large"
    EMPTY = "empty"
    BROKEN = "broken"
    HARMFUL = "harmful"
    NOT_EXAMINED = "not_examined"
    TOO_MANY = "too_many"
    NO_SPACE = "no_space"


class EvidenceRefused(StoreError):
    """A file that is not kept; nothing of it is left."""

    def __init__(self, reason: FileRefusal, message: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True)
class Evidence:
    """One file of a ticket. `name` and `note` are words of whoever sent it."""

    id: str
    ticket_id: int
    kind: EvidenceKind
    name: str = field(repr=False)
    note: str = field(repr=False)
    size_bytes: int
    sha256: str  # of what is kept, in hex
    added_at: datetime
    added_by: str
    removed_at: datetime | None
    removed_by: str
    record_id: int | None = None  # the record that it belongs to, a visit say

    @property
    def file_name(self) -> str:
        """A name that is safe to send: its ending is that of its kind."""
        stem = self.name.rpartition(".")[0] or self.name or "evidence"
        return f"{stem}.{self.kind.value}"
