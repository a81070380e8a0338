"""A caller for whom people are being rung already: by a first call, a neighbour's, or the
follow-up. The caller is kept company beside it; a second search would ring the same people again.

    kept company --whoever accepts visits caller--> talking                  (`ivr.call.visit`)
    kept company --somebody has it----------------> caller hears that help comes: done
    kept company --a round is over, or too long---> caller leaves details
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from call_logs import Store
from call_logs.calls import CallEventKind
from call_logs.dispatches import Dispatch, DispatchStatus
from call_logs.storage import StoreError
from ivr.call.session import Session
from ivr.dispatch.hold_treatment import HoldTreatment
from ivr.packs.phrasebook import Utterance

__all__ = ["RingNow", "going_on", "keep_beside"]

logger = logging.getLogger(__name__)

RingNow = Callable[[str], Coroutine[Any, Any, object]]

LONGEST_S = 180.0
LOOK_EVERY_S = 0.5
VISITED_S = 5.0  # who accepted comes to this line, unless in a talk with the first caller


async def going_on(store: Store, session: Session) -> Dispatch | None:
    """The search that goes on for the ticket of the call."""
    ticket = session.draft.ticket
    if ticket is None:
        return None
    try:
        found = await store.dispatches.for_ticket(ticket.id)
    except StoreError:  # then this caller gets another search
        logger.warning("it cannot be seen whether a case is searched for already", exc_info=True)
        return None
    alive = [each for each in found if each.status is not DispatchStatus.CLOSED]
    return alive[-1] if alive else None


async def keep_beside(
    store: Store, session: Session, dispatch: Dispatch, opening: tuple[Utterance, ...]
) -> bool:
    """Keep the caller company; whether somebody has the case by then.

    Raises:
        HungUp: the caller is gone; whoever accepts calls back.
        Interrupted: whoever accepted has come.
    """
    session.note(CallEventKind.DISPATCH, dispatch_id=dispatch.id)
    treatment = HoldTreatment(session, where=True)
    with session.conversation.at_home():
        keeping = asyncio.create_task(treatment.keep(*opening))
        watching = asyncio.create_task(_until_held(store, dispatch.id))
        try:
            await asyncio.wait({keeping, watching}, return_when=asyncio.FIRST_COMPLETED)
            if keeping.done():
                keeping.result()  # the caller hung up, or is visited: raises
            return watching.result()
        finally:
            for task in (keeping, watching):
                task.cancel()
            await asyncio.gather(keeping, watching, return_exceptions=True)


async def _until_held(store: Store, dispatch_id: str) -> bool:
    """True as soon as somebody has it; False when nobody does for long, or people have been
    rung in vain."""
    loop = asyncio.get_running_loop()
    until, rang = loop.time() + LONGEST_S, False
    while loop.time() < until:
        try:
            dispatch = await store.dispatches.get(dispatch_id)
        except StoreError:
            logger.warning("a search cannot be looked at; looking again")
        else:
            if dispatch.is_held or dispatch.status is DispatchStatus.CLOSED:
                await asyncio.sleep(VISITED_S)
                return True
            rang |= dispatch.status is DispatchStatus.RINGING
            if rang and dispatch.status is DispatchStatus.UNANSWERED:
                return False
        await asyncio.sleep(LOOK_EVERY_S)
    return False
