"""The caller is handed over to who accepted, and our lines are free: REFER, in two ways.

    attended: the caller's side takes our place in the very call that the person has
    blind:    the caller's side calls the person anew, whose telephone rings a second time

The bridge is what is left when neither works; `docs/decisions/dispatch.md` has the table.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable

from ivr.desk import Desk
from ivr.endpoint import Call, CallState, EndpointError
from ivr.ring import Party, Ring

__all__ = ["hand_over"]

logger = logging.getLogger(__name__)


async def hand_over(desk: Desk, caller: Call, ring: Ring, party: Party) -> bool:
    """Whether the caller is with the person of `ring` now, on a line that is not ours.

    The caller's call is closed then. Otherwise both calls are up and have sound, unless
    one of the two hung up meanwhile: then no telephone rings for nothing.
    """

    async def call_anew() -> None:
        await caller.transfer(desk.uri_of(ring.contact, caller.trunk))

    # Only a PBX that has both calls can put one into the other's place.
    if caller.trunk == party.call.trunk:
        if await _succeeds(caller.attended_transfer(party.call), "attended"):
            return True
        if CallState.CLOSED in {caller.state, party.call.state}:
            return False
    return await _succeeds(call_anew(), "blind")


async def _succeeds(transfer: Awaitable[None], way: str) -> bool:
    try:
        await transfer
    except (EndpointError, ValueError) as error:  # ValueError: a number, and no trunk for it
        fields = {"way": way, "sip_code": getattr(error, "sip_code", None)}
        logger.info("a transfer came to nothing", extra=fields)
        return False
    return True
