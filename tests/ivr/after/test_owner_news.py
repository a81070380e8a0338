"""The call with news: what the owner hears and does, and what that comes to."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from asr.live import Heard
from call_logs import Notice, Rules
from call_logs.calls import CallFilter
from call_logs.owners import CallRules, OwedState, TryOutcome
from call_logs.tickets import (
    NewsBy,
    NewsRules,
    NewsTopic,
    NewTicket,
    Ticket,
    TicketKind,
    TicketStatus,
    edit,
)
from ivr.after import NewsErrand, NewsSettings, OwnerCalls, SurveyErrand, SurveySettings
from ivr.dispatch.call_back import callback_target
from ivr.dispatch.notice_text import NoticeText
from ivr.endpoint import CloseReason
from ivr.packs.phrasebook import Prompt
from tests.busy import busy_at_first
from tests.ivr.after.test_survey import World as SurveyWorld
from tests.ivr.caller import ZONE
from tests.ivr.conftest import opened_store
from tests.ivr.exchange import Telephone, called_back, site, until
from tests.people import person
from tests.turned_clock import TurnedClock

NOON = datetime(2026, 11, 27, 7, tzinfo=UTC)  # three in the afternoon in Shanghai
OPERATOR = person("operator")
GATEWAY = "json://sms.example/send?to={number}"


class World(SurveyWorld):
    """A site whose owners are told, and asked where `surveys`."""

    surveys = False

    def a_program(self, *, calls: bool = True) -> OwnerCalls:
        services = self.at.services
        survey = SurveyErrand(
            services, SurveySettings(calls=calls and self.surveys), NoticeText(ZONE)
        )
        settings = NewsSettings(ZONE, CallRules(after=timedelta()), (GATEWAY,))
        news = NewsErrand(services, settings, survey)
        return OwnerCalls(services, self.sessions(), self.at.finished, (news, survey))

    async def opened(self, **fields: Any) -> Ticket:
        return await self.store.tickets.open(
            NewTicket(TicketKind.REPAIR, **{"callback": "13800138000", **fields})
        )

    async def resolved(self, **fields: Any) -> Ticket:
        ticket = await self.opened(**fields)
        for status in (TicketStatus.REGISTERED, TicketStatus.RESOLVED):
            ticket = await self.store.tickets.move(
                ticket.id, status, OPERATOR, changes=edit(result="灯已经修好")
            )
        return ticket

    async def rings(self) -> Telephone:
        owner = await super().rings()
        await self.heard("news_offer")
        return owner

    async def state(self, ticket: Ticket) -> OwedState:
        return (await self.store.owner_news.of_ticket(ticket.id))[0].state

    async def tries(self, ticket: Ticket) -> list[TryOutcome | None]:
        return [
            each.outcome for each in (await self.store.owner_news.of_ticket(ticket.id))[0].tries
        ]


@asynccontextmanager
async def world(folder: Path, *, surveys: bool) -> AsyncIterator[World]:
    clock = TurnedClock(NOON)
    kind = type("Asking", (World,), {"surveys": surveys})
    async with (
        opened_store(folder, None, clock, rules=Rules(news=NewsRules(NewsBy.CALL))) as store,
        site(store, "a", number="13700137000") as at,
    ):
        at.services.ready.set()
        yield kind(at, clock)


@pytest.fixture
async def at(tmp_path: Path, migrated: Path) -> AsyncIterator[World]:
    shutil.copy(migrated, tmp_path / "hotline.db")
    async with world(tmp_path, surveys=False) as made:
        yield made


@pytest.fixture
async def asking(tmp_path: Path, migrated: Path) -> AsyncIterator[World]:
    shutil.copy(migrated, tmp_path / "hotline.db")
    async with world(tmp_path, surveys=True) as made:
        yield made


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Notice]]:
    """What owners are written."""
    messages: list[tuple[str, Notice]] = []

    async def send(urls: Sequence[str], notice: Notice) -> tuple[int, int]:
        messages.extend((url, notice) for url in urls)
        return len(urls), 0

    monkeypatch.setattr("ivr.after.owner_news.send_notice", send)
    return messages


async def test_who_presses_1_hears_the_result_and_that_is_the_tickets_step(at: World) -> None:
    ticket = await at.resolved()
    owner = await at.rings()
    assert at.spoken() == []  # nothing of it to whoever picked up
    owner.press("1")
    await at.heard("enquiry_news")
    await at.heard("enquiry_menu")
    owner.press("#")
    await at.heard("goodbye")
    await at.over()
    assert "灯已经修好" in at.spoken()
    after = await at.ticket(ticket)
    assert after.status is TicketStatus.FEEDBACK_GIVEN
    assert await at.state(ticket) is OwedState.ANSWERED
    assert await at.tries(ticket) == [TryOutcome.ANSWERED]
    (call,) = (await at.store.calls.list(CallFilter(ticket_id=ticket.id))).items
    assert at.at.sealed == [call.id]
    await at.calls.look()
    assert len(at.at.exchange.rung) == 1


async def test_the_same_call_asks_how_content_the_owner_is(asking: World) -> None:
    at = asking
    ticket = await at.resolved()
    owner = await at.rings()
    owner.press("1")
    await at.heard("survey_score")
    owner.press("4")
    await at.heard("survey_thanks")
    await at.over()
    after = await at.ticket(ticket)
    assert (after.status, after.satisfaction) == (TicketStatus.SURVEYED, 4)
    assert await at.state(ticket) is OwedState.ANSWERED
    assert await at.outcomes(ticket) == [TryOutcome.ANSWERED]
    await at.clock.turn(timedelta(hours=3))
    await at.calls.look()
    assert len(at.at.exchange.rung) == 1  # not asked once more


async def test_a_stop_while_the_owner_is_asked_tells_nothing_twice_and_asks_again(
    asking: World,
) -> None:
    at = asking
    ticket = await at.resolved()
    owner = await at.rings()
    owner.press("1")
    await at.heard("survey_score")
    await at.a_program().look()  # which knows nothing of the ring, as after kill -9
    assert await at.state(ticket) is OwedState.ANSWERED
    assert (await at.survey(ticket)).state is OwedState.WAITING
    assert await at.outcomes(ticket) == [TryOutcome.INTERRUPTED]


async def test_a_stop_before_it_was_heard_forgets_nothing(at: World) -> None:
    ticket = await at.resolved()
    await at.rings()
    again = at.a_program()
    await again.look()
    assert await at.state(ticket) is OwedState.WAITING
    await again.look()
    assert len(at.at.exchange.rung) == 1  # not in the same hour
    assert (await at.ticket(ticket)).status is TicketStatus.RESOLVED


async def test_a_machine_hears_no_word_of_the_ticket(at: World) -> None:
    ticket = await at.resolved()
    await at.rings()
    await at.over()
    assert "灯已经修好" not in at.spoken()
    assert await at.tries(ticket) == [TryOutcome.SILENT]
    assert (await at.ticket(ticket)).status is TicketStatus.RESOLVED


@pytest.mark.parametrize("words", ["喂你好", "您好", "好的", "是的"])
async def test_no_spoken_word_is_the_key(at: World, words: str) -> None:
    """Whoever picks up says 您好, which holds 好, and so does a machine."""
    ticket = await at.resolved()
    await at.rings()
    at.session().on_heard(Heard(words, True, 0.0, 1.0))
    await at.heard("owner_message")  # once more, from the beginning
    await at.over()
    assert at.spoken() == []
    assert await at.tries(ticket) == [TryOutcome.SILENT]
    assert (await at.ticket(ticket)).status is TicketStatus.RESOLVED


async def test_who_wants_no_such_calls_gets_none_for_any_ticket(at: World) -> None:
    ticket = await at.resolved()
    owner = await at.rings()
    owner.press("9")
    await at.heard("news_stopped")
    await at.over()
    after = await at.ticket(ticket)
    assert (after.news_by, after.no_survey) == (NewsBy.NONE, True)
    assert await at.state(ticket) is OwedState.DECLINED
    assert await at.store.owner_news.of_ticket((await at.resolved()).id) == ()


@pytest.mark.parametrize(
    "reason", [CloseReason.BUSY, CloseReason.NO_ANSWER, CloseReason.UNREACHABLE]
)
async def test_who_is_not_reached_is_tried_again(at: World, reason: CloseReason) -> None:
    ticket = await at.resolved()
    await at.unanswered(reason)
    assert await at.state(ticket) is OwedState.WAITING


async def test_who_was_told_and_then_hangs_up_was_told(at: World) -> None:
    ticket = await at.resolved()
    owner = await at.rings()
    owner.press("1")
    await at.heard("enquiry_menu")
    owner.hang_up()
    await at.over()
    assert await at.state(ticket) is OwedState.ANSWERED


async def test_what_an_owner_was_told_waits_for_a_database_that_is_busy(
    at: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ivr.after.owner_calls.WRITE_TRIES_S", (0.0, 0.01))
    ticket = await at.resolved()
    owner = await at.rings()
    busy_at_first(monkeypatch, at.store.tickets, "move")
    owner.press("1")
    await at.heard("enquiry_menu")
    owner.hang_up()
    await at.over()
    assert (await at.ticket(ticket)).status is TicketStatus.FEEDBACK_GIVEN


async def test_who_says_still_not_solved_has_the_ticket_reopened(at: World) -> None:
    ticket = await at.resolved()
    owner = await at.rings()
    owner.press("1")
    await at.heard("enquiry_menu")
    owner.press("2")
    await at.heard("survey_reopen")
    owner.hang_up()
    await at.over()
    assert (await at.ticket(ticket)).status is TicketStatus.REOPENED


async def test_who_cries_for_help_gets_it_and_a_ticket_of_its_own(at: World) -> None:
    ticket = await at.resolved()
    await at.rings()
    at.session().on_heard(Heard("着火了", True, 0.0, 1.0))
    hits = at.session().language.lexicon.hits("着火了快救命")
    at.session().on_hits(hits)
    engineer = await at.at.exchange.rings("a")
    engineer.ring()
    tickets = (await at.store.tickets.list()).items
    fresh = next(each for each in tickets if each.id != ticket.id)
    assert (fresh.ticket_class, fresh.category) == ("urgent", "fire")
    assert (await at.ticket(ticket)).ticket_class != "urgent"


@pytest.mark.parametrize(
    "fields", [{"callback": ""}, {"news_by": NewsBy.NONE}], ids=["anonymous", "opted out"]
)
async def test_nothing_is_dialled_for(at: World, fields: dict[str, Any]) -> None:
    ticket = await at.resolved(**fields)
    await at.calls.look()
    assert at.at.exchange.rung == []
    states = [each.state for each in await at.store.owner_news.of_ticket(ticket.id)]
    assert states in ([], [OwedState.NOT_CALLED])


async def test_who_has_several_tickets_is_not_rung_for_one_after_the_other(at: World) -> None:
    first, second = await at.resolved(), await at.resolved()
    (await at.rings()).hang_up()
    await at.over()
    await at.calls.look()
    assert len(at.at.exchange.rung) == 1
    assert await at.state(first) is OwedState.DECLINED
    (news,) = await at.store.owner_news.of_ticket(second.id)
    assert (news.state, news.tries) == (OwedState.WAITING, ())
    assert news.next_at == at.clock.now() + timedelta(hours=1)
    await at.store.owner_news.agree(second.id, at.clock.now(), OPERATOR)  # is waited for
    await at.calls.look()
    await until(lambda: len(at.at.exchange.rung) == 2)


async def test_half_of_the_calls_to_a_number_are_kept_for_those_in_need(at: World) -> None:
    at.at.services.call_backs_a_day = 2
    ticket = await at.resolved()
    (await at.rings()).hang_up()
    await at.over()
    await at.clock.turn(timedelta(hours=2))
    again = await at.resolved()
    await at.calls.look()
    await at.over()
    assert await at.tries(again) == [TryOutcome.NOT_DIALLED]
    assert len(at.at.exchange.rung) == 1
    target = callback_target(ticket, at.at.services.dialling)
    assert await at.calls._call_backs.is_within_limit(target)


async def test_nobody_is_told_while_people_are_searched_for(at: World) -> None:
    ticket = await at.resolved()
    at.at.services.in_hand.add("a call")
    await at.calls.look()
    assert await at.state(ticket) is OwedState.WAITING
    at.at.services.in_hand.clear()
    (await at.rings()).hang_up()
    await at.over()


# -- messages ------------------------------------------------------------------------------


async def test_a_slow_service_keeps_no_call_waiting(
    at: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One look writes for some seconds, and the call is begun; the next goes on writing."""
    written = []

    async def send(urls: Sequence[str], notice: Notice) -> tuple[int, int]:
        written.append(notice)
        await at.clock.turn(timedelta(seconds=30))
        return len(urls), 0

    monkeypatch.setattr("ivr.after.owner_news.send_notice", send)
    for last in range(5):
        await at.resolved(callback=f"1380013900{last}", news_by=NewsBy.MESSAGE)
    await at.resolved()
    (await at.rings()).hang_up()
    assert len(written) == 1
    await at.over()
    for _ in range(4):
        await at.calls.look()
    assert len(written) == 5


