"""What a message says to an owner: which ticket, how it stands, and what was written for them.

It goes to the number that the owner left, by the service that the company has chosen for that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import tzinfo

from call_logs import Notice
from call_logs.owners import News
from call_logs.tickets import NewsTopic, Ticket
from ivr.dispatch.notice_text import LONGEST_SHORT

__all__ = ["OwnerText"]

_TEXTS: Mapping[str, Mapping[str, str]] = {
    "zh-CN": {
        "title": "【{site}】工单{number}",
        NewsTopic.RECEIVED: "您反映的情况已受理，将在{due:%m月%d日 %H:%M}前答复您。",
        NewsTopic.ON_THE_WAY: "已安排人员处理。",
        NewsTopic.PLAN: "处理方案已确定，即将开始处理。",
        NewsTopic.DELAY: "处理时间有调整，将尽快完成，给您带来不便敬请谅解。",
        "delayed": "处理时间有调整，预计{due:%m月%d日 %H:%M}前完成，给您带来不便敬请谅解。",
        NewsTopic.RESULT: "已处理完成。",
        NewsTopic.PROGRESS: "最新进展：",
        "site": "物业热线",
    },
    "en": {
        "title": "{site}: ticket {number}",
        NewsTopic.RECEIVED: "We have received it and will answer by {due:%d %b %H:%M}.",
        NewsTopic.ON_THE_WAY: "Somebody is working on it.",
        NewsTopic.PLAN: "The plan is made, and work starts soon.",
        NewsTopic.DELAY: "It takes longer than planned. We are sorry.",
        "delayed": "It takes longer than planned, until {due:%d %b %H:%M}. We are sorry.",
        NewsTopic.RESULT: "The work is done.",
        NewsTopic.PROGRESS: "News:",
        "site": "Property hotline",
    },
    "ko": {
        "title": "[{site}] 접수번호 {number}",
        NewsTopic.RECEIVED: "접수되었습니다. {due:%m월 %d일 %H:%M}까지 답변드리겠습니다.",
        NewsTopic.ON_THE_WAY: "담당자가 처리하고 있습니다.",
        NewsTopic.PLAN: "처리 계획이 확정되어 곧 시작합니다.",
        NewsTopic.DELAY: "처리가 늦어지고 있습니다. 죄송합니다.",
        "delayed": "처리가 {due:%m월 %d일 %H:%M}까지 늦어집니다. 죄송합니다.",
        NewsTopic.RESULT: "처리가 끝났습니다.",
        NewsTopic.PROGRESS: "진행 상황:",
        "site": "관리사무소",
    },
}


@dataclass(frozen=True)
class OwnerText:
    """How messages of this site are written."""

    zone: tzinfo
    site: str = ""  # its name; empty: what every site is

    def write(self, news: News, ticket: Ticket, *, language: str) -> Notice:
        """`news` is no call back: those are no messages."""
        texts = _TEXTS.get(language, _TEXTS["zh-CN"])
        due = ticket.feedback_due_at
        topic: str = news.topic
        if news.topic is NewsTopic.DELAY and due > news.made_at and ticket.paused_at is None:
            topic = "delayed"
        title = texts["title"].format(site=self.site or texts["site"], number=ticket.number)
        body = "\n".join(
            filter(None, (texts[topic].format(due=due.astimezone(self.zone)), news.words))
        )
        short = f"{title} {' '.join(body.split())}"
        if len(short) > LONGEST_SHORT:
            short = f"{short[: LONGEST_SHORT - 1]}…"
        return Notice(title, body, short)
