"""Work beside its owner."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

logger = logging.getLogger(__name__)


class Tasks:
    """Holds tasks until they end: the event loop alone would let them be collected in the
    middle of their work. A fault in one is logged, never lost."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[object]] = set()

    def __len__(self) -> int:
        return len(self._tasks)

    def start(self, work: Coroutine[Any, Any, object], name: str | None = None) -> None:
        """Begin it; returns at once."""
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def cancel(self) -> None:
        """Call all of them off, without waiting for their end."""
        for task in self._tasks:
            task.cancel()

    async def close(self, patience_s: float = 0.0) -> None:
        """Wait for their end so long, then call them off. May be called twice."""
        if self._tasks and patience_s:
            await asyncio.wait(set(self._tasks), timeout=patience_s)
        self.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _ended(self, task: asyncio.Task[object]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (fault := task.exception()) is not None:
            logger.error("work beside a call failed", exc_info=fault)
