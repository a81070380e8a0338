"""What a notice says of a case: what, where, how many people, since when, and the link.

One text in two lengths. The long one is for chats and mail. The short one is for SMS: at
most `MOST_PARTS` parts, in which the caller's words are cut first and the link never.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import tzinfo

from asr.spoken import Place
from call_logs import Notice
from call_logs.tickets import Ticket
from ivr.packs.places import place_words

__all__ = ["LONGEST_SHORT", "NoticeText", "written_place"]

#: A part of a longer SMS in UCS-2 (3GPP TS 23.040 section 9.2.3.24.1): 70 characters without
#: the header that puts the parts together, 67 with it.
ALONE, PART = 70, 67
MOST_PARTS = 3  # an acknowledging link alone takes two
LONGEST_SHORT = PART * MOST_PARTS
LEAST_WORDS = 8  # fewer of them say nothing

_TEXTS: Mapping[str, Mapping[str, str]] = {
    "zh-CN": {
        "title": "紧急：{what}（工单{number}）",
        "unhappy": "业主不满意：{score}分{what}（工单{number}）",
        "look": "查看：{link}",
        "place": "地点：{place}",
        "unknown": "地点不明",
        "people": "人数：{people}人",
        "few": "{people}人",
        "words": "原话：“{words}”",
        "quote": "“{words}”",
        "at": "时间：{at:%m月%d日 %H:%M}",
        "link": "接单：{link}",
    },
    "en": {
        "title": "Urgent: {what} (ticket {number})",
        "unhappy": "Owner not satisfied: {score} of 5{what} (ticket {number})",
        "look": "See it: {link}",
        "place": "Where: {place}",
        "unknown": "place not known",
        "people": "People: {people}",
        "few": "{people} people",
        "words": 'Said: "{words}"',
        "quote": '"{words}"',
        "at": "When: {at:%d %b %H:%M}",
        "link": "Take it: {link}",
    },
    "ko": {
        "title": "긴급: {what} (접수번호 {number})",
        "unhappy": "불만족: {score}점{what} (접수번호 {number})",
        "look": "보기: {link}",
        "place": "장소: {place}",
        "unknown": "장소 모름",
        "people": "인원: {people}명",
        "few": "{people}명",
        "words": "신고 내용: “{words}”",
        "quote": "“{words}”",
        "at": "시각: {at:%m월 %d일 %H:%M}",
        "link": "접수: {link}",
    },
}


@dataclass(frozen=True)
class NoticeText:
    """How notices of this site are written."""

    zone: tzinfo
    words: bool = False  # the caller's own may leave the house

    def write(self, ticket: Ticket, what: str, *, language: str, link: str = "") -> Notice:
        """`what` is the category in the reader's language; `link` takes the case, or shows
        it to who may."""
        texts = _TEXTS.get(language, _TEXTS["zh-CN"])
        place = written_place(ticket, language)
        said = " ".join(ticket.text.split()) if self.words else ""
        at = ticket.opened_at.astimezone(self.zone)
        title = texts["title"].format(what=what, number=ticket.number)
        lines = [texts["place"].format(place=place)]
        if ticket.people is not None:
            lines.append(texts["people"].format(people=ticket.people))
        if said:
            lines.append(texts["words"].format(words=said))
        lines.append(texts["at"].format(at=at))
        if link:
            lines.append(texts["link"].format(link=link))
        few = [] if ticket.people is None else [texts["few"].format(people=ticket.people)]
        head = " ".join([what, place, *few, f"{at:%H:%M}", ticket.number])
        return Notice(title, "\n".join(lines), _short(head, said, texts["quote"], link))

    def unhappy(
        self, ticket: Ticket, what: str, score: int, *, language: str, link: str = ""
    ) -> Notice:
        """For managers: an owner gave so little that the ticket was reopened. `what`: its
        category in the reader's language, if it has one."""
        texts = _TEXTS.get(language, _TEXTS["zh-CN"])
        comma = "，" if language == "zh-CN" else ", "
        which = f"{comma}{what}" if what else ""
        title = texts["unhappy"].format(score=score, what=which, number=ticket.number)
        place = place_words(_place_of(ticket), language) or texts["unknown"]
        lines = [texts["place"].format(place=place)]
        if link:
            lines.append(texts["look"].format(link=link))
        return Notice(title, "\n".join(lines), _short(title, "", texts["quote"], link))


def written_place(ticket: Ticket, language: str) -> str:
    """Where, in the reader's language; that it is not known, when it is not."""
    unknown = _TEXTS.get(language, _TEXTS["zh-CN"])["unknown"]
    where = _place_of(ticket)
    place = place_words(where, language) or unknown
    return f"{place} ({unknown})" if where.area and not where.found else place


def _short(head: str, said: str, quote: str, link: str) -> str:
    """As much as `MOST_PARTS` hold: the link whole, then what and where, then the words."""
    most = PART * MOST_PARTS
    tail = f" {link}" if link else ""
    head = _cut(head, max(ALONE, most - len(tail)))
    quotes = len(quote.format(words="")) + 1
    room = most - len(head) - len(tail) - quotes
    words = f" {quote.format(words=_cut(said, room))}" if said and room >= LEAST_WORDS else ""
    return head + words + tail


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _place_of(ticket: Ticket) -> Place:
    return Place(
        building=ticket.building,
        unit=ticket.unit,
        floor=ticket.floor,
        room=ticket.room,
        area=ticket.area,
    )
