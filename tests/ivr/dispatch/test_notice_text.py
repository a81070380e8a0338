"""What a notice says: one text, two lengths, three languages."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from asr.spoken import Place
from call_logs import Store
from call_logs.tickets import NewTicket, Ticket, TicketKind
from ivr.dispatch.notice_text import ALONE, MOST_PARTS, PART, NoticeText
from ivr.packs.places import place_words

SHANGHAI = ZoneInfo("Asia/Shanghai")
AT = datetime(2026, 3, 1, 15, 5, tzinfo=UTC)
LINK = "https://hotline.example.com/acknowledge/" + "x" * 90
LONGEST = PART * MOST_PARTS


@pytest.fixture
async def ticket(store: Store) -> Ticket:
    return await store.tickets.open(
        NewTicket(
            kind=TicketKind.EMERGENCY,
            category="lift_entrapment",
            text="电梯停了\n里面有三个人",
            callback="13912345678",
            caller="13800138000",
            name="王女士",
            building="5",
            unit="2",
            area="3号电梯",
            people=3,
            opened_at=AT,
        )
    )


@pytest.mark.parametrize(
    ("place", "language", "words"),
    [
        (Place(building="5", unit="2", area="3号电梯"), "zh-CN", "5号楼2单元3号电梯"),
        (Place(building="5", floor="15", room="1502"), "zh-CN", "5号楼15层1502室"),
        (Place(area="东门"), "zh-CN", "东门"),
        (Place(floor="2", area="地下车库"), "zh-CN", "地下车库2层"),
        (Place(building="5", unit="2", area="lift 3"), "en", "building 5, unit 2, lift 3"),
        (Place(building="5", unit="2", area="3호 승강기"), "ko", "5동 2라인 3호 승강기"),
        (Place(), "zh-CN", ""),
        (Place(), "en", ""),
    ],
)
def test_a_place_is_written_as_people_write_it(place: Place, language: str, words: str) -> None:
    assert place_words(place, language) == words


async def test_a_chat_is_told_a_fact_a_line(ticket: Ticket) -> None:
    notice = NoticeText(SHANGHAI, words=True).write(
        ticket, "电梯困人", language="zh-CN", link="https://x/a"
    )
    assert notice.title == f"紧急：电梯困人（工单{ticket.number}）"
    assert notice.body.splitlines() == [
        "地点：5号楼2单元3号电梯",
        "人数：3人",
        "原话：“电梯停了 里面有三个人”",
        "时间：03月01日 23:05",
        "接单：https://x/a",
    ]


async def test_an_sms_has_it_in_one_line(ticket: Ticket) -> None:
    notice = NoticeText(SHANGHAI, words=True).write(
        ticket, "电梯困人", language="zh-CN", link="https://x/a"
    )
    assert notice.short == (
        f"电梯困人 5号楼2单元3号电梯 3人 23:05 {ticket.number} “电梯停了 里面有三个人” https://x/a"
    )


@pytest.mark.parametrize("language", ["zh-CN", "en", "ko"])
@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"text": "救命" * 500},
        {"area": "很长的地方" * 50},
        {"text": "", "people": None},
        {"building": "", "unit": "", "area": "", "text": "", "people": None},
        {"category": "", "building": "", "unit": "", "area": ""},
    ],
)
@pytest.mark.parametrize("link", [LINK, ""])
@pytest.mark.parametrize("words", [True, False])
async def test_a_notice_is_never_empty_keeps_its_link_and_fits_an_sms(
    ticket: Ticket, language: str, fields: dict[str, Any], link: str, words: bool
) -> None:
    notice = NoticeText(SHANGHAI, words=words).write(
        replace(ticket, **fields), "lift", language=language, link=link
    )
    assert notice.title
    assert notice.body
    assert len(notice.short) <= LONGEST
    assert ticket.number in notice.title
    for text in (notice.body, notice.short):
        assert text.endswith(link)
        assert "lift" in text or text is notice.body
        for secret in (ticket.callback, ticket.caller, ticket.name):
            assert secret not in text
        if not words:
            assert "电梯停了" not in text
            assert "救命" not in text


async def test_what_an_sms_has_no_room_for_is_the_callers_words_first(ticket: Ticket) -> None:
    told = replace(ticket, text="水从天花板上流下来" * 30)
    notice = NoticeText(SHANGHAI, words=True).write(told, "电梯困人", language="zh-CN", link=LINK)
    assert notice.short.startswith("电梯困人 5号楼2单元3号电梯 3人")
    assert "…”" in notice.short
    assert len(notice.short) == LONGEST


async def test_a_case_without_a_place_says_so(ticket: Ticket) -> None:
    nowhere = replace(ticket, building="", unit="", area="")
    for language, words in (("zh-CN", "地点不明"), ("en", "place not known"), ("ko", "장소 모름")):
        a_lift = replace(nowhere, area="电梯")  # of which house?
        assert f"电梯 ({words})" in NoticeText(SHANGHAI).write(a_lift, "x", language=language).body
        notice = NoticeText(SHANGHAI).write(nowhere, "x", language=language)
        assert words in notice.body
        assert words in notice.short


def test_three_parts_hold_a_link_that_one_cannot() -> None:
    assert len(LINK) > ALONE
    assert LONGEST == 201
