"""A visit: somebody comes into a call whose flow goes on, to speak with its caller.

The follow-up finds an owner who is still on the line with the hotline: calling them back, they
would be busy. So whoever accepted, or the news, comes to them where they are. The caller has one
flow, which takes the visit in at its next wait and goes on behind it.

    announced --the flow takes it--> begun --its work is done--> over
        +--the call ends, or the flow has no time for it--> withdrawn: they are called back
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from ivr.call.jumps import HungUp
from ivr.endpoint import Call, CallState

__all__ = ["Visit"]

logger = logging.getLogger(__name__)

Caller = TypeVar("Caller")

TAKEN_S = 60.0  # they may be talking with somebody else whom they have asked for
LOOK_EVERY_S = 0.1


class Visit(Generic[Caller]):
    """One visit to a caller: their conversation."""

    def __init__(self, work: Callable[[Caller], Awaitable[bool]]) -> None:
        """`work` speaks with the caller, and says whether that has helped them."""
        self._work = work
        self._begun = False
        self._withdrawn = False
        self._over = asyncio.Event()

    async def run(self, caller: Caller) -> bool:
        """In the flow's own task; whether the caller was helped.

        Raises:
            HungUp: they are gone.
        """
        if self._withdrawn:
            return False
        self._begun = True
        try:
            return await self._work(caller)
        except HungUp:
            raise
        except Exception:
            # A fault of whoever visits must not end the caller's own call.
            logger.exception("a visit to a call failed; its flow goes on")
            return False
        finally:
            self._over.set()

    async def came_about(self, call: Call) -> bool:
        """Wait until it is over; False when it was never taken, and never will be."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + TAKEN_S
        while not self._begun:
            if call.state is CallState.CLOSED or loop.time() > deadline:
                self._withdrawn = True
                return False
            await asyncio.sleep(LOOK_EVERY_S)
        await self._over.wait()
        return True
