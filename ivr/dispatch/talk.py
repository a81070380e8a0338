"""The caller and whoever accepted talk; keys still work.

Keys that either presses reach the other, except the people's `*` keys: `*1` calls a
second person in, `*2` passes the caller on, `*3` marks "on my way" with minutes (0: they
has arrived). The talk lasts while the caller and at least one person are there: a person
from whose side nothing is heard for long is asked, and is gone without an answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

from ivr.call.conversation import Conversation, Interrupted, Keypad, Pressed
from ivr.call.jumps import HungUp
from ivr.call.presence import Presence
from ivr.call.services import Services
from ivr.dispatch.ring import Party
from ivr.endpoint import Call, CallState, EndpointError, KeyPressed
from ivr.packs.phrasebook import Number, Prompt
from ivr.tasks import Tasks

LONGEST_TALK_S = 4 * 3600.0
STAR_S = 3.0  # for the key after *
MINUTES_S = 8.0
FIRST_SOUND_S = 10.0  # nobody picks up to say nothing; then the person is asked for a sign
QUIET_S = 60.0  # as long may one listen who has been heard before
THERE_S = 8.0  # for the answer
LOOK_S = 1.0

STAR = "*"
CALL_IN, PASS_ON, ON_THE_WAY = "1", "2", "3"


class Ended(StrEnum):
    """How a talk ended, or how one person's part in it did."""

    CALLER_LEFT = "caller_left"
    PERSON_LEFT = "person_left"
    PASSED_ON = "passed_on"
    SILENT = "silent"  # nothing was heard of the person, nor any answer to the question
    TOO_LONG = "too_long"


@dataclass(frozen=True)
class _CallerLeft:
    """News: the caller is gone, or an operator ended the call."""


@dataclass(frozen=True)
class _Left:
    """News: a person is gone or has passed the caller on."""

    party: Party
    how: Ended


@dataclass(frozen=True)
class _Found:
    """News: the search for a second person is over."""

    party: Party | None


