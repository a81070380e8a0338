"""baresip's runtime with what its binding lacks: our own work on the SIP thread.

libre keeps its poll table, its timers and its lock per thread. The binding starts the stack
on a thread of its own, while `re_thread_enter` called anywhere else enters the state of the
thread that loaded the library: it locks nothing, timers set there never fire, and each
socket closed there stays counted in the SIP thread's table, until that is full and the line
dead. So whatever touches the stack runs here, between two of its own commands.
"""

from __future__ import annotations

import asyncio
import ctypes
import logging
import resource
from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar, cast

from baresip import Runtime
from baresip._native import lib

logger = logging.getLogger(__name__)

T = TypeVar("T")

#: The table's size: what the process may open, within these. A call takes two places, a
#: connection of a trunk one; libre's own default is 1,024.
FEWEST_DESCRIPTORS = 1024
MOST_DESCRIPTORS = 65536


class SipThread(Runtime):  # type: ignore[misc]  # the library's class has no types of its own
    """One SIP stack of the process, and a way to its thread."""

    def __init__(self, library: ctypes.CDLL) -> None:
        super().__init__()
        self._library = library
        self._work: deque[Callable[[], None]] = deque()

    async def run(self, work: Callable[[], T]) -> T:
        """`work`'s result; it runs on the SIP thread, while that does nothing else, and must
        return at once.

        Raises:
            BaresipError: the stack is not up or does not answer.
        """
        loop = asyncio.get_running_loop()
        outcome: asyncio.Future[T] = loop.create_future()

        def settle(result: T | None, error: Exception | None) -> None:
            if outcome.done():
                return
            if error is not None:
                outcome.set_exception(error)
            else:
                outcome.set_result(cast(T, result))

        def on_sip_thread() -> None:
            if outcome.cancelled():
                return
            try:
                result = work()
            except Exception as error:
                loop.call_soon_threadsafe(settle, None, error)
            else:
                loop.call_soon_threadsafe(settle, result, None)

        self._work.append(on_sip_thread)
        try:
            await self.cmd(lib.BP_CMD_PING)  # its answer passes us on the SIP thread
            return await outcome
        finally:
            outcome.cancel()

    def _on_native_event(self, ev: int, handle: int, payload: Any) -> None:
        """SIP thread. A ping is answered from the stack's loop, outside of any call."""
        if ev == lib.BP_EV_PONG:
            while self._work:
                self._work.popleft()()
        super()._on_native_event(ev, handle, payload)

    def _re_thread_main(self) -> None:
        """SIP thread, before the stack starts on it: the table's size is set once, by whoever
        comes first."""
        soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        if soft == resource.RLIM_INFINITY:
            soft = MOST_DESCRIPTORS
        self._library.re_thread_init()
        self._library.fd_setsize(min(max(soft, FEWEST_DESCRIPTORS), MOST_DESCRIPTORS))
        super()._re_thread_main()
