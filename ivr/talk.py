"""The caller and whoever accepted talk; keys still work.

Keys that either presses reach the other, except the person's `*` keys: `*1` calls a
second person in, `*2` passes the caller on, `*3` marks "on my way" with minutes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from enum import StrEnum

from ivr.conversation import Conversation, HungUp, Interrupted, Keypad, Pressed
from ivr.desk import Desk
from ivr.endpoint import Call, EndpointError, KeyPressed
from ivr.phrasebook import Number, Prompt
from ivr.ring import Party

LONGEST_TALK_S = 4 * 3600.0
STAR_S = 3.0  # for the key after *
MINUTES_S = 8.0


class Ended(StrEnum):
    """How a talk ended."""

    CALLER_LEFT = "caller_left"
    PERSON_LEFT = "person_left"
    PASSED_ON = "passed_on"
    TOO_LONG = "too_long"


class Talk:
    """One bridge between a caller and one or more people."""

    def __init__(
        self,
        desk: Desk,
        caller: Conversation,
        person: Party,
        *,
        call_in: Callable[[], Awaitable[Party | None]],
        on_the_way: Callable[[int], Awaitable[None]],
    ) -> None:
        """`call_in` finds a second person; `on_the_way` is told the minutes."""
        self._desk = desk
        self._caller = caller
        self._person = person
        self._call_in = call_in
        self._on_the_way = on_the_way
        self._others: list[Party] = []
        self._mix = desk.clock.bridge(caller.media, person.media)
        self._joining: asyncio.Task[None] | None = None

    async def run(self) -> Ended:
        """Until one of the two leaves; the other's line stays open, unbridged."""
        watchers = (
            asyncio.create_task(self._watch_caller()),
            asyncio.create_task(self._watch_person()),
        )
        try:
            done, _ = await asyncio.wait(
                watchers, timeout=LONGEST_TALK_S, return_when=asyncio.FIRST_COMPLETED
            )
            if not done:
                return Ended.TOO_LONG
            # Both at once: the caller is gone, so nobody is left to search for.
            ends = {task.result() for task in done}
            return Ended.CALLER_LEFT if Ended.CALLER_LEFT in ends else ends.pop()
        finally:
            await self._part(*watchers)

    async def _part(self, *watchers: asyncio.Task[Ended]) -> None:
        joining = [self._joining] if self._joining is not None else []
        for task in (*watchers, *joining):
            task.cancel()
        await asyncio.gather(*watchers, *joining, return_exceptions=True)
        self._desk.clock.unbridge(self._mix)
        for other in self._others:
            other.conversation.close()
            await other.call.hangup()

    async def _watch_caller(self) -> Ended:
        with suppress(HungUp, Interrupted):
            while True:
                event = await self._caller.event(LONGEST_TALK_S)
                if isinstance(event, KeyPressed):
                    await _send(self._person.call, event.key)
        return Ended.CALLER_LEFT

    async def _watch_person(self) -> Ended:
        with suppress(HungUp):
            while True:
                key = await self._person.conversation.key(LONGEST_TALK_S)
                if key == "*":
                    if await self._command(await self._person.conversation.key(STAR_S)):
                        return Ended.PASSED_ON
                elif key is not None:
                    await _send(self._caller.call, key)
        return Ended.PERSON_LEFT

    async def _command(self, key: str | None) -> bool:
        """Carry out a `*` key; True when the person leaves the caller to somebody else."""
        match key:
            case "1":
                if self._joining is None or self._joining.done():
                    self._joining = asyncio.create_task(self._join())
            case "2":
                return True
            case "3":
                await self._report_minutes()
        return False

    async def _join(self) -> None:
        """Search a second person while the two go on talking."""
        found = await self._call_in()
        if found is None:
            await self._person.conversation.start_saying(Prompt("engineer_second_none"))
            return
        self._others.append(found)
        self._mix.add(found.media)
        await self._person.conversation.start_saying(Prompt("engineer_second_joined"))

    async def _report_minutes(self) -> None:
        answer = await self._person.conversation.ask(
            Prompt("engineer_minutes"), keypad=Keypad(pause_s=STAR_S, most=3), wait_s=MINUTES_S
        )
        if not isinstance(answer, Pressed) or not answer.keys.isdecimal():
            return
        minutes = int(answer.keys)
        await self._on_the_way(minutes)
        said = Number(minutes)
        await self._caller.start_saying(Prompt("dispatch_on_the_way", minutes=said))
        await self._person.conversation.say(Prompt("engineer_minutes_noted", minutes=said))


async def _send(call: Call, key: str) -> None:
    with suppress(EndpointError):  # it hung up in this moment
        await call.send_keys(key)
