"""Both sides of a call are kept, from its answer to its end, whoever called whom."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

from call_logs import Store
from call_logs.calls import CallEventKind
from call_logs.storage import StoreError
from ivr.media.call_media import CallMedia

__all__ = ["OnFinished", "record"]

logger = logging.getLogger(__name__)

OnFinished = Callable[[str], Awaitable[None]]
"""Is told the id of each call that has a recording, once that is sealed."""


async def record(
    store: Store, media: CallMedia, stack: AsyncExitStack, on_finished: OnFinished
) -> None:
    """Record an answered call until `stack` unwinds; its transcript is then asked for. A call
    that cannot be recorded goes on, with a line in its log."""
    call = media.call
    try:
        writer = await store.recordings.create(call.id, media.rate_hz)
    except StoreError:
        logger.exception("a call is not recorded", extra={"call": call.id})
        store.calls.event(call.id, CallEventKind.RECORDING_PROBLEM)
        return

    async def seal() -> None:
        media.close()
        await writer.close()
        try:
            await on_finished(call.id)
        except Exception:
            # Boundary to the jobs: the sealed recording is in the store, where they look.
            logger.exception("a transcript was not asked for", extra={"call": call.id})

    stack.push_async_callback(seal)
    media.record(writer)
