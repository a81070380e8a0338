"""Long computations that no call waits for: one thread, at low priority, that gives way.

A thread that computes in Python keeps the interpreter from the sound, a millisecond at a
time (`docs/decisions/real-time.md`). What reads a file of 200,000 rows rests half of the
time instead: it takes twice as long, and nobody on the telephone hears it.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import ParamSpec, TypeVar

__all__ = ["give_way", "in_background"]

P = ParamSpec("P")
R = TypeVar("R")

logger = logging.getLogger(__name__)

WORK_S = 0.005  # at a stretch
NICENESS = 15


class _Turn(threading.local):
    """Since when this thread has worked without a rest; only the background thread rests."""

    since_s: float | None = None


_turn = _Turn()


def _begin() -> None:
    _turn.since_s = time.monotonic()
    if sys.platform != "linux":  # elsewhere niceness belongs to the whole process
        return
    try:
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
    except OSError as error:
        logger.debug("a thread kept its priority", extra={"errno": error.errno})


_thread = ThreadPoolExecutor(1, thread_name_prefix="background", initializer=_begin)


async def in_background(work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """The result of `work`, which runs after whatever else is in the background."""
    loop = asyncio.get_running_loop()
    # For whom it is done goes along, as with `asyncio.to_thread`.
    run = copy_context().run
    return await loop.run_in_executor(_thread, partial(run, work, *args, **kwargs))


def give_way() -> None:
    """Call at every step of a long computation; costs nothing outside the background."""
    if _turn.since_s is None or time.monotonic() - _turn.since_s < WORK_S:
        return
    time.sleep(WORK_S)
    _turn.since_s = time.monotonic()
