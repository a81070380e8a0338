"""A call is read again: any word of it mends its ticket, and a menu word opens none."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from call_logs import Store
from call_logs.calls import CallEventKind, NewCall
from call_logs.recordings import Transcript, TranscriptStatus, TranscriptWord
from call_logs.tickets import NewTicket, TicketClass, TicketKind, TicketStatus
from ivr.after.late_urgency import LateUrgency
from ivr.after.review import Review
from ivr.call.language import Language
from ivr.call.session import Urgency
from tests.ivr.caller import URGENT, quick_lexicon, quick_pack
from tests.ivr.fakes import FakePhrasebook
from tests.people import person


def reviewing(store: Store, late: LateUrgency | None = None) -> Review:
    pack = quick_pack()
    language = Language(pack, FakePhrasebook(), quick_lexicon(pack.lexicon_path))  # type: ignore[arg-type]
    return Review(store, {"zh-CN": language}, "zh-CN", late=late)


async def called(store: Store) -> str:
    call_id = uuid.uuid4().hex
    store.calls.begin(NewCall(id=call_id, caller="13800138000", trunk="fake"))
    await store.calls.flush()
    return call_id


def transcript(call_id: str, *sentences: str) -> Transcript:
    """Sentence after sentence, each of four seconds with a pause behind it."""
    words = tuple(
        TranscriptWord(character, 5.0 * number + 0.1 * at, 5.0 * number + 0.1 * (at + 1), 1.0)
        for number, sentence in enumerate(sentences)
        for at, character in enumerate(sentence)
    )
    text = "，".join(sentences)
    return Transcript(
        recording_id=uuid.uuid4().hex,
        call_id=call_id,
        status=TranscriptStatus.DONE,
        reason="",
        attempts=1,
        text=text,
        heard_text=text,
        words=words,
        language="zh-CN",
        model="test",
        duration_s=5.0 * len(sentences),
        corrected_by="",
        corrected_at=None,
        updated_at=datetime.now(UTC),
        version=1,
    )


@pytest.mark.parametrize(
    "said", [("英语",), ("转人工",), ("我要报修",), ("喂", "你好"), ("对", "好的")]
)
async def test_a_word_of_the_menu_is_no_ticket(store: Store, said: tuple[str, ...]) -> None:
    call_id = await called(store)
    await reviewing(store)(call_id, transcript(call_id, *said))
    assert await store.tickets.for_call(call_id) is None


async def test_who_only_talked_gets_a_ticket(store: Store) -> None:
    call_id = await called(store)
    await reviewing(store)(call_id, transcript(call_id, "转人工", "楼道灯坏了"))
    ticket = await store.tickets.for_call(call_id)
    assert ticket is not None
    assert ticket.category == "lighting"


async def test_what_the_ear_marked_too_early_loses_no_end_of_the_message(store: Store) -> None:
    """Where sound is lost or late, live times are behind those of the recording."""
    call_id = await called(store)
    opened = await store.tickets.open(
        NewTicket(TicketKind.COMPLAINT, call_id=call_id, text="楼上半夜很")
    )
    store.calls.event(call_id, CallEventKind.MESSAGE, {"start_s": 0.0, "end_s": 0.45})
    await store.calls.flush()
    words = list(transcript(call_id, "楼上半夜很吵").words)
    answer = TranscriptWord("对", words[-1].end_s + 0.2, words[-1].end_s + 0.4, 1.0)
    await reviewing(store)(
        call_id, replace(transcript(call_id, "楼上半夜很吵"), words=(*words, answer))
    )
    assert (await store.tickets.get(opened.id)).text == "楼上半夜很吵"


async def test_an_afterthought_gives_the_ticket_what_its_message_does_not_tell(
    store: Store,
) -> None:
    call_id = await called(store)
    opened = await store.tickets.open(
        NewTicket(TicketKind.OTHER, call_id=call_id, text="麻烦你们快一点过来")
    )
    store.calls.event(call_id, CallEventKind.MESSAGE, {"start_s": 0.0, "end_s": 2.0})
    await store.calls.flush()
    said = ("麻烦你们快一点过来", "对", "三号楼二单元的楼道灯坏了")
    await reviewing(store)(call_id, transcript(call_id, *said))
    ticket = await store.tickets.get(opened.id)
    assert (ticket.building, ticket.unit) == ("3", "2")
    assert ticket.category == "lighting"
    assert ticket.text == "麻烦你们快一点过来"


async def test_parts_of_the_same_place_are_added_and_another_place_changes_nothing(
    store: Store,
) -> None:
    for said, unit in (("三号楼二单元", "2"), ("五号楼二单元", "")):
        call_id = await called(store)
        opened = await store.tickets.open(
            NewTicket(TicketKind.REPAIR, call_id=call_id, building="3", text="灯坏了")
        )
        await reviewing(store)(call_id, transcript(call_id, "灯坏了", said))
        ticket = await store.tickets.get(opened.id)
        assert (ticket.building, ticket.unit) == ("3", unit)


async def test_the_house_of_a_lift_is_added_when_it_was_told_later(store: Store) -> None:
    call_id = await called(store)
    opened = await store.tickets.open(
        NewTicket(TicketKind.EMERGENCY, call_id=call_id, area="电梯", text="电梯里困了人")
    )
    await reviewing(store)(call_id, transcript(call_id, "电梯里困了人", "我在五号楼二单元"))
    ticket = await store.tickets.get(opened.id)
    assert (ticket.building, ticket.unit, ticket.area) == ("5", "2", "电梯")


async def test_answers_alone_do_not_become_the_text_of_a_ticket(store: Store) -> None:
    call_id = await called(store)
    opened = await store.tickets.open(NewTicket(TicketKind.REPAIR, call_id=call_id, building="3"))
    await reviewing(store)(call_id, transcript(call_id, "对", "是的"))
    assert (await store.tickets.get(opened.id)).text == ""


@pytest.mark.parametrize("over", [False, True], ids=["is searched for", "is over"])
async def test_a_new_emergency_in_a_call_about_an_old_one_is_searched_for(
    store: Store, over: bool
) -> None:
    ticket = await store.tickets.open(
        NewTicket(TicketKind.EMERGENCY, ticket_class=TicketClass.URGENT)
    )
    if over:
        for status in (TicketStatus.REGISTERED, TicketStatus.RESOLVED):
            await store.tickets.move(ticket.id, status, person("operator"))
    call_id = await called(store)
    store.calls.about(call_id, ticket.id)
    await store.calls.flush()
    followed: list[str] = []

    async def follow_up(dispatch_id: str) -> None:
        followed.append(dispatch_id)

    urgency = Urgency(URGENT, sure=0.8, confirm=0.5, silence_is_yes=URGENT)
    late = LateUrgency(store, urgency, follow_up=follow_up)
    await reviewing(store, late)(call_id, transcript(call_id, "着火了快救命"))
    found = await store.tickets.for_call(call_id)
    assert found is not None
    assert (found.id != ticket.id, len(followed)) == (over, int(over))
