"""The follow-up's own rules: whom it may call, and when it stops."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from call_logs import Store
from call_logs.calls import OUTGOING, CallEventKind, CallFilter, NewCall
from call_logs.dispatches import (
    AcknowledgedVia,
    AttemptStatus,
    CalledBack,
    DispatchReason,
    DispatchStatus,
    NoticeSent,
    Order,
)
from call_logs.jobs import RoundResult
from call_logs.recordings import RecordingStatus, TranscriptData, TranscriptWord
from call_logs.roster import Dialling, EntryKind
from call_logs.storage import StoreBusy
from call_logs.tickets import NewTicket, Ticket, TicketClass, TicketKind, TicketStatus, edit
from call_logs.users import HOTLINE
from ivr.after.follow_up import FollowUp
from ivr.after.late_urgency import LateUrgency
from ivr.after.review import Review
from ivr.call.session import Urgency
from ivr.dispatch.call_back import callback_target, without_owner
from ivr.endpoint import CallState, CloseReason
from tests.ivr.exchange import Site, Telephone, site, until
from tests.people import person

RECORDED_S = 0.6  # the clock waits 0.3 s for a side that sends no sound


@pytest.fixture
async def at(store: Store) -> AsyncIterator[Site]:
    async with site(store, "a") as made:
        made.services.ready.set()
        yield made


async def opened(store: Store, **fields: Any) -> tuple[Ticket, str]:
    ticket = await store.tickets.open(
        NewTicket(TicketKind.EMERGENCY, TicketClass.URGENT, category="fire", **fields)
    )
    policy = (await store.roster.current()).policy("fire")
    return ticket, (await store.dispatches.open(ticket.id, policy, actor=HOTLINE)).id


@pytest.fixture
def long_talk(monkeypatch: pytest.MonkeyPatch) -> None:
    """However soon somebody leaves, they have talked long enough."""
    monkeypatch.setattr("ivr.dispatch.bridge.EARLY_S", 0.0)


@pytest.mark.parametrize(
    ("callback", "caller", "target"),
    [
        ("13912345678", "13800138000", "+8613912345678"),
        ("", "13800138000", "+8613800138000"),
        ("8001", "", ""),  # an extension: only where a setting allows it
        ("+1 900 555 1234", "13800138000", "+8613800138000"),
        ("119", "13800138000", "+8613800138000"),  # a public service: never from a machine
        ("110", "120", ""),
        ("sip:boss@elsewhere", "8001", ""),  # only numbers are called back
        ("", "lobby", ""),
        ("", "a b", ""),
        ("", "", ""),
    ],
)
async def test_the_owner_is_called_on_a_number_that_may_be_dialled(
    store: Store, callback: str, caller: str, target: str
) -> None:
    ticket, _ = await opened(store, callback=callback, caller=caller)
    assert callback_target(ticket, Dialling("CN")) == target


@pytest.mark.parametrize(
    ("callback", "caller", "is_line", "settings", "target"),
    [
        ("8001", "", False, {"call_back_extensions": True}, "8001"),
        ("", "lobby", False, {"call_back_extensions": True}, "lobby"),
        ("9001", "lobby", False, {"call_back_extensions": True}, "lobby"),
        ("", "8123", True, {}, "8123"),  # a lift that is on the roster, with somebody in it
        ("8001", "8123", True, {}, "8123"),  # but not another one that they keyed
    ],
)
async def test_a_caller_inside_the_pbx_is_called_back_where_that_is_allowed(
    store: Store,
    callback: str,
    caller: str,
    is_line: bool,
    settings: dict[str, bool],
    target: str,
) -> None:
    ticket, _ = await opened(store, callback=callback, caller=caller)
    dialling = Dialling("CN", extensions=(r"8\d{3}",), **settings)  # type: ignore[arg-type]
    assert callback_target(ticket, dialling, is_line=is_line) == target


async def test_a_number_that_no_page_may_show_is_called_back_and_still_not_shown(
    at: Site, store: Store
) -> None:
    store.calls.begin(NewCall(id="a" * 32, withheld="13800138000", trunk="fake"))
    await store.calls.flush()
    ticket, dispatch_id = await opened(store, call_id="a" * 32)
    assert (ticket.caller, ticket.callback) == ("", "")
    at.services.call_backs_a_day = 1
    for _ in range(2):  # the second is one too many today
        telling = asyncio.create_task(_follow_up(at).tell_owner(dispatch_id))
        await until(lambda: at.exchange.rung == ["+8613800138000"])
        await asyncio.sleep(0.1)
        telling.cancel()
        await asyncio.gather(telling, return_exceptions=True)
        await store.calls.flush()
    assert at.exchange.rung == ["+8613800138000"]
    calls = (await store.calls.list(CallFilter(ticket_id=ticket.id))).items
    (call,) = (call for call in calls if call.direction == OUTGOING)
    assert (call.callee, call.number) == ("", "")
    assert await store.calls.withheld(call.id) == "+8613800138000"


async def test_one_number_is_called_back_so_often_a_day_and_not_more(
    at: Site, store: Store
) -> None:
    _, dispatch_id = await opened(store, callback="13912345678", caller="13800138000")
    at.services.call_backs_a_day = 2
    for number in range(3):
        store.calls.begin(
            NewCall(
                id=f"{number:032x}",
                callee="+8613912345678",
                direction=OUTGOING,
                # yesterday's does not count
                started_at=store.clock.now() - timedelta(hours=25 if number == 0 else 2),
            )
        )
    await store.calls.flush()
    follow_up = _follow_up(at)
    await follow_up.tell_owner(dispatch_id)
    assert at.exchange.rung == []
    steps = await store.dispatches.timeline(dispatch_id)
    told = [step.what for step in steps if isinstance(step.what, CalledBack)]
    assert told == [CalledBack(answered=False, number=False)]
    at.services.call_backs_a_day = 3
    _, dispatch_id = await opened(store, callback="13912345678", caller="13800138000")
    telling = asyncio.create_task(follow_up.tell_owner(dispatch_id))
    await until(lambda: at.exchange.rung == ["+8613912345678"])
    telling.cancel()
    await asyncio.gather(telling, return_exceptions=True)


async def test_who_accepts_a_round_waits_for_the_owner_and_they_talk(
    at: Site, store: Store, long_talk: None
) -> None:
    _, dispatch_id = await opened(store, caller="13800138000")
    round_ = asyncio.create_task(_follow_up(at).round(dispatch_id, 1))
    telephone = await at.exchange.accepted_by("a")
    await at.told_people("followup_owner_connect")
    owner = await _owner(at)
    owner.pick_up()
    await _talking(at)
    telephone.hang_up()
    assert await round_ is RoundResult.ACCEPTED
    await until(lambda: owner.close_reason is not None)
    assert (await store.dispatches.get(dispatch_id)).status is DispatchStatus.CLOSED
    assert await _outcomes(store, dispatch_id) == ["ended"]


async def test_a_call_back_is_a_call_of_its_ticket_with_a_log_and_a_recording(
    at: Site, store: Store
) -> None:
    ticket, dispatch_id = await opened(store, caller="13800138000")
    round_ = asyncio.create_task(_follow_up(at).round(dispatch_id, 1))
    await at.exchange.accepted_by("a")
    owner = await _owner(at)
    assert _live(store, owner) == ("out", "+8613800138000", "called_back")
    owner.pick_up()
    await _talking(at)
    assert _live(store, owner) == ("out", "+8613800138000", "talk")
    assert owner.patience_s == 60  # still somebody in need: not soon taken for gone
    await asyncio.sleep(RECORDED_S)
    owner.hang_up()
    assert await round_ is RoundResult.ACCEPTED
    assert _live(store, owner) is None
    assert at.sealed == [owner.id]
    await store.calls.flush()
    call = await store.calls.get(owner.id)
    assert (call.direction, call.number, call.ticket_id) == ("out", "+8613800138000", ticket.id)
    assert call.answered_at is not None
    assert call.end_reason == "remote"
    events = {event.kind: event.data for event in await store.calls.events(owner.id)}
    assert list(events) == ["answered", "recording", "bridge", "hangup"]
    assert events[CallEventKind.BRIDGE] == {"person": "a"}
    assert events[CallEventKind.HANGUP]["by"] == "owner"
    (recording,) = await store.recordings.for_call(owner.id)
    assert recording.status is RecordingStatus.SEALED
    assert recording.duration_s > 0
    assert await store.tickets.for_call(owner.id) == await store.tickets.get(ticket.id)


async def test_an_owner_who_does_not_answer_is_told_to_the_engineer(at: Site, store: Store) -> None:
    ticket, dispatch_id = await opened(store, caller="13800138000")
    round_ = asyncio.create_task(_follow_up(at).round(dispatch_id, 1))
    await at.exchange.accepted_by("a")
    (await _owner(at)).refuse(CloseReason.NO_ANSWER)
    await at.told_people("owner_no_answer")
    assert await round_ is RoundResult.ACCEPTED
    await store.calls.flush()
    (call,) = (await store.calls.list(CallFilter(ticket_id=ticket.id))).items
    assert (call.answered_at, call.end_reason) == (None, "no_answer")
    where_told = replace(ticket, building="3", area="")
    assert [each.name for each in without_owner(where_told)] == ["owner_no_answer", "go_there"]
    nowhere = replace(ticket, building="", area="电梯")  # they cannot go there
    assert [each.name for each in without_owner(nowhere)] == [
        "owner_no_answer",
        "place_unknown",
        "owner_number",
    ]
    assert at.sealed == []
    assert await _outcomes(store, dispatch_id) == ["ended"]


@pytest.mark.parametrize("announce", [True, False])
async def test_the_owner_is_told_that_the_call_back_is_recorded(
    at: Site, store: Store, announce: bool
) -> None:
    _, dispatch_id = await opened(store, caller="13800138000")
    follow_up = FollowUp(
        at.services, notice_urls=(), public_url="", on_finished=at.finished, announce=announce
    )
    await store.dispatches.acknowledge(dispatch_id, person("li"), AcknowledgedVia.LINK)
    telling = asyncio.create_task(follow_up.tell_owner(dispatch_id))
    (await _owner(at)).pick_up()
    await telling
    assert at.told() == ["followup_owner", *(["recorded_notice"] if announce else [])]
    assert (await store.dispatches.get(dispatch_id)).status is DispatchStatus.CLOSED


async def test_the_keys_of_the_talk_are_told_while_the_owners_telephone_rings(
    at: Site, store: Store
) -> None:
    _, dispatch_id = await opened(store, caller="13800138000")
    round_ = asyncio.create_task(_follow_up(at).round(dispatch_id, 1))
    await at.exchange.accepted_by("a")
    owner = await _owner(at)
    await at.told_people("engineer_bridge_keys")
    assert owner.state is CallState.OUTGOING
    owner.refuse(CloseReason.BUSY)
    await round_


async def test_who_leaves_the_owner_at_once_has_not_helped_and_the_next_one_is_rung(
    store: Store,
) -> None:
    async with site(store, "a", "b") as at:
        at.services.ready.set()
        _, dispatch_id = await opened(store, caller="13800138000")
        round_ = asyncio.create_task(_follow_up(at).round(dispatch_id, 1))
        telephone = await at.exchange.accepted_by("a")
        owner = await _owner(at)
        owner.pick_up()
        await _talking(at)
        telephone.hang_up()
        await at.told_people("dispatch_engineer_lost")
        await until(lambda: owner.close_reason is CloseReason.LOCAL)
        assert at.told()[-1] == "dispatch_news"
        await at.exchange.accepted_by("b")
        again = await _owner(at)
        again.pick_up()
        await _talking(at)
        again.hang_up()
        assert await round_ is RoundResult.ACCEPTED
        assert await _outcomes(store, dispatch_id) == ["dropped", "ended"]
        dispatch = await store.dispatches.get(dispatch_id)
        assert (dispatch.person, dispatch.acknowledged_by) == ("b", "b")
        await store.calls.flush()
        calls = (await store.calls.list(CallFilter(ticket_id=dispatch.ticket_id))).items
        assert [call.id for call in calls] == [again.id, owner.id]


async def test_when_the_only_one_passes_the_owner_on_the_rounds_go_on(
    at: Site, store: Store
) -> None:
    _, dispatch_id = await opened(store, caller="13800138000")
    follow_up = _follow_up(at)
    round_ = asyncio.create_task(follow_up.round(dispatch_id, 1))
    telephone = await at.exchange.accepted_by("a")
    owner = await _owner(at)
    owner.pick_up()
    await _talking(at)
    telephone.press("*2")
    await at.told_people("engineer_passed")
    await at.told_people("dispatch_news")
    assert await round_ is RoundResult.NOBODY
    assert await _outcomes(store, dispatch_id) == ["passed_on"]
    dispatch = await store.dispatches.get(dispatch_id)
    assert (dispatch.status, dispatch.person) == (DispatchStatus.UNANSWERED, "")
    assert not await follow_up.taken(dispatch_id)
    await until(lambda: telephone.close_reason is not None and not at.services.engaged)
    next_round = asyncio.create_task(follow_up.round(dispatch_id, 2))
    (await at.exchange.rings("a")).refuse(CloseReason.BUSY)
    (await _owner(at)).refuse(CloseReason.BUSY)
    assert await next_round is RoundResult.NOBODY


async def test_an_acceptance_that_was_given_back_counts_for_nothing_on_a_busy_store(
    at: Site, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, dispatch_id = await opened(store, caller="13800138000")
    round_ = asyncio.create_task(_follow_up(at).round(dispatch_id, 1))
    telephone = await at.exchange.accepted_by("a")
    owner = await _owner(at)
    owner.pick_up()
    await _talking(at)
    move, busy = store.dispatches.move, True

    async def busy_move(*args: Any, **fields: Any) -> Any:
        if busy:
            raise StoreBusy("the database is locked")
        return await move(*args, **fields)

    monkeypatch.setattr(store.dispatches, "move", busy_move)
    telephone.press("*2")
    await asyncio.sleep(2.0)  # longer than a search waits for a line
    assert not round_.done()
    busy = False
    assert await round_ is RoundResult.NOBODY
    assert not await _follow_up(at).taken(dispatch_id)


async def test_rounds_go_on_while_the_store_is_away_and_an_old_acceptance_ends_none(
    at: Site, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ivr.after.follow_up.SETTLE_S", 0.2)
    follow_up = _follow_up(at)
    _, dispatch_id = await opened(store, caller="13800138000")
    round_ = asyncio.create_task(follow_up.round(dispatch_id, 1))
    telephone = await at.exchange.accepted_by("a")
    (await _owner(at)).pick_up()
    await _talking(at)
    with monkeypatch.context() as locked:
        _lock(locked, store)
        telephone.press("*2")
        assert await round_ is RoundResult.NOBODY
        assert not await follow_up.taken(dispatch_id)
        for number in (2, 3):
            again = asyncio.create_task(follow_up.round(dispatch_id, number))
            (await at.exchange.rings("a")).refuse(CloseReason.BUSY)
            assert await again is RoundResult.NOBODY
    await follow_up._log(dispatch_id).settled()
    assert (await store.dispatches.get(dispatch_id)).status is DispatchStatus.UNANSWERED
    assert not await follow_up.taken(dispatch_id)
    rings = [ring.status for ring in await store.dispatches.attempts(dispatch_id)]
    assert rings == [AttemptStatus.PASSED_ON, AttemptStatus.BUSY, AttemptStatus.BUSY]


async def test_who_accepts_while_the_store_is_away_has_it_before_the_round_is_over(
    at: Site, store: Store, long_talk: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ivr.after.follow_up.SETTLE_S", 0.2)
    _, dispatch_id = await opened(store, caller="13800138000")
    with monkeypatch.context() as locked:
        _lock(locked, store)
        round_ = asyncio.create_task(_follow_up(at).round(dispatch_id, 1))
        await at.exchange.accepted_by("a")
        owner = await _owner(at)
        owner.pick_up()
        await _talking(at)
        owner.hang_up()
        await until(lambda: not at.exchange.calls)
        await asyncio.sleep(2.0)  # longer than a search waits for a line
        assert not round_.done()  # an open dispatch without a round would be given one
    assert await round_ is RoundResult.ACCEPTED
    assert (await store.dispatches.get(dispatch_id)).status is DispatchStatus.CLOSED


def _lock(locked: pytest.MonkeyPatch, store: Store) -> None:
    """Nothing of a search can be written down any more."""

    async def away(*_: Any, **__: Any) -> Any:
        raise StoreBusy("the database is locked")

    for name in ("attempt", "outcome", "accept", "move", "note"):
        locked.setattr(store.dispatches, name, away)


async def test_star_1_calls_a_second_person_into_the_follow_ups_talk(store: Store) -> None:
    async with site(store, "a", "b") as at:
        at.services.ready.set()
        _, dispatch_id = await opened(store, caller="13800138000")
        round_ = asyncio.create_task(_follow_up(at).round(dispatch_id, 1))
        telephone = await at.exchange.answered_by("a")
        await at.told_people("followup_keys")
        telephone.press("1")
        owner = await _owner(at)
        owner.pick_up()
        await _talking(at)
        telephone.press("*1")
        second = await at.exchange.answered_by("b")
        await at.told_people("engineer_urgent")
        second.press("1")
        await at.told_people("engineer_second_joined")
        assert at.told().count("followup_engineer") == 1  # for them it is taken already
        telephone.hang_up()  # those two talk on
        await until(lambda: telephone.close_reason is not None)
        assert second.close_reason is None
        owner.hang_up()
        assert await round_ is RoundResult.ACCEPTED
        assert await _outcomes(store, dispatch_id) == ["ended", "ended"]
        assert (await store.dispatches.get(dispatch_id)).person == "a"


async def test_who_accepts_and_does_not_wait_has_it_and_the_owner_is_told(
    at: Site, store: Store
) -> None:
    _, dispatch_id = await opened(store, caller="13800138000")
    round_ = asyncio.create_task(_follow_up(at).round(dispatch_id, 1))
    telephone = await at.exchange.accepted_by("a")
    owner = await _owner(at)
    telephone.hang_up()
    owner.pick_up()
    assert await round_ is RoundResult.ACCEPTED
    assert "followup_owner" in at.told()
    assert "dispatch_engineer_lost" not in at.told()
    assert await _outcomes(store, dispatch_id) == ["ended"]


async def test_an_owner_who_hangs_up_during_the_news_is_told_to_the_engineer(
    at: Site, store: Store
) -> None:
    _, dispatch_id = await opened(store, caller="13800138000")
    round_ = asyncio.create_task(_follow_up(at).round(dispatch_id, 1))
    await at.exchange.accepted_by("a")
    owner = await _owner(at)
    owner.pick_up()
    await at.told_people("followup_owner")
    owner.hang_up()
    await at.told_people("owner_no_answer")
    assert await round_ is RoundResult.ACCEPTED


async def test_an_owner_who_waits_is_told_once_that_the_search_goes_on(
    at: Site, store: Store
) -> None:
    _, dispatch_id = await opened(store, caller="13800138000")
    for number in (1, 2, 3, 4):
        # Each round may be the first of a new process.
        round_ = asyncio.create_task(_follow_up(at).round(dispatch_id, number))
        (await at.exchange.rings("a")).refuse(CloseReason.NO_ANSWER)
        if number == 2:
            owner = await _owner(at)
            owner.pick_up()
        assert await round_ is RoundResult.NOBODY
    assert at.told().count("followup_owner_waiting") == 1
    assert at.exchange.rung.count("+8613800138000") == 1
    steps = await store.dispatches.timeline(dispatch_id)
    (told,) = [step.what for step in steps if isinstance(step.what, CalledBack)]
    assert told == CalledBack(answered=True, waiting=True)
    assert at.sealed == [owner.id]
    assert owner.close_reason is CloseReason.LOCAL


async def test_an_owner_who_cannot_be_told_that_the_search_goes_on_is_tried_once_more(
    at: Site, store: Store
) -> None:
    _, dispatch_id = await opened(store, caller="13800138000")
    for number in (1, 2, 3, 4):
        round_ = asyncio.create_task(_follow_up(at).round(dispatch_id, number))
        (await at.exchange.rings("a")).refuse(CloseReason.NO_ANSWER)
        if number in (2, 3):
            (await _owner(at)).refuse(CloseReason.BUSY)
        assert await round_ is RoundResult.NOBODY
    assert at.exchange.rung.count("+8613800138000") == 2


@pytest.mark.parametrize(
    ("how", "told", "outcome"),
    [
        ("passed on", "dispatch_passed_on", "passed_on"),
        ("silent", "dispatch_silent", "dropped"),
        ("line lost", "dispatch_engineer_lost", "dropped"),
        ("owner unheard", "", "dropped"),
        ("owner lost", "", "ended"),
    ],
)
async def test_a_call_back_goes_by_the_same_rules(
    store: Store,
    long_talk: None,
    monkeypatch: pytest.MonkeyPatch,
    how: str,
    told: str,
    outcome: str,
) -> None:
    monkeypatch.setattr("ivr.dispatch.bridge.HELLO_S", 0.0)
    monkeypatch.setattr("ivr.dispatch.talk.FIRST_SOUND_S", 0.4)
    monkeypatch.setattr("ivr.dispatch.talk.THERE_S", 0.3)
    async with site(store, "a", "b") as at:
        at.services.ready.set()
        _, dispatch_id = await opened(store, caller="13800138000")
        round_ = asyncio.create_task(_follow_up(at).round(dispatch_id, 1))
        telephone = await at.exchange.answered_by("a")
        if how in ("silent", "owner unheard"):
            telephone.voice = b""
            monkeypatch.setattr("ivr.dispatch.talk.FIRST_SOUND_S", 0.4 if how == "silent" else 20.0)
        telephone.press("1")
        owner = await _owner(at)
        owner.pick_up()
        await _talking(at)
        await asyncio.sleep(0.5)  # so long is a voice one
        match how:
            case "passed on":
                telephone.press("*2")
            case "line lost":
                telephone.refuse(CloseReason.RTP_TIMEOUT)
            case "owner unheard":
                owner.hang_up()
            case "owner lost":
                owner.refuse(CloseReason.RTP_TIMEOUT)
        if told:
            await at.told_people(told)
        (await at.exchange.answered_by("b")).press("1")
        (await _owner(at)).refuse(CloseReason.NO_ANSWER)
        assert await round_ is RoundResult.ACCEPTED
        assert await _outcomes(store, dispatch_id) == [outcome, "ended"]
        assert (await store.dispatches.get(dispatch_id)).person == "b"


async def test_an_owner_who_was_left_is_not_rung_again_before_his_line_is_over(
    store: Store,
) -> None:
    async with site(store, "a", "b") as at:
        at.services.ready.set()
        _, dispatch_id = await opened(store, caller="13800138000")
        round_ = asyncio.create_task(_follow_up(at).round(dispatch_id, 2))
        telephone = await at.exchange.accepted_by("a")
        owner = await _owner(at)
        owner.pick_up()
        await _talking(at)
        at.people_book.LENGTH_MS = 60_000  # the prompts last, and b is quick
        telephone.press("*2")
        second = await at.exchange.accepted_by("b")
        await at.told_people("dispatch_passed_on")
        await asyncio.sleep(0.3)
        assert at.exchange.rung.count("+8613800138000") == 1
        owner.hang_up()
        (await _owner(at)).refuse(CloseReason.BUSY)
        second.hang_up()
        assert await round_ is RoundResult.ACCEPTED


async def test_a_round_that_is_cancelled_in_the_talk_ends_the_call_back(
    at: Site, store: Store
) -> None:
    _, dispatch_id = await opened(store, caller="13800138000")
    round_ = asyncio.create_task(_follow_up(at).round(dispatch_id, 1))
    telephone = await at.exchange.accepted_by("a")
    owner = await _owner(at)
    owner.pick_up()
    await _talking(at)
    round_.cancel()
    await asyncio.gather(round_, return_exceptions=True)
    assert owner.close_reason is CloseReason.LOCAL
    await until(lambda: telephone.close_reason is CloseReason.LOCAL)
    await store.calls.flush()
    assert (await store.calls.get(owner.id)).ended_at is not None
    assert at.sealed == [owner.id]


async def test_the_transcript_of_a_call_back_opens_no_ticket_and_starts_no_search(
    at: Site, store: Store
) -> None:
    ticket, dispatch_id = await opened(store, caller="13800138000", text="三号楼着火")
    round_ = asyncio.create_task(_follow_up(at).round(dispatch_id, 1))
    await at.exchange.accepted_by("a")
    owner = await _owner(at)
    owner.pick_up()
    await _talking(at)
    await asyncio.sleep(RECORDED_S)
    owner.hang_up()
    assert await round_ is RoundResult.ACCEPTED
    searched: list[str] = []

    async def follow_up(dispatch_id: str) -> None:
        searched.append(dispatch_id)

    urgency = Urgency(frozenset({"lift_entrapment"}), 0.8, 0.5, frozenset())
    late = LateUrgency(store, urgency, follow_up=follow_up)
    review = Review(store, at.services.languages, "zh-CN", late=late)
    (recording,) = await store.recordings.for_call(owner.id)
    words = ("五", "号", "楼", "电梯", "里", "困", "了", "三", "个", "人")
    heard = TranscriptData(
        text="".join(words),
        words=tuple(
            TranscriptWord(word, number * 0.3, number * 0.3 + 0.3, 1.0)
            for number, word in enumerate(words)
        ),
        language="zh-CN",
        model="test",
        duration_s=3.0,
    )
    await review(owner.id, await store.transcripts.save(recording.id, heard))
    assert (await store.tickets.list()).items == (await store.tickets.get(ticket.id),)
    assert (await store.tickets.get(ticket.id)).text == "三号楼着火"
    assert [each.id for each in await store.dispatches.for_ticket(ticket.id)] == [dispatch_id]
    assert searched == []


async def test_an_acknowledgement_in_the_middle_of_a_round_stops_the_ringing(
    at: Site, store: Store
) -> None:
    _, dispatch_id = await opened(store)
    round_ = asyncio.create_task(_follow_up(at).round(dispatch_id, 1))
    telephone = await at.exchange.rings("a")
    await store.dispatches.acknowledge(dispatch_id, person("li"), AcknowledgedVia.LINK)
    assert await round_ is RoundResult.TAKEN
    await until(lambda: telephone.close_reason is CloseReason.LOCAL)


async def test_a_press_on_the_dashboard_ends_the_ringing_once_it_cannot_be_taken_back(
    at: Site, store: Store
) -> None:
    _, dispatch_id = await opened(store)
    round_ = asyncio.create_task(_follow_up(at).round(dispatch_id, 1))
    telephone = await at.exchange.rings("a")
    pressed = store.clock.now() - timedelta(seconds=9)
    await store.dispatches.acknowledge(
        dispatch_id, person("li"), AcknowledgedVia.DASHBOARD, at=pressed
    )
    await asyncio.sleep(1.5)
    assert not round_.done(), "it may still be taken back"
    assert telephone.close_reason is None
    assert await round_ is RoundResult.TAKEN
    await until(lambda: telephone.close_reason is CloseReason.LOCAL)


async def test_who_is_ordered_is_rung_before_the_policys_people(store: Store) -> None:
    async with site(store, "a", "b") as at:
        at.services.ready.set()
        ticket = await store.tickets.open(NewTicket(kind=TicketKind.EMERGENCY, category="fire"))
        policy = (await store.roster.current()).policy("fire")
        order = Order("li", "b")
        dispatch = await store.dispatches.open(ticket.id, policy, order=order, actor=HOTLINE)
        round_ = asyncio.create_task(_follow_up(at).round(dispatch.id, 1))
        (await at.exchange.rings("b")).refuse(CloseReason.BUSY)
        (await at.exchange.rings("a")).refuse(CloseReason.BUSY)
        assert await round_ is RoundResult.NOBODY


async def test_who_is_to_be_rung_alone_is_rung_once(store: Store) -> None:
    async with site(store, "a", "b") as at:
        at.services.ready.set()
        ticket = await store.tickets.open(NewTicket(kind=TicketKind.REPAIR, category="lighting"))
        policy = (await store.roster.current()).policy("lighting")
        order = Order("li", "b", once=True)
        dispatch = await store.dispatches.open(ticket.id, policy, order=order, actor=HOTLINE)
        round_ = asyncio.create_task(_follow_up(at).round(dispatch.id, 1))
        (await at.exchange.rings("b")).refuse(CloseReason.BUSY)
        assert await round_ is RoundResult.OVER
        assert at.exchange.rung == ["sip:b@test"]
        over = await store.dispatches.get(dispatch.id)
        assert (over.status, over.is_held) == (DispatchStatus.CLOSED, False)


async def test_an_owner_who_has_talked_is_not_told_again(at: Site, store: Store) -> None:
    _, dispatch_id = await opened(store, caller="13800138000")
    await store.dispatches.move(
        dispatch_id, DispatchStatus.CLOSED, reason=DispatchReason.TALKED, actor=HOTLINE
    )
    await _follow_up(at).tell_owner(dispatch_id)
    assert at.exchange.rung == []


async def test_a_watcher_that_fails_lets_the_telephone_ring(
    at: Site, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, dispatch_id = await opened(store)
    monkeypatch.setattr("ivr.after.follow_up.LOOK_EVERY_S", 0.02)
    follow_up = _follow_up(at)
    round_ = asyncio.create_task(follow_up.round(dispatch_id, 1))
    telephone = await at.exchange.rings("a")
    looked = asyncio.Event()

    async def broken(_: Any) -> bool:
        looked.set()
        raise RuntimeError("the database's driver broke")

    monkeypatch.setattr(follow_up, "_over", broken)
    async with asyncio.timeout(20):
        await looked.wait()
    await asyncio.sleep(0.2)
    assert telephone.close_reason is None
    monkeypatch.undo()
    await store.dispatches.acknowledge(dispatch_id, person("li"), AcknowledgedVia.LINK)
    assert await round_ is RoundResult.TAKEN


async def test_a_ticket_that_a_person_has_lowered_rings_nobody_and_calls_nobody(
    at: Site, store: Store
) -> None:
    ticket, dispatch_id = await opened(store, caller="13800138000")
    round_ = asyncio.create_task(_follow_up(at).round(dispatch_id, 1))
    telephone = await at.exchange.rings("a")
    await store.tickets.update(
        ticket.id,
        person("li"),
        edit(ticket_class=TicketClass.GENERAL),
        note="only a drill of the guards",
    )
    assert await round_ is RoundResult.TAKEN
    await until(lambda: telephone.close_reason is CloseReason.LOCAL)
    await _follow_up(at).tell_owner(dispatch_id)
    assert len(at.exchange.rung) == 1
    assert (await store.dispatches.get(dispatch_id)).status is DispatchStatus.CLOSED


async def test_a_ticket_that_a_person_works_on_rings_nobody_and_its_owner_hears_so(
    at: Site, store: Store
) -> None:
    ticket, dispatch_id = await opened(store, caller="13800138000")
    round_ = asyncio.create_task(_follow_up(at).round(dispatch_id, 1))
    await at.exchange.rings("a")
    await store.tickets.move(ticket.id, TicketStatus.IN_PROGRESS, person("li"))
    assert await round_ is RoundResult.TAKEN
    telling = asyncio.create_task(_follow_up(at).tell_owner(dispatch_id))
    (await _owner(at)).pick_up()
    await at.told_people("followup_owner")
    await telling
    assert (await store.dispatches.get(dispatch_id)).status is DispatchStatus.CLOSED


async def test_a_ticket_that_was_raised_while_somebody_worked_on_it_rings(
    at: Site, store: Store
) -> None:
    ticket = await store.tickets.open(NewTicket(TicketKind.REPAIR, category="fire"))
    for status in (TicketStatus.REGISTERED, TicketStatus.IN_PROGRESS):
        await store.tickets.move(ticket.id, status, person("li"))
    await store.tickets.update(ticket.id, person("li"), edit(ticket_class=TicketClass.URGENT))
    policy = (await store.roster.current()).policy("fire")
    dispatch = await store.dispatches.open(ticket.id, policy, actor=HOTLINE)
    round_ = asyncio.create_task(_follow_up(at).round(dispatch.id, 1))
    (await at.exchange.rings("a")).refuse(CloseReason.BUSY)
    assert await round_ is RoundResult.NOBODY


async def test_a_round_that_reaches_nobody_says_so(at: Site, store: Store) -> None:
    _, dispatch_id = await opened(store)
    round_ = asyncio.create_task(_follow_up(at).round(dispatch_id, 1))
    (await at.exchange.rings("a")).refuse(CloseReason.BUSY)
    assert await round_ is RoundResult.NOBODY
    assert (await store.dispatches.get(dispatch_id)).status is DispatchStatus.UNANSWERED


async def test_without_a_roster_the_round_is_over_at_once_and_the_next_waits_for_one(
    store: Store,
) -> None:
    async with site(store) as at:
        at.services.ready.set()
        follow_up = _follow_up(at)
        _, dispatch_id = await opened(store)
        assert await follow_up.round(dispatch_id, 2) is RoundResult.NOBODY
        assert not await follow_up.can_ring(dispatch_id)
        assert not await _follow_up(at).can_ring(dispatch_id)  # after a restart
        await store.roster.import_toml(
            '[[person]]\nid = "a"\nname = "a"\nroles = ["engineer"]\n'
            'contacts = ["sip:a@test"]\n\n[[policy]]\ncategory = "fire"\n'
            '  [[policy.level]]\n  who = ["person:a"]\n',
            person("test"),
        )
        assert await follow_up.can_ring(dispatch_id)
        assert await _follow_up(at).can_ring(dispatch_id)
        round_ = asyncio.create_task(follow_up.round(dispatch_id, 3))
        (await at.exchange.rings("a")).refuse(CloseReason.BUSY)
        assert await round_ is RoundResult.NOBODY
        assert not await follow_up.can_ring(dispatch_id)  # who was rung in vain rests as well


async def test_a_case_that_is_taken_rings_nobody(at: Site, store: Store) -> None:
    _, dispatch_id = await opened(store)
    await store.dispatches.acknowledge(dispatch_id, person("li"), AcknowledgedVia.LINK)
    assert await _follow_up(at).round(dispatch_id, 1) is RoundResult.TAKEN
    assert at.exchange.rung == []


async def test_a_round_that_is_cancelled_leaves_no_phone_ringing(at: Site, store: Store) -> None:
    _, dispatch_id = await opened(store)
    round_ = asyncio.create_task(_follow_up(at).round(dispatch_id, 1))
    telephone = await at.exchange.rings("a")
    round_.cancel()
    await until(lambda: telephone.close_reason is CloseReason.LOCAL)


def _follow_up(at: Site) -> FollowUp:
    return FollowUp(at.services, notice_urls=(), public_url="", on_finished=at.finished)


async def _owner(at: Site) -> Telephone:
    async with asyncio.timeout(20):
        return await at.exchange.rings_at("+8613800138000")


async def _talking(at: Site) -> None:
    await until(lambda: at.services.clock._bridges)


def _live(store: Store, telephone: Telephone) -> tuple[str, str, str] | None:
    found = {each.call_id: each for each in store.live.snapshot()}.get(telephone.id)
    return (found.direction, found.caller, found.menu) if found else None


async def _outcomes(store: Store, dispatch_id: str) -> list[str]:
    return [each.status.value for each in await store.dispatches.attempts(dispatch_id)]


async def test_people_are_told_by_every_way_they_have_with_a_link_that_acknowledges(
    store: Store,
) -> None:
    taken: list[dict[str, str]] = []

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(head.split("content-length:")[1].split("\r\n")[0])
        taken.append(json.loads(await reader.readexactly(length)))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(take, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with site(store, "a") as at:
            saved = await store.roster.get(EntryKind.PERSON, "a")
            document = {
                **saved.document,
                "notices": [f"json://127.0.0.1:{port}/?cto=20&rto=20", "json://127.0.0.1:9/"],
            }
            await store.roster.save(EntryKind.PERSON, document, person("test"))
            ticket, dispatch_id = await opened(store, building="3")
            follow_up = FollowUp(
                at.services,
                notice_urls=(),
                public_url="https://h.example/",
                on_finished=at.finished,
            )
            await follow_up.notify(dispatch_id, 1)
            steps = await store.dispatches.timeline(dispatch_id)
    (notice,) = taken
    assert ticket.number in notice["title"]
    link = "https://" + notice["message"].split("https://")[-1]
    assert link.startswith("https://h.example/acknowledge/")
    claim = store.dispatches.verify_token(link.rsplit("/", 1)[1])
    assert (claim.dispatch_id, claim.person) == (dispatch_id, "a")
    (told,) = [step.what for step in steps if isinstance(step.what, NoticeSent)]
    assert (told.sent, told.failed) == (1, 1)
