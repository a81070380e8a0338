"""The program under systemd's eye: ready once the line answers, watched while it works.

The watchdog is fed only when the four things that no call can do without have just shown that
they move: the SIP thread, the clock of the sound, the store, and with them this event loop.
What is not there in time keeps the feeding off, and systemd starts the program anew.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable, Mapping

from hotline.systemd import notify, watchdog_s
from ivr.endpoint import Endpoint, EndpointError, NoSocket

__all__ = ["Beat", "SipLost", "Supervision", "open_port", "stuck_parts", "until_lost"]

logger = logging.getLogger(__name__)

Beat = Callable[[], Awaitable[None]]
"""Returns once its part has moved; raises, or does not return, when that does not."""

BEAT_LIMIT_S = 10.0
FEEDINGS = 4  # in the time that systemd waits: one late one is no death
UNWATCHED_S = 60.0  # without systemd the log alone tells
AGAIN_S = 1.0

NETWORK_LIMIT_S = 60.0
NETWORK_PAUSE_S = 2.0
#: From when on a program without a SIP port is better started anew: at once when nobody talks,
#: later when somebody does.
SILENT_IDLE_S = 60.0
SILENT_S = 300.0
LOOK_EVERY_S = 1.0


class SipLost(EndpointError):
    """The SIP port is gone and does not come back in this process."""


async def open_port(endpoint: Endpoint) -> None:
    """Start the endpoint, and wait for a network that comes up later than we do.

    Raises:
        NoSocket: it did not come in a minute.
        EndpointError: what waiting would not mend.
    """
    loop = asyncio.get_running_loop()
    until = loop.time() + NETWORK_LIMIT_S
    while True:
        try:
            return await endpoint.start()
        except NoSocket as error:
            if loop.time() >= until:
                raise
            logger.warning("no calls yet: the SIP port is not open", extra={"reason": str(error)})
            notify(f"STATUS=Waiting for the network: {error}", _more_time(NETWORK_LIMIT_S))
        await asyncio.sleep(NETWORK_PAUSE_S)


async def until_lost(endpoint: Endpoint) -> None:
    """Return never.

    Raises:
        SipLost: no call can come in for so long that only a new start may help.
    """
    while True:
        silent_s = endpoint.silent_for_s
        limit_s = SILENT_S if endpoint.calls else SILENT_IDLE_S
        if silent_s == math.inf:
            raise SipLost("the SIP stack died: the program has to be started again")
        if silent_s >= limit_s:
            told = "; ".join(endpoint.port_problems.values())
            raise SipLost(f"no call can come in for {silent_s:.0f} s: {told}")
        await asyncio.sleep(LOOK_EVERY_S)


async def stuck_parts(parts: Mapping[str, Beat], limit_s: float = BEAT_LIMIT_S) -> list[str]:
    """The parts that do not move within `limit_s`."""
    moving = await asyncio.gather(*(_moves(*part, limit_s) for part in parts.items()))
    return [name for name, moves in zip(parts, moving, strict=True) if not moves]


async def _moves(name: str, beat: Beat, limit_s: float) -> bool:
    try:
        async with asyncio.timeout(limit_s):
            await beat()
    except TimeoutError:
        return False
    except Exception:
        logger.exception("a part of the program has failed", extra={"part": name})
        return False
    return True


class Supervision:
    """Tells systemd how the program does, while the context lasts."""

    def __init__(self, parts: Mapping[str, Beat]) -> None:
        self._parts = parts
        self._interval_s = (watchdog_s() or UNWATCHED_S) / FEEDINGS
        self._limit_s = min(BEAT_LIMIT_S, self._interval_s)
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Supervision:
        notify("READY=1", "STATUS=Answering calls")
        self._task = asyncio.create_task(self._watch(), name="watchdog")
        return self

    async def __aexit__(self, *_: object) -> None:
        notify("STOPPING=1")
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def stopping(self, within_s: float) -> None:
        """Calls may end first; systemd waits that long."""
        notify("STOPPING=1", "STATUS=Live calls may end", _more_time(within_s))

    async def _watch(self) -> None:
        was_stuck: list[str] = []
        while True:
            stuck = await stuck_parts(self._parts, self._limit_s)
            if stuck != was_stuck:
                was_stuck = stuck
                if stuck:
                    logger.error("the program hangs", extra={"parts": stuck})
                    notify(f"STATUS=Hangs: {', '.join(stuck)}")
                else:
                    logger.warning("the program moves again")
                    notify("STATUS=Answering calls")
            if not stuck:
                notify("WATCHDOG=1")
            await asyncio.sleep(AGAIN_S if stuck else self._interval_s)


def _more_time(seconds: float) -> str:
    return f"EXTEND_TIMEOUT_USEC={round((seconds + 30) * 1e6)}"