async def test_who_wants_messages_is_written_to_once(
    at: World, sent: list[tuple[str, Notice]]
) -> None:
    ticket = await at.resolved(news_by=NewsBy.MESSAGE)
    for _ in range(2):
        await at.calls.look()
    ((url, notice),) = sent
    assert url == "json://sms.example/send?to=+8613800138000"
    assert ticket.number in notice.short
    assert "灯已经修好" in notice.short
    assert (await at.ticket(ticket)).status is TicketStatus.FEEDBACK_GIVEN
    assert at.at.exchange.rung == []


async def test_a_message_that_no_service_takes_is_tried_again(
    at: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def send(urls: Sequence[str], notice: Notice) -> tuple[int, int]:
        return 0, len(urls)

    monkeypatch.setattr("ivr.after.owner_news.send_notice", send)
    ticket = await at.resolved(news_by=NewsBy.MESSAGE)
    await at.calls.look()
    assert await at.state(ticket) is OwedState.WAITING
    assert await at.tries(ticket) == [TryOutcome.NOT_TAKEN]
    assert (await at.ticket(ticket)).status is TicketStatus.RESOLVED


async def test_nobody_is_written_to_at_night(at: World, sent: list[tuple[str, Notice]]) -> None:
    await at.clock.turn(timedelta(hours=8))
    await at.resolved(news_by=NewsBy.MESSAGE)
    await at.calls.look()
    assert sent == []


@pytest.mark.parametrize("topic", sorted(set(NewsTopic) - {NewsTopic.CALL_BACK}))
@pytest.mark.parametrize("language", ["zh-CN", "en", "ko"])
async def test_each_topic_has_its_message(at: World, topic: NewsTopic, language: str) -> None:
    from dataclasses import replace

    from ivr.after.owner_text import OwnerText

    ticket = await at.resolved()
    news = (await at.store.owner_news.of_ticket(ticket.id))[0]
    notice = OwnerText(ZONE).write(replace(news, topic=topic), ticket, language=language)
    assert ticket.number in notice.title
    assert len(notice.short) <= 201
    assert "{" not in notice.short + notice.body


# -- call backs ----------------------------------------------------------------------------


@pytest.mark.parametrize("ends", ["owner", "person", "stop"])
async def test_a_call_back_connects_the_owner_with_a_person(at: World, ends: str) -> None:
    ticket = await at.opened()
    await at.store.owner_news.agree(ticket.id, at.clock.now(), OPERATOR)
    await at.calls.look()
    owner = await called_back(at.at)
    await at.heard("call_back_offer")
    owner.press("1")
    engineer = await at.at.exchange.answered_by("a")
    assert (await at.ticket(ticket)).call_back  # not kept before they talk
    engineer.press("1")
    await until(lambda: at.session().conversation.media.bridged)
    await asyncio.sleep(3)
    if ends == "stop":
        await asyncio.sleep(10)
        assert await at.state(ticket) is OwedState.ANSWERED
    (engineer if ends == "person" else owner).hang_up()
    await at.over()
    assert await at.state(ticket) is OwedState.ANSWERED
    assert not (await at.ticket(ticket)).call_back


async def test_a_call_back_that_finds_nobody_of_ours_is_missed_and_not_made_again(
    at: World,
) -> None:
    ticket = await at.opened()
    await at.store.owner_news.agree(ticket.id, at.clock.now(), OPERATOR)
    await at.calls.look()
    owner = await called_back(at.at)
    await at.heard("call_back_offer")
    owner.press("1")
    engineer = await at.at.exchange.rings("a")
    engineer.refuse(CloseReason.BUSY)
    await at.heard("person_busy")
    owner.hang_up()
    await at.over()
    assert await at.state(ticket) is OwedState.GIVEN_UP
    await at.calls.look()
    assert [each.level for each in await at.store.reminders.for_ticket(ticket.id)] == ["call_back"]
    assert (await at.ticket(ticket)).call_back


def test_news_says_only_what_every_pack_has() -> None:
    from ivr.packs.pack import load_pack

    for language in ("zh-CN", "en", "ko"):
        names = load_pack(language).prompts.names
        for name in ("news_offer", "news_stopped", "call_back_offer", "call_back_agreed"):
            assert Prompt(name).name in names
