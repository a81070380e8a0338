"""The calls in which `everywhere` looks for points, and what their callers do."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path

from asr.lexicon import Hit, Lexicon
from asr.live import Heard
from asr.spoken import Place
from call_logs import Store
from call_logs.owners import NewFault, News, OwedState
from call_logs.tickets import (
    NewsBy,
    NewsTopic,
    NewTicket,
    Ticket,
    TicketKind,
    TicketStatus,
    edit,
)
from ivr.call.language import Language
from ivr.call.session import Help, Session, Urgency
from ivr.flow.enquiry import MOST_WRONG
from ivr.flow.owner_news import NewsTalk
from ivr.flow.survey import SurveyTalk
from ivr.flow.walk import Opening
from tests.asr.speech import say
from tests.ivr.caller import ZONE, Caller, quick_lexicon, quick_pack
from tests.ivr.flow.everywhere import Act, World
from tests.ivr.flow.test_message import speak
from tests.people import person

OWNER = "13800138000"
STRANGER = "13799990000"
SITE = "9"  # the building of a known fault
MANAGER = person("manager")
OPERATOR = person("operator")
LANGUAGES = ("zh-CN", "en", "ko")
CORPUS = Path(__file__).parents[2] / "corpus"

PLACE = {
    "zh-CN": "三号楼二单元一五零二室",
    "en": "building three unit two room fifteen oh two",
    "ko": "삼동 이단원 천오백이호",
}
NUMBER = {
    "zh-CN": "幺三九零零幺三九零零零",
    "en": "one three nine zero zero one three nine zero zero zero",
    "ko": "일삼구 공공일삼 구공공공",
}
PUZZLING = {"zh-CN": "你说什么呀", "en": "what did you say", "ko": "뭐라고 하셨어요"}
BUZZ = say("楼上漏水请派人来修")


class Reached:
    """Whoever is put through: nobody is free, and an emergency is searched on for."""

    def __init__(self) -> None:
        self.help = Help.SEARCHED
        self.urgent_for: list[int] = []  # tickets for which people were rung
        self.person_for = 0

    async def person(self, session: Session) -> bool:
        self.person_for += 1
        return False

    async def urgent(self, session: Session, hits: tuple[Hit, ...] = ()) -> Help:
        assert session.draft.ticket is not None
        self.urgent_for.append(session.draft.ticket.id)
        return self.help

    async def abandoned(self, session: Session, hits: tuple[Hit, ...] = ()) -> None:
        await self.urgent(session, hits)


class Anybody(Caller):
    """A caller of a site that rings for every urgent category of its packs."""

    def __init__(
        self, store: Store, language_id: str, number: str = OWNER, start: str = ""
    ) -> None:
        self.reached = Reached()
        super().__init__(
            store, number=number, language_id=language_id, reach=self.reached, start=start
        )
        session, categories = self.session, quick_lexicon_of(language_id).categories
        urgent = frozenset(each.id for each in categories.values() if each.is_urgent)
        deadly = frozenset(each.id for each in categories.values() if each.danger_to_life)
        session.urgency = Urgency(urgent, sure=0.8, confirm=0.5, silence_is_yes=deadly)
        session.languages = frozenset(LANGUAGES)
        session.change_language = self._speak

    def _speak(self, chosen: str) -> None:
        pack = quick_pack(chosen)
        lexicon = quick_lexicon(pack.lexicon_path)
        self.session.language = Language(pack, self.book, lexicon)  # type: ignore[arg-type]
        self.session.draft.language = chosen


def quick_lexicon_of(language_id: str) -> Lexicon:
    return quick_lexicon(quick_pack(language_id).lexicon_path)


@lru_cache
def sentences(language_id: str) -> dict[tuple[str, str], str]:
    """From the labelled sentences one of each category, by how sure the lexicon is of it:
    "sure", "asked" or, of what rings nobody, "told"."""
    lexicon = quick_lexicon_of(language_id)
    found: dict[tuple[str, str], str] = {}
    for line in (CORPUS / language_id / "dev.jsonl").read_text(encoding="utf-8").splitlines():
        labelled = json.loads(line)
        text, category = labelled["text"], labelled["expected"]
        if category is None or (category, "done") in found:
            continue
        hits = lexicon.hits(text)
        if {hit.category for hit in hits} != {category}:
            continue
        level = max(hit.level for hit in hits)
        urgent = lexicon.categories[category].is_urgent
        how = ("sure" if level >= 0.8 else "asked" if level >= 0.5 else "") if urgent else "told"
        if how:
            found.setdefault((category, how), text)
    return found


# -- what a caller does ------------------------------------------------------------------


def _keys(keys: str) -> Callable[[str], Act]:
    async def act(caller: Caller) -> None:
        caller.press(keys)

    return lambda language: act


def _words(texts: Mapping[str, str]) -> Callable[[str], Act]:
    def of(language: str) -> Act:
        async def act(caller: Caller) -> None:
            caller.say(texts[language])

        return act

    return of


async def _leave_words(caller: Caller) -> None:
    await asyncio.sleep(0.1)  # the tone is over
    await speak(caller, BUZZ)
    caller.press("#")


async def _leave_a_bare_choice(caller: Caller) -> None:
    """Words at the tone that only name what one wants."""
    await asyncio.sleep(0.1)
    media = caller.session.conversation.media
    begin_s = media.position_s
    await speak(caller, BUZZ)
    wanted = caller.session.language.pack.menu.nodes["main"].choices[1].spoken[0]
    caller.session.on_heard(Heard(wanted, True, begin_s, media.position_s))
    caller.press("#")


def _acts(ticket: Ticket) -> dict[str, dict[str, Callable[[str], Act]]]:
    repeat = {each: quick_pack(each).menu.spoken.repeat[0] for each in LANGUAGES}
    said = {
        "say something": _words(PUZZLING),
        "say again": _words(repeat),
    }
    numbers = (
        *("3#", "2*1502#", "110#", "123#", "13900139000#", "0013125550100#", OWNER[-4:]),
        "1530",  # a time of day
    )
    return {
        "number": {
            **{f"key {each}": _keys(each) for each in (*numbers, "*", "#")},
            "key the ticket": _keys(f"{ticket.number}#"),
            "say the place": _words(PLACE),
            "say the number": _words(NUMBER),
            **said,
        },
        "tone": {
            "leave words": lambda language: _leave_words,
            "leave a bare choice": lambda language: _leave_a_bare_choice,
            "end": _keys("#"),
        },
        "end": {"key for help": _keys("1")},
        "other": {**{f"key {each}": _keys(each) for each in "12345790*#"}, **said},
        "first": {
            f"tell of {category} without {question}": _words(
                {each: _trouble(each, category, question) for each in LANGUAGES}
            )
            for category, question in _troubles()
        },
    }


def _troubles() -> Iterator[tuple[str, str]]:
    """Each category that rings nobody, with each question that it leads to."""
    forms = quick_pack("zh-CN").forms
    for category, how in sorted(sentences("zh-CN")):
        if how == "told":
            asked = [name for name, _ in forms.of(category)]
            yield from ((category, name) for name in asked or [""])


def _trouble(language: str, category: str, question: str) -> str:
    """A sentence of the category that has answered all its questions but one."""
    text = sentences(language).get((category, "told"), PUZZLING[language])
    others = [
        each.said[0] for name, each in quick_pack(language).forms.of(category) if name != question
    ]
    return " ".join((text, *others))


# -- worlds --------------------------------------------------------------------------------


async def worlds(store: Store) -> tuple[World, ...]:
    """Every kind of call, over one store."""
    mine = await _tickets(store)
    acts = _acts(mine)
    ever_after = {**acts, "first": {}}

    @asynccontextmanager
    async def owner(language: str) -> AsyncIterator[Anybody]:
        caller = Anybody(store, language)
        caller.call.vouched()
        async with caller:
            yield caller

    @asynccontextmanager
    async def with_fault(language: str) -> AsyncIterator[Anybody]:
        caller = Anybody(store, language, STRANGER)
        caller.session.draft.assume_place(Place(building=SITE))
        async with caller:
            yield caller

    @asynccontextmanager
    async def guessing(language: str) -> AsyncIterator[Anybody]:
        caller = Anybody(store, language, STRANGER, start="enquiry")
        caller.session.wrong_digits = MOST_WRONG - 1
        async with caller:
            yield caller

    @asynccontextmanager
    async def without_roster(language: str) -> AsyncIterator[Anybody]:
        caller = Anybody(store, language, STRANGER, "emergency")
        caller.reached.help = Help.NOBODY
        async with caller:
            yield caller

    @asynccontextmanager
    async def survey(language: str) -> AsyncIterator[Anybody]:
        async def give(score: int) -> None:
            return

        caller = Anybody(store, language)
        caller.opening = SurveyTalk(caller.session, mine, give)
        async with caller:
            yield caller

    def told(topic: NewsTopic) -> Callable[[str], AbstractAsyncContextManager[Anybody]]:
        news = _news(mine, topic, store.clock.now())

        @asynccontextmanager
        async def call(language: str) -> AsyncIterator[Anybody]:
            caller = Anybody(store, language)
            caller.opening = _telling(caller.session, mine, news)
            async with caller:
                yield caller

        return call

    until = store.clock.now() + timedelta(days=2)
    await store.faults.announce(NewFault("water_cut", (SITE,), until, "x"), MANAGER)
    return (
        World("stranger", lambda language: Anybody(store, language, STRANGER), acts),
        World("no number", lambda language: Anybody(store, language, ""), ever_after),
        World("owner", owner, ever_after, frozenset({"enquiry_menu"})),
        World("guessing", guessing, ever_after, frozenset({"enquiry_last_four"})),
        World(
            "a person first",
            lambda language: Anybody(store, language, STRANGER, "person"),
            ever_after,
            frozenset({"tone"}),
        ),
        World("nobody to ring", without_roster, ever_after),
        World("known fault", with_fault, ever_after),
        World("survey", survey, ever_after),
        World("news", told(NewsTopic.RESULT), ever_after),
        World("call back", told(NewsTopic.CALL_BACK), ever_after),
    )


def _news(ticket: Ticket, topic: NewsTopic, now: datetime) -> News:
    return News(
        id=1,
        ticket_id=ticket.id,
        topic=topic,
        words="x",
        way=NewsBy.CALL,
        state=OwedState.CALLING,
        next_at=None,
        made_at=now,
        made_by=MANAGER.name,
        agreed_at=now if topic is NewsTopic.CALL_BACK else None,
        told_at=None,
        told_by="",
    )


def _telling(session: Session, ticket: Ticket, news: News) -> Opening:
    """What an owner is told, whose answers are the news call's own; none of it is kept."""

    async def keep() -> None:
        return

    talk = NewsTalk(session, ticket, news, ZONE, told=keep, no_more=keep)

    async def opening() -> str:
        node = await talk()
        if not node and talk.told and news.topic is not NewsTopic.CALL_BACK:
            await talk.say_good_bye()
        return node

    return opening


async def _tickets(store: Store) -> Ticket:
    """What the owner has reported before; the one that is overdue."""
    late = store.clock.now() - timedelta(days=40)
    tickets = store.tickets
    mine = await tickets.open(
        NewTicket(TicketKind.REPAIR, caller=OWNER, callback=OWNER, opened_at=late)
    )
    await tickets.open(NewTicket(TicketKind.REPAIR, caller=OWNER, callback=OWNER))
    await tickets.move(mine.id, TicketStatus.REGISTERED, OPERATOR)
    return await tickets.update(mine.id, OPERATOR, edit(news="x"))
