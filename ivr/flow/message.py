"""Leaving a message: tone, words, end, hear it again, keep it or say it anew."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from asr.audio import VoiceMeter
from asr.live import Heard
from call_logs.calls import CallEventKind
from ivr.call.answers import YesNo
from ivr.call.asking import decide, nothing
from ivr.call.conversation import Interrupted
from ivr.call.jumps import Back, HungUp, Jump
from ivr.call.keys import Common, common, obey
from ivr.call.session import Session
from ivr.endpoint import KeyPressed
from ivr.packs.phrasebook import Prompt

NOTHING_SAID_TIMES = 2  # quiet after the tone, in `silence_s`, that means: no message
TAIL_S = 0.4  # kept behind the last sound
POLL_S = 0.1  # how closely the end of speech is watched


@dataclass(frozen=True)
class Message:
    """A stretch of the recording, in seconds from its start, and its sound."""

    start_s: float
    end_s: float
    pcm: bytes


async def take_message(
    session: Session, *, instruction: str = "message_instruction", about: str = ""
) -> Message | None:
    """Take, play back and confirm a message; None when the caller said nothing. `about`: it
    belongs to something else than the ticket that this call may open.

    A caller who hangs up in the middle or does not answer the question has left it, and so
    has one who goes on to a person.

    Raises:
        Jump, Back: the caller leaves; what they have said is kept.
    """
    conversation = session.conversation
    for attempt in range(session.timing.tries):
        session.asking(instruction)
        await conversation.say(Prompt(instruction))
        # What skipped the instruction does not end the message.
        keys = session.language.pack.menu.keys
        obey(keys, conversation.discard_keys().removesuffix(keys.end))
        message = await _record(session, about)
        if message is None:
            await conversation.say(Prompt("message_nothing_heard"))
            continue
        if not _has_substance(session, message):
            await conversation.say(Prompt("message_too_short"))
            continue
        decision: object = None
        if attempt + 1 < session.timing.tries:
            decision = await _decided(session, message)
            if decision is YesNo.NO:
                continue
        _keep(session, message, about)
        session.unchecked_message = b"" if decision is YesNo.YES else message.pcm
        return message
    return None


async def take_remark(session: Session, *, instruction: str, about: str) -> Message | None:
    """A few words beside an answer, as they come: not played back, for nobody has to say any.
    They stand in the call's log as `about`.

    Raises:
        Jump, Back: the caller leaves; what was said is kept.
    """
    session.asking(instruction)
    await session.conversation.say(Prompt(instruction))
    # What skipped the instruction does not end the remark; who wants a person gets one.
    keys = session.language.pack.menu.keys
    obey(keys, session.conversation.discard_keys().removesuffix(keys.end))
    message = await _record(session, about)
    if message is not None:
        _keep(session, message, about)
    return message


async def _record(session: Session, about: str = "") -> Message | None:
    conversation, media = session.conversation, session.conversation.media
    session.asking("tone")
    await conversation.say(Prompt("tone"))
    taking = _Taking(media.rate_hz)
    start_s = media.position_s
    untap = media.tap(taking.hear)
    try:
        while not taking.over(session.timing.silence_s, session.timing.message_max_s):
            event = await conversation.event(POLL_S)
            if isinstance(event, KeyPressed) and await _ends(session, event.key):
                break
    except (HungUp, Interrupted, Jump, Back, asyncio.CancelledError):
        if taking.speech_s >= session.timing.message_min_s and not session.dead_line:
            _keep(session, taking.message(start_s), about)
        raise
    finally:
        untap()
    if taking.speech_s < session.timing.message_min_s:
        return None
    return taking.message(start_s)


async def _ends(session: Session, key: str) -> bool:
    """Whether a key ends the message. Digits do not: a cheek presses them, and some key their
    telephone number into it; so the key for a person counts when nothing follows it.

    Raises:
        Jump, Back: the caller leaves the message.
    """
    keys, conversation = session.language.pack.menu.keys, session.conversation
    if common(keys, key) is None:
        await conversation.end_of_burst(keys.end)
        return False
    if common(keys, key) is Common.PERSON:
        key += await conversation.end_of_burst(keys.end)
        if common(keys, key) is None:
            return False
    conversation.pass_over(keys.end, key)
    return obey(keys, key) is Common.END


class _Taking:
    """Listens to a message while it is spoken.

    Its limits go by the clock and not by the audio: a telephone that sends nothing while
    its owner is silent must not hold the line for ever.
    """

    def __init__(self, rate_hz: int) -> None:
        self._rate_hz = rate_hz
        self._pcm = bytearray()
        self._meter = VoiceMeter(rate_hz)
        self._began_s = self._spoke_s = asyncio.get_running_loop().time()

    def hear(self, pcm: bytes) -> None:
        self._pcm += pcm
        self._meter.hear(pcm)
        if self.speech_s:
            now = asyncio.get_running_loop().time()
            self._spoke_s = max(self._spoke_s, now - self._meter.quiet_s)

    @property
    def speech_s(self) -> float:
        return self._meter.speech_s

    def over(self, silence_s: float, max_s: float) -> bool:
        now = asyncio.get_running_loop().time()
        limit_s = silence_s if self.speech_s else silence_s * NOTHING_SAID_TIMES
        return now - self._spoke_s >= limit_s or now - self._began_s >= max_s

    def message(self, start_s: float) -> Message:
        end_s = min(self._meter.length_s, self._meter.last_speech_s + TAIL_S)
        size = int(end_s * self._rate_hz) * 2
        return Message(start_s, start_s + end_s, bytes(self._pcm[:size]))


async def _decided(session: Session, message: Message) -> object:
    """What the caller says to their message. It is not lost because its question was not
    answered: only a no records it anew."""
    conversation = session.conversation
    await conversation.say(Prompt("message_playback"))
    await conversation.hear(message.pcm)
    return await decide(session, Prompt("message_confirm"), instead=nothing)


def _has_substance(session: Session, message: Message) -> bool:
    """报修 alone is no message. What was not understood, or not yet, may be one."""
    told = _told(session, message)
    return not told or any(session.has_substance(heard.text) for heard in told)


def _told(session: Session, message: Message) -> list[Heard]:
    return [
        heard
        for heard in session.told
        if heard.end_s > message.start_s and heard.start_s < message.end_s
    ]


def _keep(session: Session, message: Message, about: str = "") -> None:
    if about:
        session.note(
            CallEventKind.MESSAGE, start_s=message.start_s, end_s=message.end_s, about=about
        )
    else:
        session.draft.left_message = True
        session.note(CallEventKind.MESSAGE, start_s=message.start_s, end_s=message.end_s)
    for heard in _told(session, message):
        session.draft.say(heard.text)
        session.learn(heard.text)
