"""Taking a call: 200 OK, then the caller's ACK."""

from __future__ import annotations

import asyncio
from contextlib import AbstractContextManager, nullcontext

from ivr.endpoint import Call, CallNotActive, CallState

__all__ = ["ESTABLISH_S", "take"]

ESTABLISH_S = 32.0  # RFC 3261 timer H: no ACK until then, no call
NOT_MEASURED = nullcontext()


async def take(call: Call, measured: AbstractContextManager[object] = NOT_MEASURED) -> bool:
    """Answer; False when the caller was gone before. Who hung up in the same breath was
    answered all the same. One that is answered already stays so. `measured` is entered for
    the time until the 200 OK."""
    if call.was_established:
        return True
    established = asyncio.Event()
    unsubscribe = call.subscribe(lambda event: established.set())
    try:
        with measured:
            await call.answer()
        async with asyncio.timeout(ESTABLISH_S):
            while call.state is CallState.INCOMING:
                established.clear()
                await established.wait()
    except (CallNotActive, TimeoutError):
        return False
    finally:
        unsubscribe()
    return call.was_established
