"""What a check finds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """Whether the program could run in spite of it."""

    MISTAKE = "mistake"  # `serve` would refuse, fail, or leave out what was written
    WARNING = "warning"


@dataclass(frozen=True, order=True)
class Finding:
    """One thing to look at; `line` is 0 when no line of the file says it."""

    line: int
    severity: Severity
    text: str

    def __str__(self) -> str:
        where = f"line {self.line}: " if self.line else ""
        mark = "warning: " if self.severity is Severity.WARNING else ""
        return f"{where}{mark}{self.text}"


def mistake(line: int, text: str) -> Finding:
    return Finding(line, Severity.MISTAKE, text)


def warning(line: int, text: str) -> Finding:
    return Finding(line, Severity.WARNING, text)
