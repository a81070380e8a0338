"""What of the live text is worth an alarm, and when it is said."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from asr.lexicon.classifier import RULE as LEARNT_RULE
from asr.lexicon.lexicon import Hit
from asr.live.ear import Heard

SUSPICION_LEVEL = 0.5  # the most that a word list's hit is worth before it is confirmed
# A partial text flickers: a word cut in its middle looks like another (漏 of 漏水 like 爆), and
# 吗 or "not" may be the next one. A hit counts when it is still there this much speech later ...
STABLE_S = 0.3
# ... this much when the second opinion is not as sure: the end of the sentence may tell (高空抛物
# ... 的牌子掉漆了); an utterance's end comes about as soon ...
UNBACKED_S = 0.7
# ... and this much when it is only worth a question, which cuts the caller off.
UNSURE_LEVEL, UNSURE_S = 0.75, 1.0
_RISE = 0.05  # a hit is told again when its level has risen by more than this

_Key = tuple[str, str]  # category and rule


@dataclass(frozen=True)
class _Sighting:
    """Where in the speech a hit was first seen, and how sure it was."""

    since_s: float
    level: float


class FindHits(Protocol):
    """`Lexicon.hits`."""

    def __call__(self, text: str, *, at_s: float = 0.0) -> tuple[Hit, ...]: ...


class Spotter:
    """Looks at each partial and final text of one call; each (category, rule) is told once an
    utterance, and again only when it has become surer."""

    def __init__(self, find_hits: FindHits) -> None:
        self._find_hits: Callable[..., tuple[Hit, ...]] = find_hits
        self._running: dict[_Key, _Sighting] = {}  # what every partial since has
        self._told: dict[_Key, float] = {}  # at what level
        self._suspected: set[_Key] = set()  # told by a word list alone
        self._text = ""
        self._hits: tuple[Hit, ...] = ()

    def look(self, heard: Heard) -> tuple[Hit, ...]:
        """The hits to tell now."""
        if heard.certain and self._suspected:
            return self._confirmed(heard)
        hits = self._hits_of(heard)
        running = {_key(hit): self._sighting(hit, heard.end_s) for hit in hits}
        news = tuple(
            hit
            for hit in hits
            if (heard.final or heard.end_s - running[_key(hit)].since_s >= _patience_s(hit))
            and hit.level > self._told.get(_key(hit), -1.0) + _RISE
        )
        for hit in news:
            self._told[_key(hit)] = hit.level
        self._running = running
        if not heard.certain:
            self._suspected.update(map(_key, news))
        if heard.final:
            self.forget()
        return news

    def is_suspicious(self, text: str) -> bool:
        """Would a word list's `text` raise an alarm?"""
        return bool(_by_rules(self._find_hits(text)))

    def forget(self) -> None:
        """A new utterance begins."""
        self._running, self._told, self._text, self._hits = {}, {}, "", ()

    def _sighting(self, hit: Hit, now_s: float) -> _Sighting:
        """Since when this hit is there; one that has become surer counts as a new one."""
        before = self._running.get(_key(hit))
        if before is None or hit.level > before.level + _RISE:
            return _Sighting(now_s, hit.level)
        return before

    def _confirmed(self, heard: Heard) -> tuple[Hit, ...]:
        """A dictation of suspicious audio tells what it is surer of than the word list; it may
        come while the next utterance is already running."""
        return tuple(
            hit
            for hit in self._find_hits(heard.text, at_s=heard.end_s)
            if hit.level > SUSPICION_LEVEL + _RISE or _key(hit) not in self._suspected
        )

    def _hits_of(self, heard: Heard) -> tuple[Hit, ...]:
        if heard.text != self._text:
            self._text = heard.text
            self._hits = self._find_hits(heard.text, at_s=heard.end_s)
        if heard.certain:
            return self._hits
        return tuple(
            replace(hit, level=min(hit.level, SUSPICION_LEVEL)) for hit in _by_rules(self._hits)
        )


def _by_rules(hits: tuple[Hit, ...]) -> tuple[Hit, ...]:
    """Without the second opinion: it judges whole sentences, a word list hears pieces."""
    return tuple(hit for hit in hits if hit.rule != LEARNT_RULE)


def _patience_s(hit: Hit) -> float:
    if hit.rule == LEARNT_RULE:
        return math.inf  # it judges whole sentences: half of one may mean anything
    if hit.level < UNSURE_LEVEL:
        return UNSURE_S
    return STABLE_S if hit.backed else UNBACKED_S


def _key(hit: Hit) -> _Key:
    return hit.category, hit.rule
