"""Calls back to owners: each is a call of its ticket, with a row, a log and a recording.

The owner is dialled on the number that was left, or else the one that called, when it may be
dialled (`docs/decisions/may-dial.md`) and was not too often today. The call is in
the log from its INVITE on; who does not answer leaves a row without a recording.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from asr.spoken import Place
from call_logs.calls import OUTGOING, CallEventKind, NewCall
from call_logs.dispatches import CalledBack
from call_logs.roster import Dialling
from call_logs.storage import StoreError
from call_logs.tickets import Ticket
from ivr.call.conversation import Conversation
from ivr.call.services import Services
from ivr.dispatch.dispatch_log import DispatchLog
from ivr.endpoint import Call, CloseReason, DialFailed, EndpointError
from ivr.flow.emergency import PATIENCE_S
from ivr.media.recording import OnFinished, record
from ivr.packs.phrasebook import Digits, Prompt

__all__ = ["CallBacks", "Reached", "Stage", "callback_target", "without_owner"]

logger = logging.getLogger(__name__)

OWNER_RING_S = 30.0
DAY = timedelta(days=1)


class Stage(StrEnum):
    """Where a call back is, as the page of live calls shows it."""

    RINGING = "called_back"
    NEWS = "news"  # of what has become of the ticket
    TALK = "talk"  # with whoever has it


@dataclass(frozen=True)
class Reached:
    """What became of a ring. Without an owner: why, None where nothing was dialled."""

    owner: Conversation | None
    reason: CloseReason | None = None


class CallBacks:
    """Calls owners."""

    def __init__(self, services: Services, on_finished: OnFinished) -> None:
        self._services = services
        self._on_finished = on_finished

    @asynccontextmanager
    async def to(
        self, ticket: Ticket, log: DispatchLog, *, waiting: bool = False
    ) -> AsyncIterator[Conversation | None]:
        """The owner's telephone, answered; None without an answer, or when no number is
        known. The call is over when the context ends. `waiting`: an owner for whom people
        are still rung."""
        target, hidden = await self._target(ticket)
        async with self.line(ticket, target, hidden=hidden) as reached:
            await log.note(CalledBack(reached.owner is not None, waiting, number=bool(target)))
            yield reached.owner

    @asynccontextmanager
    async def line(
        self, ticket: Ticket, target: str, *, hidden: bool = False, in_need: bool = True
    ) -> AsyncIterator[Reached]:
        """A number is dialled as a call of the ticket, if there is one. The call is over when
        the context ends. `hidden`: no page may show it; `in_need`: whoever answers, and then is
        silent, is not taken for gone soon."""
        # The line ends first: who hangs up does not wait until the recording is on the disk.
        async with AsyncExitStack() as sound, AsyncExitStack() as line:
            reached = Reached(None)
            if target:
                try:
                    call = await self._dialled(ticket, target, hidden, line)
                    owner = await self._picked_up(call, ticket, sound, line, in_need=in_need)
                    reached = Reached(owner)
                except DialFailed as failed:
                    reached = Reached(None, failed.reason)
            yield reached

    async def _dialled(
        self, ticket: Ticket, target: str, hidden: bool, line: AsyncExitStack
    ) -> Call:
        """Raises:
        DialFailed.
        """
        language = self._services.language_for((ticket.language,))
        store = self._services.store
        call = await self._services.endpoint.dial(
            target, trunk=await self._trunk_of(ticket), timeout_s=OWNER_RING_S
        )
        store.calls.begin(
            NewCall(
                id=call.id,
                caller=call.caller,
                callee="" if hidden else target,
                withheld=target if hidden else "",
                trunk=call.trunk,
                direction=OUTGOING,
                language=language.id,
                sip_call_id=call.sip_call_id,
                ticket_id=ticket.id,
            )
        )
        line.push_async_callback(self._end, call)
        store.live.update(call.id, menu=Stage.RINGING)
        return call

    async def _picked_up(
        self,
        call: Call,
        ticket: Ticket,
        sound: AsyncExitStack,
        line: AsyncExitStack,
        *,
        in_need: bool,
    ) -> Conversation:
        """Raises:
        DialFailed: it was not answered.
        """
        language = self._services.language_for((ticket.language,))
        store = self._services.store
        await call.wait_established()
        store.calls.answered(call.id)
        if in_need:
            call.spare(PATIENCE_S)
        store.live.update(call.id, menu=Stage.NEWS)
        line.callback(self._note_hangup, call)
        media = self._services.clock.attach(call)
        sound.callback(media.close)
        await record(store, media, sound, self._on_finished)
        owner = Conversation(call, media, language.phrasebook)
        sound.callback(owner.close)
        return owner

    def _note_hangup(self, call: Call) -> None:
        reason = call.close_reason or CloseReason.LOCAL
        by = "hotline" if reason is CloseReason.LOCAL else "owner"
        self._services.store.calls.event(
            call.id, CallEventKind.HANGUP, {"by": by, "reason": reason.value}
        )

    async def _end(self, call: Call) -> None:
        self._services.store.calls.end(call.id, call.close_reason or CloseReason.LOCAL)
        try:
            await call.hangup()
        except EndpointError:
            logger.exception("a call back could not be hung up", extra={"call": call.id})

    async def _target(self, ticket: Ticket) -> tuple[str, bool]:
        """What to dial, and whether no page may show it."""
        store = self._services.store
        is_line = False
        if ticket.caller:
            trunk = await self._trunk_of(ticket) or ""
            line = (await store.roster.current()).line_for(trunk, ticket.caller)
            is_line = line is not None and bool(line.caller)
        target = callback_target(ticket, self._services.dialling, is_line=is_line)
        hidden = not target
        target = target or await self._withheld_target(ticket)
        return (target if target and await self.is_within_limit(target) else ""), hidden

    async def _withheld_target(self, ticket: Ticket) -> str:
        """An owner who shows no number left it with us, when the trunk told it."""
        if ticket.call_id is None:
            return ""
        try:
            number = await self._services.store.calls.withheld(ticket.call_id)
        except StoreError:
            return ""
        return self._services.dialling.may_call_back(number).target

    async def is_within_limit(self, target: str, *, in_need: bool = True) -> bool:
        """A number that was left may be a stranger's: it does not ring all day. Half of its calls
        are kept for those in need."""
        limit = self._services.call_backs_a_day
        try:
            calls = await self._calls_to(target, DAY)
        except StoreError:
            logger.warning("call backs cannot be counted now; this one is made")
            return True
        if calls < (limit if in_need else max(1, limit // 2)):
            return True
        logger.warning("a number is not called back again today", extra={"call_backs": calls})
        return False

    async def was_rung(self, target: str, within: timedelta) -> bool:
        """Whether this number was called for any ticket."""
        return bool(target) and await self._calls_to(target, within) > 0

    async def _calls_to(self, target: str, within: timedelta) -> int:
        since = self._services.store.clock.now() - within
        return await self._services.store.calls.call_backs(target, since)

    async def _trunk_of(self, ticket: Ticket) -> str | None:
        """The trunk that the owner called by knows the number; None: the first one."""
        if ticket.call_id is None:
            return None
        try:
            return (await self._services.store.calls.get(ticket.call_id)).trunk or None
        except StoreError:
            return None


def callback_target(ticket: Ticket, dialling: Dialling, *, is_line: bool = False) -> str:
    """What to dial to reach the owner: the number that was left, else the one that called;
    empty when neither may be dialled. `is_line`: the roster has the caller as a line."""
    left = dialling.may_call_back(ticket.callback)
    return left.target or dialling.may_call_back(ticket.caller, is_line=is_line).target


def without_owner(ticket: Ticket) -> tuple[Prompt, ...]:
    """What the person hears who has the case and cannot be put through: to go there, or, when
    nobody knows where that is, the number to try again."""
    if Place(building=ticket.building, area=ticket.area).found:
        return (Prompt("owner_no_answer"), Prompt("go_there"))
    number = ticket.callback or ticket.caller
    again = (Prompt("owner_number", number=Digits(number, phone=True)),) if number else ()
    return (Prompt("owner_no_answer"), Prompt("place_unknown"), *again)
