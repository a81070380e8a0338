"""Imports that take longer than a page waits: they go on, and the page says how far they are."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from call_logs import FileKind
from call_logs.roster import ImportFailed, ImportProblem
from call_logs.storage import StoreError

__all__ = ["Import", "Imports"]

logger = logging.getLogger(__name__)

PAGE_WAIT_S = 3.0  # most files are in by then, and the page shows what came of them at once


@dataclass
class Import:
    """One file on its way in; `done` of `total` entries are kept, 0 while it is read."""

    source: str
    kind: FileKind
    done: int = 0
    total: int = 0
    taken: int | None = None  # how many entries changed; None until it has ended well
    problems: tuple[ImportProblem, ...] = field(default=(), repr=False)

    @property
    def running(self) -> bool:
        return self.taken is None and not self.problems

    def told(self, done: int, total: int) -> None:
        """What `import_file` tells of its progress."""
        self.done, self.total = done, total


class Imports:
    """One at a time: two would only take turns."""

    def __init__(self) -> None:
        self._latest: Import | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def running(self) -> Import | None:
        return self._latest if self._latest is not None and self._latest.running else None

    def take_ended(self) -> Import | None:
        """The last one, once it has ended; told once."""
        ended = self._latest if self._latest is not None and not self._latest.running else None
        if ended is not None:
            self._latest = None
        return ended

    async def run(
        self, source: str, kind: FileKind, work: Callable[[Import], Awaitable[int]]
    ) -> None:
        """Begin an import and wait a little for its end.

        Raises:
            ImportFailed: another one is under way.
        """
        if (other := self.running) is not None:
            message = f"waits: {other.source} is being imported; send it when that is in"
            raise ImportFailed(source, [ImportProblem("file", message)])
        self._latest = begun = Import(source, kind)
        self._task = asyncio.create_task(self._carry_out(begun, work), name="import")
        await asyncio.wait({self._task}, timeout=PAGE_WAIT_S)

    @staticmethod
    async def _carry_out(begun: Import, work: Callable[[Import], Awaitable[int]]) -> None:
        try:
            begun.taken = await work(begun)
        except ImportFailed as error:
            begun.problems = error.problems
        except StoreError as error:
            begun.problems = (ImportProblem("file", f"{error}; import it again"),)
        except Exception:
            logger.exception("an import failed")
            begun.problems = (ImportProblem("file", "could not be taken in; import it again"),)
