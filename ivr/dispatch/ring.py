"""One contact of one person on call: rung, told what and where, asked to accept.

Only key 1 accepts, and only from a second of the briefing on: call screening presses it by
itself, in early media or in the moment of the answer. A mobile's voicemail answers too, but
presses nothing; a busy or dead number is an outcome and never an error of the search.

    dialled -> rung -> answered -> accepted                      (1, and nobody was first)
       |        |         +-----> passed (2), silent (no key), too late (1, but taken),
       +--------+---------+       hung up
       busy, declined, no answer, unreachable, cancelled (taken, or the caller is gone)
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial

from call_logs.dispatches import AttemptStatus
from call_logs.roster import Contact, Person
from ivr.call.conversation import Conversation, Interrupted, Interruption, Pressed, Silence
from ivr.call.engaged import names_of
from ivr.call.jumps import HungUp
from ivr.call.services import Services
from ivr.dispatch.dispatch_log import DispatchLog
from ivr.endpoint import (
    Call,
    CallState,
    CloseReason,
    DialFailed,
    EndpointError,
    StateChanged,
)
from ivr.media.call_media import CallMedia, Playback
from ivr.packs.phrasebook import Prompt, Utterance

__all__ = ["HELD", "Briefing", "Claim", "Party", "Ring", "role_phrase"]

logger = logging.getLogger(__name__)

HEARD_S = 1.0  # of the briefing, before a key can be an answer to it
KEY_WAIT_S = 8.0  # after the keys were named; a person asleep needs that long
MOST_REPEATS = 5

ACCEPT, PASS, AGAIN, LAST_WORDS = "1", "2", "3", "9"

HELD = frozenset({AttemptStatus.ACCEPTED, AttemptStatus.CONFIRMED})
"""Ends of the asking after which the line stays open."""

_OUTCOMES: Mapping[CloseReason, AttemptStatus] = {
    CloseReason.BUSY: AttemptStatus.BUSY,
    CloseReason.DECLINED: AttemptStatus.DECLINED,
    CloseReason.NO_ANSWER: AttemptStatus.NO_ANSWER,
    CloseReason.UNREACHABLE: AttemptStatus.UNREACHABLE,
}


@dataclass(frozen=True)
class Briefing:
    """What the answering person hears; asked anew each time, because more becomes known."""

    opening: Callable[[], tuple[Utterance, ...]]  # what and where
    keys: Prompt
    recent_speech: Callable[[int], bytes]  # the caller's own, PCM at the given rate


@dataclass(frozen=True)
class Party:
    """An answered telephone of a person."""

    person: Person
    call: Call
    media: CallMedia
    conversation: Conversation


class Ring:
    """Rings one contact, at most `ring_s`."""

    def __init__(
        self,
        services: Services,
        person: Person,
        contact: Contact,
        briefing: Briefing,
        log: DispatchLog,
        *,
        claim: Claim,
        gives_way: Prompt | None = None,
    ) -> None:
        """`claim` is asked once the person has pressed 1: `ACCEPTED` or `CONFIRMED` when
        the call is theirs, `TOO_LATE` when somebody was first. With `gives_way` it stops,
        with that good-bye, as soon as an emergency wants the person."""
        self._services = services
        self._briefing = briefing
        self._log = log
        self._claim = claim
        self._give_way = partial(self.stop, gives_way) if gives_way is not None else None
        self._leave: Callable[[], None] = lambda: None
        self._call: Call | None = None
        self._rung = False
        self._stopped = False
        self._farewell = Prompt("engineer_taken")
        self.person = person
        self.contact = contact
        self.party: Party | None = None
        self.attempt_id = ""

    async def run(self, *, level: int, round_: int, ring_s: float) -> AttemptStatus:
        """Ring and ask; on a status of `HELD` the line stays open as `party`, and the person
        is engaged until `hang_up`."""
        names = names_of(self.person, (self.contact,))
        self._leave = self._services.engaged.enter(names, self._give_way)
        held = False
        try:
            self.attempt_id = await self._log.attempt(self.person, self.contact, level, round_)
            status = await self._ring(ring_s)
            held = status in HELD
            if status is not AttemptStatus.ACCEPTED:  # that is written by who decided the claim
                # Beside: the next one is rung at once.
                self._log.outcome(self.attempt_id, status)
            if not held:
                await self.hang_up()
            return status
        finally:
            if not held:
                self._leave()

    def stop(self, farewell: Prompt | None = None) -> None:
        """Ring no longer. Who has answered already hears `farewell` (default: that
        somebody has taken it)."""
        self._stopped = True
        self._farewell = farewell or self._farewell
        if self.party is not None:
            self.party.conversation.interrupt(Interruption(request="stop"))
        elif self._call is not None:
            self._services.spawn(self._call.hangup())

    async def hang_up(self, farewell: Prompt | None = None) -> None:
        """Say good-bye, if anything, and free the line. May be called twice."""
        try:
            if self.party is not None:
                if farewell is not None:
                    await self._say_farewell(self.party.conversation, farewell)
                self.party.conversation.close()
            if self._call is not None:
                await self._call.hangup()
        except EndpointError:
            logger.warning("an on-call line could not be hung up")
        finally:
            self._leave()  # whatever happens: nobody may count as busy for ever

    async def _ring(self, ring_s: float) -> AttemptStatus:
        if self._stopped:
            return AttemptStatus.CANCELLED
        try:
            call = self._call = await self._services.endpoint.dial(
                self.contact.target, trunk=self.contact.trunk or None, timeout_s=ring_s
            )
        except DialFailed as failure:
            return _OUTCOMES.get(failure.reason, AttemptStatus.FAILED)
        unsubscribe = call.subscribe(self._on_event)
        if call.state is CallState.RINGING:  # a fast telephone: before anybody listened
            self._note_rung()
        try:
            if self._stopped:  # while the INVITE was on its way out
                await call.hangup()
            await call.wait_established()
            return await self._answered(call)
        except DialFailed as failure:
            if self._stopped:
                return AttemptStatus.CANCELLED
            return _OUTCOMES.get(failure.reason, AttemptStatus.FAILED)
        finally:
            unsubscribe()

    def _on_event(self, event: object) -> None:
        if isinstance(event, StateChanged) and event.state is CallState.RINGING:
            self._note_rung()

    def _note_rung(self) -> None:
        """Once; a telephone that answers at once may never say that it rings."""
        if self._rung:
            return
        self._rung = True
        self._log.outcome(self.attempt_id, AttemptStatus.RUNG)

    async def _answered(self, call: Call) -> AttemptStatus:
        self._note_rung()
        self._log.outcome(self.attempt_id, AttemptStatus.ANSWERED)
        if call.state is not CallState.ESTABLISHED:  # hung up in the same moment
            return AttemptStatus.HUNG_UP
        media = self._services.clock.attach(call)
        language = self._services.language_for(self.person.languages)
        conversation = Conversation(call, media, language.phrasebook)
        conversation.keys_from_s = math.inf  # before anything was heard they are no answer
        self.party = Party(self.person, call, media, conversation)
        if self._stopped:
            conversation.interrupt(Interruption(request="stop"))
        try:
            return await self._ask(conversation)
        except HungUp:
            return AttemptStatus.HUNG_UP
        except Interrupted:
            await self._say_farewell(conversation, self._farewell)
            return AttemptStatus.CANCELLED

    async def _ask(self, conversation: Conversation) -> AttemptStatus:
        said: tuple[Utterance, ...] = (*self._briefing.opening(), self._briefing.keys)
        playback: Playback | None = await conversation.start_saying(*said)
        conversation.keys_from_s = asyncio.get_running_loop().time() + HEARD_S
        said = ()
        for _ in range(MOST_REPEATS):
            answer = await conversation.ask(
                *said, speech=False, wait_s=KEY_WAIT_S, playback=playback
            )
            playback = None
            match answer:
                case Pressed(keys=key) if key == ACCEPT:
                    return await self._accepted(conversation)
                case Pressed(keys=key) if key == PASS:
                    await self._say_farewell(conversation, Prompt("engineer_passed"))
                    return AttemptStatus.PASSED
                case Pressed(keys=key) if key == AGAIN:
                    said = (*self._briefing.opening(), self._briefing.keys)
                case Pressed(keys=key) if key == LAST_WORDS:
                    await self._play_recent_speech(conversation)
                    said = (self._briefing.keys,)
                case Silence():
                    break
                case _:
                    said = (self._briefing.keys,)
        await self._say_farewell(conversation, Prompt("engineer_no_key"))
        return AttemptStatus.SILENT

    async def _accepted(self, conversation: Conversation) -> AttemptStatus:
        conversation.armed = False  # from here on it is ours, or somebody was first
        status = await self._claim(self)
        if status not in HELD:
            await self._say_farewell(conversation, self._farewell)
        return status

    @staticmethod
    async def _say_farewell(conversation: Conversation, farewell: Prompt) -> None:
        conversation.armed = False
        conversation.takes_keys = False  # the 1 that came too late must not cut it short
        conversation.discard_keys()
        try:
            await conversation.say(farewell)
        except HungUp:
            logger.debug("an on-call person hung up before the good-bye was over")

    async def _play_recent_speech(self, conversation: Conversation) -> None:
        words = self._briefing.recent_speech(conversation.media.rate_hz)
        if not words:
            await conversation.say(Prompt("engineer_no_words"))
            return
        await conversation.say(Prompt("engineer_owner_words"))
        await conversation.hear(words)


Claim = Callable[[Ring], Awaitable[AttemptStatus]]


def role_phrase(person: Person) -> Utterance:
    """Who it is, in plain words: the role, or simply "the person on duty"."""
    for role in ("engineer", "manager", "operator", "security"):
        if role in person.roles:
            return Prompt("role_guard" if role == "security" else f"role_{role}")
    return Prompt("role_person")
