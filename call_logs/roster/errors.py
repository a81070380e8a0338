"""What the roster raises. Messages are facts with what to do, and hold no full numbers
unless the person who is saving them has just typed them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from call_logs.storage.errors import StoreError

__all__ = ["ImportFailed", "ImportProblem", "RosterError"]


class RosterError(StoreError):
    """Root of what the roster, its policies, calendars and directory raise."""


@dataclass(frozen=True)
class ImportProblem:
    """One mistake in an imported file: where it is and what to write instead."""

    where: str  # "line 12", "line 30 (schedule 2)"
    message: str

    def __str__(self) -> str:
        return f"{self.where}: {self.message}"


MOST_TOLD = 200  # of a file's mistakes: nobody reads more, and a page must bear them


class ImportFailed(RosterError):
    """A file was refused whole; `problems` names every mistake in it, or the first
    `MOST_TOLD` and how many more there are."""

    def __init__(self, source: str, problems: Sequence[ImportProblem]) -> None:
        self.source = source
        self.problems = tuple(problems[:MOST_TOLD])
        if (more := len(problems) - MOST_TOLD) > 0:
            self.problems += (ImportProblem("file", f"has {more} more mistakes"),)
        super().__init__("\n".join(f"{source}: {problem}" for problem in self.problems))
