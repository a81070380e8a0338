"""A caller on a fake telephone in front of the real flow, pack, lexicon and store."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Self
from zoneinfo import ZoneInfo

from asr.lexicon import Hit, Lexicon, load_lexicon
from asr.live import Heard
from call_logs import Store
from call_logs.calls import CallEventKind, NewCall
from call_logs.tickets import Ticket
from ivr.call.conversation import Conversation
from ivr.call.draft import Draft
from ivr.call.jumps import HungUp
from ivr.call.language import Language
from ivr.call.nobody import Nobody
from ivr.call.session import Reach, Session, Urgency
from ivr.flow.walk import Opening, walk
from ivr.media.call_media import MediaClock
from ivr.media.recent_speech import RecentSpeech
from ivr.packs.menu import Timing
from ivr.packs.pack import Pack, load_pack
from ivr.packs.phrasebook import Prompt
from tests.ivr.fakes import FakeCall, FakePhrasebook

ZONE = ZoneInfo("Asia/Shanghai")
QUICK = Timing(
    choice_s=0.15,
    digits_s=0.15,
    pause_s=0.25,
    open_pause_s=0.6,
    silence_s=0.3,
    message_max_s=2,
    message_min_s=0.3,
    tries=2,
)
URGENT = frozenset({"lift_entrapment", "fire", "gas_leak", "flooding"})
LIMIT_S = 20.0


@lru_cache
def quick_pack(language: str = "zh-CN") -> Pack:
    """The real pack with waits that a test can sit out."""
    pack = load_pack(language)
    return replace(pack, menu=replace(pack.menu, timing=QUICK))


@lru_cache
def quick_lexicon(path: Path) -> Lexicon:
    """A pack's lexicon, which all calls share."""
    return load_lexicon(path)


class Caller:
    """Walks through the flow; what they do is called on them, what they heard is in `heard`."""

    def __init__(
        self,
        store: Store,
        *,
        number: str = "13800138000",
        reach: Reach | None = None,
        language_id: str = "zh-CN",
        start: str = "",
        timing: Timing = QUICK,
    ) -> None:
        """`start`: a node to begin at in place of the menu's own."""
        self.store = store
        self.call = FakeCall(caller=number)
        self.clock = MediaClock()
        self.book = FakePhrasebook()
        media = self.clock.attach(self.call)
        pack = quick_pack(language_id)
        menu = replace(pack.menu, start=start or pack.menu.start, timing=timing)
        pack = replace(pack, menu=menu)
        language = Language(pack, self.book, quick_lexicon(pack.lexicon_path))  # type: ignore[arg-type]
        conversation = Conversation(self.call, media, self.book)  # type: ignore[arg-type]
        self.languages: list[str] = []
        self.session = Session(
            conversation=conversation,
            store=store,
            draft=Draft(store, self.call.id, number, language_id),
            language=language,
            reach=reach or Nobody(),
            recent_speech=RecentSpeech(media),
            urgency=Urgency(URGENT, sure=0.8, confirm=0.5, silence_is_yes=URGENT - {"flooding"}),
            change_language=self.languages.append,
            languages=frozenset({"zh-CN", "en"}),
        )
        conversation.on_key = self.session.on_key
        self.opening: Opening | None = None  # what a call that the hotline makes is about
        self.heard_before: list[str] = []  # names of prompts that an `until` has passed
        self._wire: asyncio.Task[None] | None = None
        self._walk: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self.store.calls.begin(NewCall(id=self.call.id, caller=self.call.caller, trunk="fake"))
        self.clock.start()
        self._wire = asyncio.create_task(self._move_time())
        self._walk = asyncio.create_task(walk(self.session, ZONE, self.opening))
        return self

    async def __aexit__(self, *_: object) -> None:
        self.call.hang_up()
        assert self._walk is not None
        assert self._wire is not None
        with suppress(HungUp):
            await asyncio.wait_for(self._walk, LIMIT_S)
        self._wire.cancel()
        self.session.conversation.close()
        await self.clock.close()

    async def _move_time(self) -> None:
        """The wire is faster than life, so that prompts are soon over."""
        while True:
            self.call.pass_time(200)
            await asyncio.sleep(0.01)

    @property
    def heard(self) -> list[str]:
        """Names of the prompts that were said so far."""
        return [said.name for said in self.book.said if isinstance(said, Prompt)]

    async def until(self, prompt: str) -> None:
        """Wait until a prompt is said. What was said up to it is over with it; what was said
        after it, before we looked, is for the next `until`."""
        async with asyncio.timeout(LIMIT_S):
            while prompt not in self.heard:  # noqa: ASYNC110 - the fake tells nobody
                await asyncio.sleep(0.01)
        self.heard_before += self.heard[: self.heard.index(prompt) + 1]
        names = [getattr(said, "name", "") for said in self.book.said]
        del self.book.said[: names.index(prompt) + 1]

    async def end(self) -> None:
        """Wait for the flow's own end."""
        assert self._walk is not None
        await asyncio.wait_for(asyncio.shield(self._walk), LIMIT_S)

    @property
    def over(self) -> bool:
        """Whether the flow has come to its end."""
        return self._walk is not None and self._walk.done()

    async def ended(self) -> None:
        """Wait until the flow has seen the caller hang up."""
        assert self._walk is not None
        with suppress(HungUp):
            await asyncio.wait_for(asyncio.shield(self._walk), LIMIT_S)

    def press(self, keys: str) -> None:
        self.call.press(keys)

    def say(self, text: str) -> None:
        """A sentence, as live recognition reports it; with the hits in it."""
        self.session.on_heard(Heard(text, False, 0.0, 1.0))
        hits = self.session.language.lexicon.hits(text)
        self.session.on_hits(tuple(replace(hit) for hit in hits))
        self.session.on_heard(Heard(text, True, 0.0, 1.0))

    def hit(self, category: str, level: float) -> None:
        """The lexicon heard something, at a certain level."""
        self.session.on_hits((Hit(category, category, level, 1.0, "test"),))

    async def ticket(self) -> Ticket | None:
        await self.store.calls.flush()
        return await self.store.tickets.for_call(self.call.id)

    async def nodes(self) -> list[str]:
        """The menu nodes the call went through."""
        await self.store.calls.flush()
        events = await self.store.calls.events(self.call.id)
        return [str(e.data["node"]) for e in events if e.kind is CallEventKind.MENU]