class Talk:
    """One bridge between a caller and one or more people."""

    def __init__(
        self,
        services: Services,
        caller: Conversation,
        person: Party,
        *,
        call_in: Callable[[], Awaitable[Party | None]],
        on_the_way: Callable[[Party, int], Awaitable[None]],
        on_left: Callable[[Party, Ended, bool], Awaitable[None]],
    ) -> None:
        """`call_in` finds a second person; `on_the_way` is told the minutes; `on_left` sees
        to each person's line, once it is out of the bridge, and is told whether that side has
        made a sound in it."""
        self._services = services
        self._caller = caller
        self._first = person
        self._call_in = call_in
        self._on_the_way = on_the_way
        self._on_left = on_left
        self._people: dict[Party, Presence] = {}
        self._news: asyncio.Queue[_CallerLeft | _Left | _Found] = asyncio.Queue()
        self._tasks = Tasks()
        self._searching = False
        self._mix = services.clock.bridge(caller.media)

    async def run(self) -> Ended:
        """Until the caller leaves, or the last person does: then how that one left."""
        ended = Ended.TOO_LONG
        try:
            self._admit(self._first)
            self._tasks.start(self._watch_caller())
            async with asyncio.timeout(LONGEST_TALK_S):
                ended = await self._follow()
        except TimeoutError:
            pass  # the longest talk there is; the lines are needed
        finally:
            await self._part(ended)
        return ended

    async def _follow(self) -> Ended:
        while True:
            match await self._news.get():
                case _CallerLeft():
                    return Ended.CALLER_LEFT
                case _Left(party, how):
                    await self._dismiss(party, how)
                    if not self._people:
                        # Both at once: nobody is left to search somebody for.
                        gone = self._caller.call.state is CallState.CLOSED
                        return Ended.CALLER_LEFT if gone else how
                case _Found(party):
                    self._searching = False
                    if party is not None:
                        self._admit(party)
                    await self._tell_people("second_joined" if party else "second_none")

    def _admit(self, party: Party) -> None:
        self._people[party] = Presence(party.media)
        self._mix.add(party.media)
        self._tasks.start(self._watch_person(party))

    async def _dismiss(self, party: Party, how: Ended) -> None:
        presence = self._people.pop(party)
        presence.close()
        self._mix.remove(party.media)
        await self._on_left(party, how, presence.made_sound)

    async def _part(self, ended: Ended) -> None:
        self._services.clock.unbridge(self._mix)
        await self._tasks.close()
        by_voice = sorted(self._people, key=lambda each: not self._people[each].made_sound)
        for party in by_voice:  # who has talked first: then the others' silence is no fault
            await self._dismiss(party, ended)
        while not self._news.empty():  # who accepted while the talk ended
            match self._news.get_nowait():
                case _Found(Party() as party):
                    await self._on_left(party, ended, False)

    # -- the two sides ---------------------------------------------------------------

    async def _watch_caller(self) -> None:
        with suppress(HungUp, Interrupted):
            while True:
                event = await self._caller.event(LONGEST_TALK_S)
                if isinstance(event, KeyPressed):
                    for party in tuple(self._people):
                        await _send(party.call, event.key)
        self._news.put_nowait(_CallerLeft())

    async def _watch_person(self, party: Party) -> None:
        how = Ended.PERSON_LEFT
        with suppress(HungUp):
            while True:
                key = await self._key(party)
                if key is None:
                    how = Ended.SILENT
                    break
                if key != STAR:
                    await _send(self._caller.call, key)
                    continue
                match await party.conversation.key(STAR_S):
                    case str(second) if second == CALL_IN:
                        self._call_second()
                    case str(second) if second == PASS_ON:
                        how = Ended.PASSED_ON
                        break
                    case str(second) if second == ON_THE_WAY:
                        await self._report_minutes(party)
                    case second:  # none of ours: it was meant for the caller's side
                        await _send(self._caller.call, STAR + (second or ""))
        self._news.put_nowait(_Left(party, how))

    async def _key(self, party: Party) -> str | None:
        """The person's next key, whenever it comes; None: nothing is heard, and we asked in
        vain."""
        presence = self._people[party]
        while True:
            key = await party.conversation.key(LOOK_S)
            if key is None and presence.quiet_s >= (
                QUIET_S if presence.made_sound else FIRST_SOUND_S
            ):
                answer = await self._answer(party, presence)
                if answer is None:
                    return None
                key = STAR if answer == STAR else None
            if key is not None:
                presence.answered()
                return key

    @staticmethod
    async def _answer(party: Party, presence: Presence) -> str | None:
        """Ask whether the person is there: the key that is pressed, "" for a voice, None for
        nothing. A sound under the question may be its echo."""
        asked = await party.conversation.start_saying(Prompt("engineer_there"))
        over_s: float | None = None
        while True:
            key = await party.conversation.key(THERE_S / 16)
            now_s = asyncio.get_running_loop().time()
            if key is not None:
                presence.answered()
                return key
            if over_s is None:
                over_s = now_s if asked.done else None
            elif presence.quiet_s < now_s - over_s:
                return ""
            elif now_s - over_s >= THERE_S:
                return None

    # -- the people's keys -------------------------------------------------------------

    def _call_second(self) -> None:
        """Search a second person while the two go on talking."""
        if not self._searching:
            self._searching = True
            self._tasks.start(self._search_second())

    async def _search_second(self) -> None:
        self._news.put_nowait(_Found(await self._call_in()))

    async def _tell_people(self, what: str) -> None:
        for party in tuple(self._people):
            with suppress(HungUp):  # its watcher tells
                await party.conversation.start_saying(Prompt(f"engineer_{what}"))

    async def _report_minutes(self, party: Party) -> None:
        answer = await party.conversation.ask(
            Prompt("engineer_minutes"), keypad=Keypad(pause_s=STAR_S, most=3), wait_s=MINUTES_S
        )
        if not isinstance(answer, Pressed) or not answer.keys.isdecimal():
            return
        minutes = int(answer.keys)
        await self._on_the_way(party, minutes)
        said = Number(minutes)
        if minutes:
            with suppress(HungUp, Interrupted):  # the caller's watcher tells
                await self._caller.start_saying(Prompt("dispatch_on_the_way", minutes=said))
        await party.conversation.start_saying(Prompt("engineer_minutes_noted", minutes=said))


async def _send(call: Call, keys: str) -> None:
    if keys:
        with suppress(EndpointError):  # it hung up in this moment
            await call.send_keys(keys)
