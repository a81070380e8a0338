"""A loop of its own for what waits for others' machines: nothing of it (a handshake, a slow name
server, a body that does not end) takes a moment of the loop that the telephone runs on."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

__all__ = ["Outside"]

T = TypeVar("T")
CLOSE_S = 5.0


class Outside:
    def __init__(self, name: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=name, daemon=True)
        self._thread.start()

    async def run(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Do it over there; whoever is cancelled here cancels it there."""
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work(), self._loop))

    async def close(self) -> None:
        """End it; whatever still waits there is left."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        await asyncio.to_thread(self._thread.join, CLOSE_S)
        if not self._thread.is_alive():
            self._loop.close()
