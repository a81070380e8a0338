"""A caller whose line broke while somebody had the case is called back, and they talk.

who accepted stays on the line --owner answers--------> talking
                               --owner does not-------> gone: that person hears so
                               --person hangs up------> gone: the owner hears who has it
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

from call_logs.dispatches import AttemptStatus
from call_logs.tickets import Ticket
from ivr.call.conversation import Conversation
from ivr.call.jumps import HungUp
from ivr.dispatch.bridge import Bridge, Outcome, told_why
from ivr.dispatch.call_back import CallBacks, without_owner
from ivr.dispatch.dispatch_log import DispatchLog
from ivr.dispatch.ring import Party, Ring
from ivr.endpoint import CallState
from ivr.packs.phrasebook import Prompt

__all__ = ["rejoin"]


async def rejoin(
    call_backs: CallBacks,
    ticket: Ticket,
    log: DispatchLog,
    ring: Ring,
    party: Party,
    *,
    bridge: Callable[[Conversation], Bridge],
) -> Outcome:
    """Call the owner back and bridge the owner with the person who waits. Sees to that
    person's line; `GONE` when the two did not meet."""
    waiting = asyncio.create_task(_keep_waiting(party))
    met = False
    try:
        async with call_backs.to(ticket, log) as owner:
            if owner is not None and await _told(owner, party):
                met = True
                await _end(waiting)  # or its music would begin over the talk
                outcome = await bridge(owner).run(ring, party)
                if outcome in (Outcome.LEFT, Outcome.PASSED, Outcome.SILENT):
                    with suppress(HungUp):
                        await owner.say(told_why(outcome, ring.person), Prompt("dispatch_news"))
                return outcome
        if owner is None:
            await waiting
            with suppress(HungUp):
                await party.conversation.say(*without_owner(ticket))
        return Outcome.GONE
    finally:
        await _end(waiting)
        if not met:
            await ring.hang_up()
            await log.outcome(ring.attempt_id, AttemptStatus.ENDED)


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def _keep_waiting(party: Party) -> None:
    with suppress(HungUp):
        await party.conversation.say(Prompt("engineer_owner_lost"))
        await party.conversation.start_saying(Prompt("comfort"), repeat=True)


async def _told(owner: Conversation, party: Party) -> bool:
    """Whether both are there to be connected again."""
    with suppress(HungUp):
        await owner.say(Prompt("dispatch_line_back"))
        if party.call.state is not CallState.CLOSED:
            return True
        await owner.say(Prompt("dispatch_engineer_lost"), Prompt("dispatch_news"))
    return False
