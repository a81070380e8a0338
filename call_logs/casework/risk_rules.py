"""By which rules a ticket is a risk. Data only: the words and thresholds are the company's to
change (`[risks]`), and nothing here asks the database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType


class RiskKind(StrEnum):
    """What was noticed."""

    INJURY = "hurt"  # somebody was, by the words
    MEDIA = "media"  # press or the net
    AUTHORITY = "authority"  # an authority, a court, a lawyer
    OVERDUE = "overdue"  # an urgent ticket past its deadline
    REOPENED = "reopened"  # not solved, again and again
    REPEATED = "repeated"  # the same owner complains again
    PLACE = "place"  # the same thing at the same place again
    GROUP = "group"  # more and more owners of one case


class RiskLevel(StrEnum):
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


_L = RiskLevel
LEVELS: Mapping[RiskKind, RiskLevel] = MappingProxyType(
    {
        RiskKind.INJURY: _L.HIGH,
        RiskKind.MEDIA: _L.HIGH,
        RiskKind.AUTHORITY: _L.HIGH,
        RiskKind.OVERDUE: _L.HIGH,
        RiskKind.REOPENED: _L.MEDIUM,
        RiskKind.REPEATED: _L.MEDIUM,
        RiskKind.PLACE: _L.LOW,
        RiskKind.GROUP: _L.MEDIUM,
    }
)
_HIGHER = {_L.LOW: _L.MEDIUM, _L.MEDIUM: _L.HIGH, _L.HIGH: _L.HIGH}

WORD_KINDS = (RiskKind.INJURY, RiskKind.MEDIA, RiskKind.AUTHORITY)
DEFAULT_WORDS: Mapping[RiskKind, tuple[str, ...]] = MappingProxyType(
    {
        RiskKind.INJURY: (
            *("受伤", "流血", "骨折", "摔伤", "烫伤", "触电", "昏迷", "送医", "住院", "死亡"),
            *("injured", "bleeding", "fracture", "unconscious", "hospital", "ambulance"),
            *("다쳤", "부상", "골절", "병원"),
        ),
        RiskKind.MEDIA: (
            *("记者", "媒体", "电视台", "报社", "曝光", "微博", "抖音", "热搜"),
            *("journalist", "reporter", "newspaper", "television", "weibo", "tiktok"),
            *("기자", "언론", "방송국"),
        ),
        RiskKind.AUTHORITY: (
            *("住建局", "信访", "12345", "街道办", "消协", "城管", "派出所", "报警", "律师"),
            *("起诉", "法院", "lawyer", "lawsuit", "court", "ombudsman", "police"),
            *("변호사", "소송", "경찰", "구청"),
        ),
    }
)


@dataclass(frozen=True)
class RiskRules:
    """From how many on; 0 turns a rule off. `days`: how far back owners and places count."""

    words: Mapping[RiskKind, tuple[str, ...]] = field(default_factory=lambda: DEFAULT_WORDS)
    reopened: int = 2
    repeated: int = 3
    place: int = 3
    group: int = 5
    days: int = 30
    overdue: timedelta = timedelta(minutes=30)

    def threshold(self, kind: RiskKind) -> int:
        return {
            RiskKind.REOPENED: self.reopened,
            RiskKind.REPEATED: self.repeated,
            RiskKind.PLACE: self.place,
            RiskKind.GROUP: self.group,
        }.get(kind, 1)

    def fires(self, kind: RiskKind, count: int) -> bool:
        threshold = self.threshold(kind)
        return 0 < threshold <= count

    def level(self, kind: RiskKind, count: int) -> RiskLevel:
        """Twice the threshold of what is counted is one level more."""
        level = LEVELS[kind]
        counted = kind not in (*WORD_KINDS, RiskKind.OVERDUE)
        return _HIGHER[level] if counted and count >= 2 * self.threshold(kind) else level

    def said(self, kind: RiskKind, text: str) -> tuple[str, ...]:
        """The words of a rule that a text has."""
        lower = text.casefold()
        return tuple(word for word in self.words.get(kind, ()) if word.casefold() in lower)


@dataclass(frozen=True)
class Finding:
    """A rule that fired for a ticket. `subject`: see `RiskRow`; `tickets`: those counted."""

    kind: RiskKind
    subject: str
    count: int
    words: tuple[str, ...] = field(default=(), repr=False)
    tickets: tuple[int, ...] = ()

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.subject}"

    def kept(self) -> dict[str, object]:
        return {"count": self.count, "words": list(self.words), "tickets": list(self.tickets)}


def words_found(rules: RiskRules, ticket_id: int, text: str) -> Iterable[Finding]:
    for kind in WORD_KINDS:
        if words := rules.said(kind, text):
            yield Finding(kind, f"ticket {ticket_id}", len(words), words)
