"""One call's dialogue: say something, wait for an answer, be interrupted.

Everything that can happen to a caller arrives in one inbox, in order: keys, words
(partial and final), lexicon hits, the hang-up, requests from the dashboard. A wait
takes from it under a named limit. A hang-up surfaces as `HungUp` from whatever the
flow was doing; an event that must not wait surfaces as `Interrupted`.
"""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TypeVar, overload

from asr.live import Heard
from ivr.call.interruption import Interrupted, Interruption
from ivr.call.jumps import HungUp
from ivr.call.keys import BURST_S, TRAILING_S
from ivr.call.question import Keypad, Pressed, Question, Said, Silence, Spoken
from ivr.call.turn import Pauses, Talking, Turn
from ivr.endpoint import Call, CallEvent, CallState, KeyPressed, StateChanged
from ivr.media.call_media import CallMedia, Playback
from ivr.packs.phrasebook import Phrasebook, Utterance

__all__ = [
    "Conversation",
    "Interrupted",
    "Interruption",
    "Keypad",
    "Pressed",
    "Said",
    "Silence",
    "Spoken",
]

T = TypeVar("T")

LONE_S = 3.0  # a key that may begin a number stands alone when nothing follows it so long


class Conversation:
    """What a flow holds of its call: `say`, `ask`, `keys`, and the way it ends."""

    def __init__(
        self,
        call: Call,
        media: CallMedia,
        phrasebook: Phrasebook,
    ) -> None:
        self.call = call
        self.media = media
        self.phrasebook = phrasebook
        self.armed = True  # interruptions may break into the flow
        self.receives = True  # ... and visits, also while it is not armed
        self.keying = False  # a number is asked for: its keys are the answer's
        self.takes_keys = True  # False for a last sentence that no key may cut short
        self.keys_from_s = -math.inf  # of the loop's time: who presses sooner has heard nothing yet
        self.on_key: Callable[[str], None] = lambda key: None
        # Sentences that answer nothing: said between questions, or before an answer.
        self.on_aside: Callable[[Heard], None] = lambda heard: None
        self._inbox: deque[CallEvent | Heard | Interruption] = deque()
        self._arrived = asyncio.Event()
        self._held: list[Interruption] = []
        self._trailing: frozenset[str] = frozenset()  # keys that would belong to the last answer
        self._trailing_until_s = 0.0
        self._talking = Talking()
        self._unsubscribe = call.subscribe(self._on_call_event)
        if call.state is CallState.CLOSED:  # closed before anybody listened
            self._put(StateChanged(CallState.CLOSED))

    # -- what arrives ---------------------------------------------------------

    def _on_call_event(self, event: CallEvent) -> None:
        if isinstance(event, KeyPressed):
            if not self.takes_keys or self._now() < self.keys_from_s:
                return
            self.on_key(event.key)
            if event.key in self._trailing and self._now() < self._trailing_until_s:
                return
            self._trailing = frozenset()
            self.media.stop()  # here and not in the flow's task: the prompt ends at once
        self._put(event)

    def heard(self, heard: Heard) -> None:
        """Words from live recognition."""
        self._put(heard)

    def interrupt(self, interruption: Interruption) -> None:
        """Break into the flow now, or as soon as it is armed again."""
        self._put(interruption)

    def rearm(self) -> None:
        """Let interruptions break into the flow again; words that came meanwhile do not."""

        def stays(event: object) -> bool:
            return not (isinstance(event, Interruption) and event.hits)

        self._inbox = deque(filter(stays, self._inbox))
        self._held = list(filter(stays, self._held))
        self.armed = True

    def not_at_home(self) -> AbstractContextManager[None]:
        """While the caller is put through to people: no visit comes between."""
        return self._receiving(False)

    def at_home(self) -> AbstractContextManager[None]:
        """While they wait for whoever may visit them."""
        return self._receiving(True)

    @contextmanager
    def _receiving(self, receives: bool) -> Iterator[None]:
        before, self.receives = self.receives, receives
        try:
            yield
        finally:
            self.receives = before

    def close(self) -> None:
        self._unsubscribe()
        self.media.close()

    # -- speaking -------------------------------------------------------------

    async def start_saying(
        self, *utterances: Utterance, repeat: bool = False, slowly: bool = False
    ) -> Playback:
        """Begin to speak and return; the next `say` or key takes its place."""
        self._check()
        pieces = await self.phrasebook.render(utterances, self.media.rate_hz, slowly=slowly)
        return self.media.play(pieces, repeat=repeat, on_finish=self._arrived.set)

    async def say(self, *utterances: Utterance) -> None:
        """Speak to the end. A key cuts it short and stays in the inbox as the next
        answer, so that callers who know the menu can type ahead."""
        if not self._key_waiting():
            await self._heard_out(await self.start_saying(*utterances))

    async def hear(self, pcm: bytes) -> None:
        """Play sound of the call's own rate to the end, or until a key."""
        if not self._key_waiting():
            self._check()
            await self._heard_out(self.media.play([pcm], on_finish=self._arrived.set))

    async def _heard_out(self, playback: Playback) -> None:
        while not playback.done:
            event = await self._next(playback=playback)
            if isinstance(event, KeyPressed):
                self._inbox.appendleft(event)
                return
            if event is not None:
                self._pass_by(event)

    # -- asking ---------------------------------------------------------------

    @overload
    async def ask(
        self,
        *utterances: Utterance,
        keypad: Keypad | None = None,
        end: str = "#",
        speech: bool = True,
        wait_s: float,
        playback: Playback | None = None,
        slowly: bool = False,
    ) -> Pressed | Said | Silence: ...

    @overload
    async def ask(
        self,
        *utterances: Utterance,
        understand: Callable[[str], T | None],
        is_whole: Callable[[T], bool] = lambda meaning: True,
        keypad: Keypad | None = None,
        end: str = "#",
        speech: bool = True,
        pauses: Pauses | None = None,
        wait_s: float,
        playback: Playback | None = None,
        slowly: bool = False,
    ) -> Pressed | Spoken[T] | Said | Silence: ...

    async def ask(
        self,
        *utterances: Utterance,
        understand: Callable[[str], T | None] = lambda text: None,
        is_whole: Callable[[T], bool] = lambda meaning: True,
        keypad: Keypad | None = None,
        end: str = "#",
        speech: bool = True,
        pauses: Pauses | None = None,
        wait_s: float,
        playback: Playback | None = None,
        slowly: bool = False,
    ) -> Pressed | Spoken[T] | Said | Silence:
        """Speak, and take the first answer that comes, while speaking or within
        `wait_s` after it. A `playback` is one that was begun before, in place of utterances.

        `understand` is tried on every partial text: a known phrase stops the prompt at
        once, but counts when the sentence is over, because more may follow ("投诉" may
        become "投诉三号楼的噪音"). With `pauses` a pause does not end what they say: more
        sentences are waited for until the meaning `is_whole` or the pause is long enough.
        Without a `keypad` one key is an answer, and an `end` behind it belongs to it.
        """
        if utterances and not self._key_waiting():
            playback = await self.start_saying(*utterances, slowly=slowly)
        question = Question(understand, is_whole, keypad, end, speech, wait_s)
        turn = Turn(pauses) if pauses else None
        self.keying = keypad is not None
        try:
            return await self._answer(playback, turn, question)
        except (HungUp, Interrupted):
            self._leave(turn)
            raise
        finally:
            self.keying = False

    async def _answer(
        self, playback: Playback | None, turn: Turn | None, question: Question[T]
    ) -> Pressed | Spoken[T] | Said | Silence:
        understand, keypad = question.understand, question.keypad
        deadline: float | None = None
        while True:
            if playback is None or playback.done:
                deadline = deadline or self._now() + question.wait_s
                event = await self._next(deadline=self._until(deadline, turn))
                if event is None:
                    return self._meant(turn, understand) if turn else Silence()
            else:
                event = await self._next(playback=playback)
            if isinstance(event, KeyPressed):
                self._leave(turn)
                keys = await self._collect(event.key, keypad) if keypad else event.key
                self.pass_over(keypad.end if keypad else question.end)
                return Pressed(keys)
            if not isinstance(event, Heard) or not event.text:
                continue
            self._talking.heard(event, self._now())
            meaning = understand(event.text)
            if meaning is not None or event.final:
                self.media.stop()
            if not event.final or (meaning is None and not question.speech):
                continue
            if turn is None:
                return Said(event) if meaning is None else Spoken(meaning, event)
            turn.add(event, self._now())
            answer = self._meant(turn, understand, keep=False)
            if (
                isinstance(answer, Spoken)
                and question.is_whole(answer.meaning)
                and not turn.goes_on
            ):
                return self._meant(turn, understand)

    def _meant(
        self, turn: Turn, understand: Callable[[str], T | None], *, keep: bool = True
    ) -> Spoken[T] | Said:
        """What the sentences come to: together, or the last of them by itself; those before
        it are asides then, and told when `keep`."""
        whole, last = turn.heard, turn.sentences[-1]
        if (meaning := understand(whole.text)) is not None:
            return Spoken(meaning, whole)
        if (meaning := understand(last.text)) is None:
            return Said(whole)
        if keep:
            self.on_aside(turn.pauses.joined(turn.sentences[:-1]))
        return Spoken(meaning, last)

    def _leave(self, turn: Turn | None) -> None:
        """The caller goes on to something else in the middle of what they say."""
        if turn:
            self.on_aside(turn.heard)

    def _pass_by(self, event: KeyPressed | Heard) -> None:
        if isinstance(event, Heard) and event.final and event.text:
            self.on_aside(event)

    async def _collect(self, first: str, keypad: Keypad) -> str:
        """The keys of one answer, without the key that ended it."""
        keys = ""
        key: str | None = first
        while key is not None and key != keypad.end:
            if key == keypad.back and (not keys or key not in keypad.inside):
                return key
            if not keys and key in keypad.alone:
                return key
            keys += key
            if len(keys) >= keypad.most:
                break
            waits_for_person = keys == keypad.person
            key = await self.key(
                min(keypad.pause_s, LONE_S) if waits_for_person else keypad.pause_s
            )
        return keys

    def pass_over(self, *keys: str) -> None:
        """The next of these `keys`, when it comes soon, belongs to what was keyed before: it
        is no answer and cuts nothing short."""
        self._trailing = frozenset(keys)
        self._trailing_until_s = self._now() + TRAILING_S
        while (waiting := self._first_key()) is not None and waiting.key in keys:
            self._inbox.remove(waiting)
        if waiting is not None:
            self._trailing = frozenset()

    async def end_of_burst(self, end: str = "#") -> str:
        """Wait until the caller has keyed what they are keying; what it was, without its end."""
        keys = ""
        while (key := await self.key(BURST_S)) is not None and key != end:
            keys += key
        return keys

    async def key(self, wait_s: float) -> str | None:
        """The next key, None when none comes in time. Words answer nothing then."""
        deadline = self._now() + wait_s
        while (event := await self._next(deadline=deadline)) is not None:
            if isinstance(event, KeyPressed):
                return event.key
            self._pass_by(event)
        return None

    async def event(self, wait_s: float) -> KeyPressed | Heard | None:
        """The next key or words, whatever they are; None when nothing comes in time."""
        event = await self._next(deadline=self._now() + wait_s)
        return event if isinstance(event, KeyPressed | Heard) else None

    def press_again(self, key: str) -> None:
        """A key that was no answer to what was asked is one to what is asked next."""
        self._inbox.appendleft(KeyPressed(key))
        self._arrived.set()

    def discard_keys(self) -> str:
        """Forget keys that were pressed ahead; which they were."""
        keys = "".join(event.key for event in self._inbox if isinstance(event, KeyPressed))
        self._inbox = deque(event for event in self._inbox if not isinstance(event, KeyPressed))
        return keys

    # -- the inbox ------------------------------------------------------------

    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    def _until(self, deadline: float, turn: Turn | None) -> float:
        """How long an answer is waited for: nobody is cut off in the middle of a sentence,
        unless it never ends."""
        talking_until = self._talking.until_s
        return turn.over_at_s(talking_until) if turn else max(deadline, talking_until)

    def _first_key(self) -> KeyPressed | None:
        return next((event for event in self._inbox if isinstance(event, KeyPressed)), None)

    def _key_waiting(self) -> bool:
        return self._first_key() is not None

    def _put(self, event: CallEvent | Heard | Interruption) -> None:
        self._inbox.append(event)
        self._arrived.set()

    def _check(self) -> None:
        if self.call.state is CallState.CLOSED:
            raise HungUp("the caller has hung up")
        for interruption in self._held:
            if self._lets_in(interruption):
                self._held.remove(interruption)
                raise Interrupted(interruption)

    def _lets_in(self, interruption: Interruption) -> bool:
        return self.armed if interruption.visit is None else self.receives

    async def _next(
        self, *, deadline: float | None = None, playback: Playback | None = None
    ) -> KeyPressed | Heard | None:
        """The next key or words; None at the deadline or when the playback ends."""
        while True:
            self._check()
            while self._inbox:
                if (event := self._admit(self._inbox.popleft())) is not None:
                    return event
            if playback is not None and playback.done:
                return None
            self._arrived.clear()
            try:
                async with asyncio.timeout_at(deadline):
                    await self._arrived.wait()
            except TimeoutError:
                return None

    def _admit(self, event: CallEvent | Heard | Interruption) -> KeyPressed | Heard | None:
        """Raise for what ends or breaks the flow; pass on keys and words."""
        if isinstance(event, StateChanged):
            if event.state is CallState.CLOSED:
                raise HungUp("the caller has hung up")
            return None
        if isinstance(event, Interruption):
            if self._lets_in(event):
                raise Interrupted(event)
            self._held.append(event)
            return None
        return event
