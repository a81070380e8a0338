"""The survey call: what the owner hears and does, and what that comes to."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from asr.live import Heard
from call_logs import Notice
from call_logs.calls import CallFilter
from call_logs.owners import OwedState, TryOutcome
from call_logs.storage import Keys, StoreBusy, StoreError
from call_logs.tickets import NewTicket, Ticket, TicketKind, TicketStatus, edit
from ivr.after import LateUrgency, OwnerCalls, SurveyErrand, SurveySettings
from ivr.after.review import Review
from ivr.call.answers import best_of
from ivr.call.opening import CallSettings, SessionMaker
from ivr.call.session import Session, Urgency
from ivr.dispatch.notice_text import NoticeText
from ivr.endpoint import CloseReason
from ivr.packs import load_pack
from ivr.packs.phrasebook import Prompt, Text
from tests.asr.speech import say
from tests.busy import busy_at_first
from tests.ivr.after.test_review import transcript
from tests.ivr.caller import URGENT, ZONE
from tests.ivr.conftest import opened_store
from tests.ivr.exchange import Site, Telephone, called_back, site, until
from tests.ivr.fakes import RATE_HZ
from tests.people import person
from tests.turned_clock import TurnedClock

NOON = datetime(2026, 11, 27, 7, tzinfo=UTC)  # three in the afternoon in Shanghai
OPERATOR = person("operator")


class World:
    """A site whose owners are called, at a time that the test turns."""

    def __init__(self, at: Site, clock: TurnedClock) -> None:
        self.at, self.store, self.clock = at, at.store, clock
        usual = at.services.languages["zh-CN"]
        menu = usual.pack.menu
        timing = replace(menu.timing, choice_s=1.0)  # a busy machine answers late
        pack = replace(usual.pack, menu=replace(menu, timing=timing))
        at.services.languages = {"zh-CN": replace(usual, pack=pack)}
        self._passed: list[Any] = []
        self.calls = self.a_program()

    def a_program(self, *, calls: bool = True) -> OwnerCalls:
        """As after a start: it knows of no ring."""
        settings = SurveySettings(calls=calls, notice_urls=("json://managers",))
        errand = SurveyErrand(self.at.services, settings, NoticeText(ZONE))
        return OwnerCalls(self.at.services, self.sessions(), self.at.finished, (errand,))

    def sessions(self) -> SessionMaker:
        return SessionMaker(
            CallSettings(
                "zh-CN", ZONE, Urgency(URGENT, sure=0.8, confirm=0.5, silence_is_yes=URGENT)
            ),
            store=self.store,
            languages=self.at.services.languages,
            models=lambda language: None,
            listeners=SimpleNamespace(),  # type: ignore[arg-type]
            reach=self.at.dispatcher,
        )

    async def told(self, **fields: Any) -> Ticket:
        """A ticket whose owner was told the result; the time of their call has come."""
        fields = {"callback": "13800138000", **fields}
        ticket = await self.store.tickets.open(NewTicket(TicketKind.REPAIR, **fields))
        steps = (TicketStatus.REGISTERED, TicketStatus.RESOLVED, TicketStatus.FEEDBACK_GIVEN)
        for status in steps:
            ticket = await self.store.tickets.move(
                ticket.id, status, OPERATOR, changes=edit(result="done")
            )
        await self.calls.look()
        await self.turn(ticket)
        return ticket

    async def turn(self, ticket: Ticket) -> None:
        survey = (await self.store.surveys.of_ticket(ticket.id))[0]
        assert survey.next_at is not None
        await self.clock.turn(survey.next_at - self.clock.now())

    async def rings(self) -> Telephone:
        await self.calls.look()
        return await called_back(self.at)

    async def unanswered(self, reason: CloseReason) -> None:
        """The telephone rings, and it comes to nothing."""
        await self.calls.look()
        async with asyncio.timeout(20):
            owner = await self.at.exchange._queue("+8613800138000").get()
        owner.ring()
        owner.refuse(reason)
        await self.over()

    async def heard(self, prompt: str) -> None:
        await self.at.told_people(prompt)
        # What follows is an answer to it and not to what came before.
        names = [getattr(said, "name", "") for said in self.at.people_book.said]
        self._passed += self.at.people_book.said[: names.index(prompt) + 1]
        del self.at.people_book.said[: names.index(prompt) + 1]

    def spoken(self) -> list[str]:
        """Free text that was spoken."""
        said = [*self._passed, *self.at.people_book.said]
        return [each.value for each in said if isinstance(each, Text)]

    async def over(self) -> None:
        await until(lambda: not self.calls._going)

    async def survey(self, ticket: Ticket) -> Any:
        return (await self.store.surveys.of_ticket(ticket.id))[0]

    async def outcomes(self, ticket: Ticket) -> list[TryOutcome | None]:
        return [each.outcome for each in (await self.survey(ticket)).tries]

    async def ticket(self, ticket: Ticket) -> Ticket:
        return await self.store.tickets.get(ticket.id)

    def session(self) -> Session:
        mine = self.at.caller.call.id
        return next(s for id_, s in self.at.services.sessions.items() if id_ != mine)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[Notice]:
    """What the managers are told."""
    notices: list[Notice] = []

    async def send(urls: Sequence[str], notice: Notice) -> tuple[int, int]:
        notices.extend([notice] * len(urls))
        return len(urls), 0

    monkeypatch.setattr("ivr.after.survey.send_notice", send)
    return notices


@asynccontextmanager
async def world(folder: Path, keys: Keys | None = None) -> AsyncIterator[World]:
    clock = TurnedClock(NOON)
    async with (
        opened_store(folder, keys, clock) as store,
        site(store, "a", number="13700137000") as at,
    ):
        at.services.ready.set()
        yield World(at, clock)


@pytest.fixture
async def at(tmp_path: Path, migrated: Path) -> AsyncIterator[World]:
    shutil.copy(migrated, tmp_path / "hotline.db")
    async with world(tmp_path) as made:
        yield made


async def test_a_score_by_key_is_the_tickets_step(at: World, sent: list[Notice]) -> None:
    ticket = await at.told()
    owner = await at.rings()
    await at.heard("survey_score")
    owner.press("4")
    await at.heard("survey_thanks")
    await at.over()
    after = await at.ticket(ticket)
    assert (after.status, after.satisfaction) == (TicketStatus.SURVEYED, 4)
    assert await at.outcomes(ticket) == [TryOutcome.ANSWERED]
    (call,) = (await at.store.calls.list(CallFilter(ticket_id=ticket.id))).items
    assert at.at.sealed == [call.id]  # recorded, and on its way to be transcribed
    await at.calls.look()
    assert sent == []


async def test_a_low_score_reopens_and_the_managers_are_told_once(
    at: World, sent: list[Notice]
) -> None:
    ticket = await at.told()
    owner = await at.rings()
    await at.heard("survey_score")
    owner.press("2")
    await at.heard("survey_reopen")
    await at.over()
    assert (await at.ticket(ticket)).status is TicketStatus.REOPENED
    for _ in range(2):
        await at.calls.look()
    assert [notice.title for notice in sent] == [f"业主不满意：2分（工单{ticket.number}）"]


async def test_a_score_is_kept_however_soon_the_owner_hangs_up(at: World) -> None:
    ticket = await at.told()
    owner = await at.rings()
    await at.heard("survey_score")
    owner.press("5")
    owner.hang_up()
    await at.over()
    assert (await at.ticket(ticket)).satisfaction == 5
    assert (await at.survey(ticket)).state is OwedState.ANSWERED


@pytest.mark.parametrize(
    "said", ["等一下", "请等一下", "哪一位", "等我一分钟", "五楼", "十五号", "phone", "good day"]
)
def test_words_that_hold_a_number_are_no_score(said: str) -> None:
    """A 1 would open the ticket again and alarm the managers."""
    for language in ("zh-CN", "en"):
        spoken = load_pack(language).menu.spoken
        assert best_of(said, spoken.scores, spoken.polite) is None


@pytest.mark.parametrize(
    ("said", "score"), [("一", 1), ("嗯五分吧", 5), ("我给五分", 5), ("两分", 2), ("我很满意", 5)]
)
def test_a_score_with_polite_words_is_one(said: str, score: int) -> None:
    spoken = load_pack("zh-CN").menu.spoken
    assert best_of(said, spoken.scores, spoken.polite) == score - 1


@pytest.mark.parametrize(
    ("said", "score"), [("不满意", 2), ("非常满意", 5), ("五分", 5), ("一般吧", 3), ("很不满意", 1)]
)
async def test_a_score_may_be_said(at: World, said: str, score: int) -> None:
    ticket = await at.told()
    owner = await at.rings()
    await at.heard("survey_score")
    at.session().on_heard(Heard(said, True, 0.0, 1.0))
    await at.heard("survey_comment")
    owner.hang_up()
    await at.over()
    assert (await at.ticket(ticket)).satisfaction == score


async def test_a_remark_stands_in_the_ticket_and_its_transcript_takes_its_place(
    at: World,
) -> None:
    ticket = await at.told()
    owner = await at.rings()
    await at.heard("survey_score")
    owner.voice = b""
    owner.press("3")
    await at.heard("tone")
    session = at.session()
    words, step = say("师傅来得太慢，请快一点"), RATE_HZ * 2 // 5
    for start in range(0, len(words), step):
        owner.speak(words[start : start + step])
        await asyncio.sleep(0.02)
    session.on_heard(Heard("师傅来得太慢", True, 1.0, 2.0))
    await at.heard("survey_thanks")
    await at.over()
    assert (await at.ticket(ticket)).remark == "师傅来得太慢"
    assert (await at.ticket(ticket)).text == ""  # of the complaint: nothing was added
    review = Review(at.store, at.at.services.languages, "zh-CN")
    await at.store.calls.flush()
    await review(session.call_id, _whole_call(session.call_id, "师傅来得太慢了"))
    assert (await at.ticket(ticket)).remark == "师傅来得太慢了"
    await at.store.tickets.update(ticket.id, OPERATOR, edit(remark="by hand"))
    await review(session.call_id, _whole_call(session.call_id, "又一次"))
    assert (await at.ticket(ticket)).remark == "by hand"


def _whole_call(call_id: str, text: str) -> Any:
    made = transcript(call_id, text)
    return made.__class__(
        **{
            **vars(made),
            "words": tuple(word.__class__(word.text, 0.0, 1000.0, 1.0) for word in made.words),
        }
    )


@pytest.mark.parametrize(
    ("reason", "outcome"),
    [
        (CloseReason.BUSY, TryOutcome.BUSY),
        (CloseReason.DECLINED, TryOutcome.BUSY),
        (CloseReason.NO_ANSWER, TryOutcome.NO_ANSWER),
        (CloseReason.UNREACHABLE, TryOutcome.LOST),
    ],
)
async def test_who_is_not_reached_is_rung_at_other_hours_and_then_no_more(
    at: World, reason: CloseReason, outcome: TryOutcome
) -> None:
    ticket = await at.told()
    for _ in range(3):
        await at.unanswered(reason)
        if (await at.survey(ticket)).state is OwedState.WAITING:
            await at.calls.look()  # not again in this hour
            await at.turn(ticket)
    survey = await at.survey(ticket)
    assert survey.state is OwedState.GIVEN_UP
    assert [each.outcome for each in survey.tries] == [outcome] * 3
    assert len({each.at.astimezone(ZONE).hour for each in survey.tries}) == 3
    assert len(at.at.exchange.rung) == 3


async def test_who_hangs_up_without_a_score_is_not_asked_again(at: World) -> None:
    ticket = await at.told()
    owner = await at.rings()
    await at.heard("survey_score")
    owner.hang_up()
    await at.over()
    assert (await at.survey(ticket)).state is OwedState.DECLINED


async def test_who_hangs_up_is_not_asked_again_though_the_database_is_busy_then(
    at: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ivr.after.owner_calls.WRITE_TRIES_S", (0.0, 0.01))
    ticket = await at.told()
    owner = await at.rings()
    await at.heard("survey_score")
    busy_at_first(monkeypatch, at.store.surveys, "finish")
    owner.hang_up()
    await at.over()
    await at.calls.look()
    assert (await at.survey(ticket)).state is OwedState.DECLINED


async def test_a_machine_that_picks_up_and_says_nothing_is_a_try(at: World) -> None:
    ticket = await at.told()
    await at.rings()
    await at.heard("goodbye")
    await at.over()
    assert await at.outcomes(ticket) == [TryOutcome.SILENT]
    assert (await at.ticket(ticket)).status is TicketStatus.FEEDBACK_GIVEN


async def test_a_wrong_key_is_told_and_asked_again(at: World) -> None:
    ticket = await at.told()
    owner = await at.rings()
    await at.heard("survey_score")
    owner.press("8")
    await at.heard("wrong_key")
    await at.heard("survey_score")
    owner.press("5")
    await at.heard("survey_comment")
    owner.hang_up()
    await at.over()
    assert (await at.ticket(ticket)).satisfaction == 5


async def test_who_cries_for_help_in_a_survey_gets_it_and_a_ticket_of_its_own(at: World) -> None:
    ticket = await at.told()
    await at.rings()
    await at.heard("survey_score")
    session = at.session()
    session.on_hits(session.language.lexicon.hits("着火了，快救命"))
    helper = await at.at.exchange.accepted_by("a")
    await until(lambda: session.draft.ticket is not None)
    fresh = await at.store.tickets.for_call(session.call_id)
    assert fresh is not None
    assert (fresh.id != ticket.id, fresh.category) == (True, "fire")
    assert fresh.caller == "+8613800138000"
    helper.hang_up()
    session.conversation.call.hang_up()  # type: ignore[attr-defined]
    await at.over()
    assert (await at.ticket(ticket)).status is TicketStatus.FEEDBACK_GIVEN


async def test_key_0_leads_to_a_person(at: World) -> None:
    await at.told()
    owner = await at.rings()
    await at.heard("survey_score")
    owner.press("0")
    await at.heard("person_connecting")
    await at.at.exchange.rings("a")
    owner.hang_up()
    await at.over()


async def test_key_0_leads_to_a_person_while_a_remark_is_asked_for(at: World) -> None:
    ticket = await at.told()
    owner = await at.rings()
    await at.heard("survey_score")
    owner.press("4")
    await at.heard("survey_comment")
    owner.press("0")
    await at.heard("person_connecting")
    await at.at.exchange.rings("a")
    owner.hang_up()
    await at.over()
    assert (await at.ticket(ticket)).satisfaction == 4


async def test_a_key_that_answers_something_else_is_no_score(at: World) -> None:
    ticket = await at.told()
    owner = await at.rings()
    await at.heard("survey_score")
    owner.press("0")
    await at.heard("person_connecting")
    await at.at.exchange.rings("a")
    owner.press("1")
    owner.hang_up()
    await at.over()
    now = await at.ticket(ticket)
    assert (now.satisfaction, now.status) == (None, TicketStatus.FEEDBACK_GIVEN)


@pytest.mark.parametrize(
    "fields",
    [
        {"no_survey": True},
        {"callback": ""},  # a number that was withheld, and none left
        {"callback": "119"},
        {"callback": "8001"},
    ],
)
async def test_nothing_is_dialled_for(at: World, fields: dict[str, Any]) -> None:
    ticket = await at.told(**fields)
    await at.calls.look()
    await at.over()
    assert (await at.survey(ticket)).state is OwedState.NOT_CALLED
    assert at.at.exchange.rung == []


async def test_a_person_who_was_quicker_keeps_his_score_and_the_owners_stands_in_the_history(
    at: World,
) -> None:
    ticket = await at.told()
    owner = await at.rings()
    await at.heard("survey_score")
    await at.store.tickets.move(
        ticket.id, TicketStatus.SURVEYED, OPERATOR, changes=edit(satisfaction=4)
    )
    owner.press("1")
    await at.heard("survey_comment")
    owner.hang_up()
    await at.over()
    assert (await at.ticket(ticket)).satisfaction == 4
    notes = [each.note for each in await at.store.tickets.history(ticket.id)]
    assert "on the telephone the owner gave 1 of 5" in notes


async def test_a_score_waits_for_a_database_that_is_busy(
    at: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ivr.after.owner_calls.WRITE_TRIES_S", (0.0, 0.01, 0.01))
    ticket = await at.told()
    owner = await at.rings()
    await at.heard("survey_score")
    busy_at_first(monkeypatch, at.store.tickets, "move", times=2)
    owner.press("5")
    await at.heard("survey_comment")
    owner.hang_up()
    await at.over()
    assert (await at.ticket(ticket)).satisfaction == 5


async def test_who_gave_a_score_that_could_not_be_kept_has_not_declined(
    at: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ivr.after.owner_calls.WRITE_TRIES_S", (0.0, 0.01))
    ticket = await at.told()
    owner = await at.rings()
    await at.heard("survey_score")

    async def moves(*args: Any, **options: Any) -> Ticket:
        raise StoreBusy("busy")

    monkeypatch.setattr(at.store.tickets, "move", moves)
    owner.press("5")
    await at.heard("survey_comment")
    owner.hang_up()
    await at.over()
    assert (await at.survey(ticket)).state is OwedState.WAITING


async def test_the_second_score_waits_for_a_database_that_is_busy(
    at: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ivr.after.owner_calls.WRITE_TRIES_S", (0.0, 0.01))
    ticket = await at.told()
    owner = await at.rings()
    await at.heard("survey_score")
    await at.store.tickets.move(
        ticket.id, TicketStatus.SURVEYED, OPERATOR, changes=edit(satisfaction=4)
    )
    busy_at_first(monkeypatch, at.store.tickets, "note")
    owner.press("1")
    await at.heard("survey_comment")
    owner.hang_up()
    await at.over()
    history = [each.note for each in await at.store.tickets.history(ticket.id)]
    assert "on the telephone the owner gave 1 of 5" in history


async def test_no_survey_is_dialled_while_people_are_searched_for(at: World) -> None:
    ticket = await at.told()
    at.at.services.in_hand.add("a call")
    await at.calls.look()
    assert (await at.survey(ticket)).state is OwedState.WAITING
    at.at.services.in_hand.clear()
    owner = await at.rings()
    owner.hang_up()
    await at.over()


async def test_one_survey_is_on_the_line_at_a_time(at: World) -> None:
    await at.told()
    await at.told()
    await at.calls.look()
    await at.calls.look()
    owner = await called_back(at.at)
    assert len(at.at.exchange.rung) == 1
    owner.hang_up()
    await at.over()
    await at.calls.look()
    await until(lambda: len(at.at.exchange.rung) == 2)


async def test_after_a_stop_in_the_middle_of_a_call_the_owner_is_asked_at_another_hour(
    at: World,
) -> None:
    ticket = await at.told()
    await at.rings()
    await at.heard("survey_score")
    again = at.a_program()  # which knows nothing of the ring, as after kill -9
    await again.look()
    survey = await at.survey(ticket)
    assert survey.state is OwedState.WAITING
    assert [each.outcome for each in survey.tries] == [TryOutcome.INTERRUPTED]
    await again.look()
    assert len(at.at.exchange.rung) == 1


@pytest.mark.parametrize("scored", [False, True], ids=["due", "low score"])
async def test_one_ticket_that_cannot_be_read_keeps_no_other_owner_from_being_asked(
    at: World, monkeypatch: pytest.MonkeyPatch, scored: bool
) -> None:
    broken = await at.told()
    if scored:
        await at.store.tickets.move(
            broken.id, TicketStatus.SURVEYED, OPERATOR, changes=edit(satisfaction=1)
        )
    get, look = at.store.tickets.get, at.calls.look

    async def gets(ticket_id: int) -> Ticket:
        if ticket_id == broken.id:
            raise StoreError("a text cannot be opened")
        return await get(ticket_id)

    async def looks() -> None:
        with pytest.raises(StoreError):
            await look()

    monkeypatch.setattr(at.store.tickets, "get", gets)
    monkeypatch.setattr(at.calls, "look", looks)
    ticket = await at.told()
    owner = await at.rings()
    assert (await at.survey(ticket)).state is OwedState.CALLING
    owner.hang_up()
    await at.over()


async def test_without_calls_the_managers_still_hear_of_a_low_score(
    at: World, sent: list[Notice]
) -> None:
    at.calls = at.a_program(calls=False)
    ticket = await at.store.tickets.open(NewTicket(TicketKind.REPAIR, callback="13800138000"))
    for status in (
        TicketStatus.REGISTERED,
        TicketStatus.RESOLVED,
        TicketStatus.FEEDBACK_GIVEN,
        TicketStatus.SURVEYED,
    ):
        await at.store.tickets.move(
            ticket.id, status, OPERATOR, changes=edit(result="done", satisfaction=1)
        )
    await at.calls.look()
    assert len(sent) == 1
    assert at.at.exchange.rung == []


def test_a_survey_says_only_what_every_pack_has() -> None:
    from ivr.packs.pack import load_pack

    for language in ("zh-CN", "en", "ko"):
        pack = load_pack(language)
        assert len(pack.menu.spoken.scores) == 5
        assert Prompt("survey_intro").name in pack.prompts.names


@pytest.mark.parametrize("remark", [False, True])
async def test_a_cry_for_help_that_only_the_transcript_of_a_survey_tells_is_the_owners(
    at: World, remark: bool
) -> None:
    """Without live recognition: whoever accepts must reach the owner and not ourselves."""
    ticket = await at.told()
    owner = await at.rings()
    await at.heard("survey_score")
    session = at.session()
    if remark:
        owner.voice = b""
        owner.press("3")
        await at.heard("tone")
        for _ in range(5):
            owner.speak(say("请快一点")[: RATE_HZ * 2])
            await asyncio.sleep(0.02)
    owner.hang_up()
    await at.over()
    await at.store.calls.flush()
    urgency = Urgency(URGENT, sure=0.8, confirm=0.5, silence_is_yes=URGENT)
    followed: list[str] = []

    async def follow_up(dispatch_id: str) -> None:
        followed.append(dispatch_id)

    late = LateUrgency(at.store, urgency, follow_up=follow_up)
    review = Review(at.store, at.at.services.languages, "zh-CN", late=late)
    await review(session.call_id, _whole_call(session.call_id, "着火了快救命"))
    fresh = await at.store.tickets.for_call(session.call_id)
    assert fresh is not None
    assert (fresh.id != ticket.id, fresh.category, len(followed)) == (True, "fire", 1)
    assert (fresh.caller, fresh.callback) == ("+8613800138000", "+8613800138000")
