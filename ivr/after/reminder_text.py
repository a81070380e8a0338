"""What a reminder says: which ticket, what is due, by when; and what a morning's digest says.

No owner's name, number or words: it leaves the house. Two lengths, as every notice has.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from call_logs import Notice
from call_logs.casework import RiskKind, RiskLevel
from call_logs.registers import Entry, RegisterKind
from call_logs.reminders import Digest, DigestLine, Level, Reminder
from call_logs.tickets import Deadline, Ticket
from ivr.dispatch.notice_text import LONGEST_SHORT, written_place

__all__ = ["ReminderText"]

LONGEST_WHAT = 100  # of an entry of a register

_TEXTS: Mapping[str, Mapping[str, str]] = {
    "zh-CN": {
        Level.ASSIGNED: "交给您的工单{number}：{what}",
        Level.BEFORE: "即将到期：工单{number}，{what}",
        Level.MISSED: "已超时：工单{number}，{what}",
        Level.MANAGERS: "严重超时：工单{number}，{what}",
        Level.CALL_BACK: "错过约定回电：工单{number}，{what}",
        "agreed": "约定时间：{at:%m月%d日 %H:%M}",
        Level.TASK: "交给您的任务：工单{number}，{what}",
        Level.TASK_BEFORE: "任务即将到期：工单{number}，{what}",
        Level.TASK_MISSED: "任务已超时：工单{number}，{what}",
        "task_due": "完成期限：{at:%m月%d日 %H:%M}",
        Level.RISK: "风险提示（{level}）：工单{number}，{what}",
        "because": "原因：{risk}",
        RiskKind.INJURY: "有人受伤",
        RiskKind.MEDIA: "媒体或网络",
        RiskKind.AUTHORITY: "主管部门、法院或律师",
        RiskKind.OVERDUE: "紧急工单超时",
        RiskKind.REOPENED: "多次重办",
        RiskKind.REPEATED: "同一业主多次反映",
        RiskKind.PLACE: "同一地点重复发生",
        RiskKind.GROUP: "涉及业主增多",
        RiskLevel.HIGH: "高",
        RiskLevel.MEDIUM: "中",
        RiskLevel.LOW: "低",
        Level.ENTRY_BEFORE: "{register}即将到期：{what}",
        Level.ENTRY_DUE: "{register}已到期：{what}",
        Level.ENTRY_LOW: "库存低于下限：{what}",
        Level.ENTRY_NEW: "新制度生效：{what}",
        "day": "期限：{day:%Y-%m-%d}",
        RegisterKind.SKILL: "技能证书",
        RegisterKind.TRAINING: "复训",
        RegisterKind.MAINTENANCE: "维保",
        RegisterKind.STOCK: "库存",
        RegisterKind.DOCUMENT: "资料",
        RegisterKind.IMPROVEMENT: "改进措施",
        Deadline.ACKNOWLEDGE: "受理",
        Deadline.ON_SITE: "到场",
        Deadline.FEEDBACK: "反馈业主",
        "due": "{deadlines}期限：{at:%m月%d日 %H:%M}",
        "between": "、",
        "place": "地点：{place}",
        "holder": "负责：{name}",
        "nobody": "尚无人负责",
        "link": "查看：{link}",
        "digest": "今日工单：未结{open}，超时{late}，今日到期{today}",
        "late": "已超时：",
        "today": "今日到期：",
        "line": "{number} {what}（{at:%m月%d日 %H:%M}）",
        "more": "……等{count}件",
    },
    "en": {
        Level.ASSIGNED: "Ticket {number} is yours: {what}",
        Level.BEFORE: "Due soon: ticket {number}, {what}",
        Level.MISSED: "Overdue: ticket {number}, {what}",
        Level.MANAGERS: "Long overdue: ticket {number}, {what}",
        Level.CALL_BACK: "A call back was missed: ticket {number}, {what}",
        "agreed": "Agreed on: {at:%d %b %H:%M}",
        Level.TASK: "A task is yours: ticket {number}, {what}",
        Level.TASK_BEFORE: "Task due soon: ticket {number}, {what}",
        Level.TASK_MISSED: "Task overdue: ticket {number}, {what}",
        "task_due": "To be done by {at:%d %b %H:%M}",
        Level.RISK: "Risk ({level}): ticket {number}, {what}",
        "because": "Because of: {risk}",
        RiskKind.INJURY: "an injury",
        RiskKind.MEDIA: "press or the net",
        RiskKind.AUTHORITY: "authorities, court or a lawyer",
        RiskKind.OVERDUE: "urgent and overdue",
        RiskKind.REOPENED: "reopened again and again",
        RiskKind.REPEATED: "the same owner again",
        RiskKind.PLACE: "the same at the same place again",
        RiskKind.GROUP: "more and more owners",
        RiskLevel.HIGH: "high",
        RiskLevel.MEDIUM: "medium",
        RiskLevel.LOW: "low",
        Level.ENTRY_BEFORE: "{register} due soon: {what}",
        Level.ENTRY_DUE: "{register} due: {what}",
        Level.ENTRY_LOW: "Fewer in stock than there should be: {what}",
        Level.ENTRY_NEW: "A new rule is in force: {what}",
        "day": "By {day:%d %b %Y}",
        RegisterKind.SKILL: "Certificate",
        RegisterKind.TRAINING: "Training",
        RegisterKind.MAINTENANCE: "Maintenance",
        RegisterKind.STOCK: "Stock",
        RegisterKind.DOCUMENT: "Document",
        RegisterKind.IMPROVEMENT: "Improvement",
        Deadline.ACKNOWLEDGE: "acknowledge",
        Deadline.ON_SITE: "be on site",
        Deadline.FEEDBACK: "tell the owner",
        "due": "To {deadlines}: by {at:%d %b %H:%M}",
        "between": ", ",
        "place": "Where: {place}",
        "holder": "Has it: {name}",
        "nobody": "Nobody has it",
        "link": "See: {link}",
        "digest": "Your tickets: {open} open, {late} overdue, {today} due today",
        "late": "Overdue:",
        "today": "Due today:",
        "line": "{number} {what} ({at:%d %b %H:%M})",
        "more": "... {count} in all",
    },
    "ko": {
        Level.ASSIGNED: "담당 배정: 접수번호 {number}, {what}",
        Level.BEFORE: "기한 임박: 접수번호 {number}, {what}",
        Level.MISSED: "기한 초과: 접수번호 {number}, {what}",
        Level.MANAGERS: "장기 기한 초과: 접수번호 {number}, {what}",
        Level.CALL_BACK: "약속한 전화를 놓침: 접수번호 {number}, {what}",
        "agreed": "약속 시각: {at:%m월 %d일 %H:%M}",
        Level.TASK: "작업 배정: 접수번호 {number}, {what}",
        Level.TASK_BEFORE: "작업 기한 임박: 접수번호 {number}, {what}",
        Level.TASK_MISSED: "작업 기한 초과: 접수번호 {number}, {what}",
        "task_due": "작업 기한: {at:%m월 %d일 %H:%M}",
        Level.RISK: "위험 알림({level}): 접수번호 {number}, {what}",
        "because": "사유: {risk}",
        RiskKind.INJURY: "부상자 발생",
        RiskKind.MEDIA: "언론 또는 인터넷",
        RiskKind.AUTHORITY: "관청, 법원 또는 변호사",
        RiskKind.OVERDUE: "긴급 건 기한 초과",
        RiskKind.REOPENED: "반복 재처리",
        RiskKind.REPEATED: "같은 입주자의 반복 민원",
        RiskKind.PLACE: "같은 장소에서 반복",
        RiskKind.GROUP: "관련 입주자 증가",
        RiskLevel.HIGH: "높음",
        RiskLevel.MEDIUM: "중간",
        RiskLevel.LOW: "낮음",
        Level.ENTRY_BEFORE: "{register} 기한 임박: {what}",
        Level.ENTRY_DUE: "{register} 기한 도래: {what}",
        Level.ENTRY_LOW: "재고 부족: {what}",
        Level.ENTRY_NEW: "새 규정 시행: {what}",
        "day": "기한: {day:%Y-%m-%d}",
        RegisterKind.SKILL: "자격증",
        RegisterKind.TRAINING: "재교육",
        RegisterKind.MAINTENANCE: "유지보수",
        RegisterKind.STOCK: "재고",
        RegisterKind.DOCUMENT: "자료",
        RegisterKind.IMPROVEMENT: "개선 조치",
        Deadline.ACKNOWLEDGE: "접수 확인",
        Deadline.ON_SITE: "현장 도착",
        Deadline.FEEDBACK: "입주자 회신",
        "due": "{deadlines} 기한: {at:%m월 %d일 %H:%M}",
        "between": ", ",
        "place": "장소: {place}",
        "holder": "담당: {name}",
        "nobody": "담당자 없음",
        "link": "보기: {link}",
        "digest": "오늘의 민원: 미결 {open}, 기한 초과 {late}, 오늘 기한 {today}",
        "late": "기한 초과:",
        "today": "오늘 기한:",
        "line": "{number} {what} ({at:%m월 %d일 %H:%M})",
        "more": "... 모두 {count}건",
    },
}


@dataclass(frozen=True)
class ReminderText:
    """How reminders of this site are written. `category`: its name in a language."""

    zone: tzinfo
    category: Callable[[str, str], str]

    def write(
        self, reminder: Reminder, ticket: Ticket, holder: str, *, language: str, link: str = ""
    ) -> Notice:
        """`holder`: the name of whoever has it, empty for nobody."""
        texts = _TEXTS.get(language, _TEXTS["zh-CN"])
        what = self.category(ticket.category, language)
        kind, level = reminder.risk or ("", "")
        title = texts[reminder.level].format(
            number=ticket.number, what=what, level=level and texts[level]
        )
        due = ""
        if reminder.deadlines:
            deadlines = texts["between"].join(texts[each] for each in reminder.deadlines)
            due = texts["due"].format(deadlines=deadlines, at=self._local(reminder.moment))
        elif reminder.level is Level.CALL_BACK:
            due = texts["agreed"].format(at=self._local(reminder.moment))
        elif reminder.level in (Level.TASK_BEFORE, Level.TASK_MISSED):
            due = texts["task_due"].format(at=self._local(reminder.moment))
        elif reminder.level is Level.RISK:
            due = texts["because"].format(risk=texts[kind])
        place = texts["place"].format(place=written_place(ticket, language))
        has = texts["holder"].format(name=holder) if holder else texts["nobody"]
        see = texts["link"].format(link=link) if link else ""
        body = "\n".join(filter(None, (due, place, has, see)))
        return Notice(title, body, _short(" ".join(filter(None, (title, due, place))), link))

    def entry(self, reminder: Reminder, entry: Entry, *, language: str, link: str = "") -> Notice:
        """Of an entry of a register; without whoever it names."""
        texts = _TEXTS.get(language, _TEXTS["zh-CN"])
        named = entry.values.get("equipment") if entry.kind is RegisterKind.MAINTENANCE else ""
        what = (named or str(entry["what"]).partition("\n")[0])[:LONGEST_WHAT]
        title = texts[reminder.level].format(register=texts[entry.kind], what=what)
        due = texts["day"].format(day=entry.due_on) if entry.due_on else ""
        see = texts["link"].format(link=link) if link else ""
        body = "\n".join(filter(None, (due, see))) or title
        return Notice(title, body, _short(" ".join(filter(None, (title, due))), link))

    def digest(self, digest: Digest, *, language: str, link: str = "") -> Notice:
        texts = _TEXTS.get(language, _TEXTS["zh-CN"])
        title = texts["digest"].format(open=digest.open, late=digest.late, today=digest.today)
        lines: list[str] = []
        for kind, count, ones in (
            ("late", digest.late, digest.late_ones),
            ("today", digest.today, digest.today_ones),
        ):
            lines += self._lines(texts, kind, count, ones, language)
        if link:
            lines.append(texts["link"].format(link=link))
        return Notice(title, "\n".join(lines) or title, _short(title, link))

    def _lines(
        self,
        texts: Mapping[str, str],
        kind: str,
        count: int,
        ones: Sequence[DigestLine],
        language: str,
    ) -> list[str]:
        if not ones:
            return []
        lines = [texts[kind]]
        lines += [
            texts["line"].format(
                number=each.number,
                what=self.category(each.category, language),
                at=self._local(each.due_at),
            )
            for each in ones
        ]
        return [*lines, texts["more"].format(count=count)] if count > len(ones) else lines

    def _local(self, at: datetime) -> datetime:
        return at.astimezone(self.zone)


def _short(text: str, link: str) -> str:
    """As much as an SMS of three parts holds, the link whole."""
    tail = f" {link}" if link else ""
    room = max(0, LONGEST_SHORT - len(tail))
    return (text if len(text) <= room else f"{text[: room - 1]}…") + tail
