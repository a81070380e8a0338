"""What an examination of one part of this machine found."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

from hotline.config.config import Config


class State(StrEnum):
    """How a part does."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True)
class Result:
    """One part looked at: a fact, and what to do when it is not well."""

    name: str
    state: State
    fact: str
    mend: str = ""


Examination = Callable[[Config], Awaitable[list[Result]]]
