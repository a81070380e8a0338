"""The caller is handed over to who accepted, and our lines are free: REFER, in two ways.

    attended: the caller's side takes our place in the very call that the person has
    blind:    the caller's side calls the person anew, whose telephone rings a second time

A PBX that takes a blind REFER lets go of the caller before it knows whether the new call is
answered, so nobody in danger is sent that way. After a REFER that leg is under watch: whoever
is with nobody is called back. The bridge is what is left when neither way works;
`docs/decisions/dispatch.md` has the table.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from enum import StrEnum

from ivr.call.conversation import Conversation
from ivr.call.services import Services
from ivr.dispatch.ring import Party, Ring
from ivr.endpoint import Call, CallState, CloseReason, EndpointError
from ivr.media.call_media import CallMedia

__all__ = ["HandOver", "hand_over"]

logger = logging.getLogger(__name__)

GONE_S = 2.0  # without a packet from a caller whose side has taken a REFER
LOOK_S = 0.1
FLOWS_S = 0.5  # sound that came as lately has not stopped; the clock reads each 0.1 s


class HandOver(StrEnum):
    """What a transfer has come to."""

    DONE = "done"  # the caller talks with the person, on a line that is not ours
    REFUSED = "refused"  # both calls are up and have sound, unless somebody has hung up
    LOST = "lost"  # the caller is neither with us nor with the person


async def hand_over(
    services: Services, caller: Conversation, ring: Ring, party: Party, *, urgent: bool
) -> HandOver:
    """Try to connect the caller with the person of `ring` without us.

    The caller's call is closed when it is done. When it is refused and one of the two has
    hung up meanwhile, no telephone has rung for nothing.
    """
    call, media = caller.call, caller.media
    # Who suppresses silence cannot be told from who is gone: then the outcome alone counts.
    watched = media.stopped_s < FLOWS_S
    # Only a PBX that has both calls can put one into the other's place.
    if call.trunk == party.call.trunk:
        came = await _attended(call, party.call, media if watched else None)
        if came is not HandOver.REFUSED or CallState.CLOSED in {call.state, party.call.state}:
            return came
    if urgent:
        return HandOver.REFUSED
    return await _blind(services, call, ring, media if watched else None)


async def _attended(call: Call, other: Call, watched: CallMedia | None) -> HandOver:
    """Nobody has to pick up for it: sound that stops before the outcome is a caller lost."""
    joining = asyncio.create_task(_succeeds(call.attended_transfer(other), "attended"))
    try:
        while not joining.done():
            await asyncio.wait({joining}, timeout=LOOK_S)
            # Once the person's call is replaced, the report is only a moment away.
            settled = joining.done() or _is_over(call) or _is_over(other)
            if not settled and _is_silent(watched):
                return HandOver.LOST
        return HandOver.DONE if joining.result() else HandOver.REFUSED
    finally:
        joining.cancel()
        await asyncio.gather(joining, return_exceptions=True)


async def _blind(services: Services, call: Call, ring: Ring, watched: CallMedia | None) -> HandOver:
    """The caller's side is silent while the new call rings: look for it when that has failed."""

    async def call_anew() -> None:
        await call.transfer(services.uri_of(ring.contact, call.trunk))

    if await _succeeds(call_anew(), "blind"):
        return HandOver.DONE
    if watched is not None:
        await _heard_again(watched)
    if call.close_reason is CloseReason.TRANSFERRED:
        return HandOver.DONE
    return HandOver.LOST if _is_over(call) or _is_silent(watched) else HandOver.REFUSED


async def _heard_again(watched: CallMedia) -> None:
    """Until something comes from the caller, it is silent for too long, or the call is over."""
    loop = asyncio.get_running_loop()
    failed_s = loop.time()
    closed = asyncio.create_task(watched.call.wait_closed())
    while not (closed.done() or _is_silent(watched)):
        await asyncio.wait({closed}, timeout=LOOK_S)
        if watched.stopped_s < loop.time() - failed_s:
            break
    closed.cancel()


def _is_silent(watched: CallMedia | None) -> bool:
    return watched is not None and watched.stopped_s >= GONE_S


def _is_over(call: Call) -> bool:
    return call.state is CallState.CLOSED


async def _succeeds(transfer: Awaitable[None], way: str) -> bool:
    try:
        await transfer
    except (EndpointError, ValueError) as error:  # ValueError: a number, and no trunk for it
        fields = {"way": way, "sip_code": getattr(error, "sip_code", None)}
        logger.info("a transfer came to nothing", extra=fields)
        return False
    return True
