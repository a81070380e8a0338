"""What of the live text is worth an alarm, and when it is said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from asr.ear import Heard
from asr.lexicon import Hit

SUSPICION_LEVEL = 0.5  # the most that a word list's hit is worth before it is confirmed
_STABLE_PARTIALS = 2  # a partial text flickers, and 吗 or "not" may be the next word
_RISE = 0.05  # a hit is told again when its level has risen by more than this

_Key = tuple[str, str]  # category and rule


class FindHits(Protocol):
    """`Lexicon.hits`."""

    def __call__(self, text: str, *, at_s: float = 0.0) -> tuple[Hit, ...]: ...


class Spotting:
    """Looks at each partial and final text of one call; each (category, rule) is told once an
    utterance, and again only when it has become surer."""

    def __init__(self, find_hits: FindHits) -> None:
        self._find_hits: Callable[..., tuple[Hit, ...]] = find_hits
        self._seen: dict[_Key, int] = {}  # in how many partials running
        self._told: dict[_Key, float] = {}  # at what level
        self._suspected: set[_Key] = set()  # told by a word list alone
        self._text = ""
        self._hits: tuple[Hit, ...] = ()

    def look(self, heard: Heard) -> tuple[Hit, ...]:
        """The hits to tell now."""
        if heard.certain and self._suspected:
            return self._confirmed(heard)
        hits = self._hits_of(heard)
        seen = {_key(hit): self._seen.get(_key(hit), 0) + 1 for hit in hits}
        news = tuple(
            hit
            for hit in hits
            if (heard.final or seen[_key(hit)] >= _STABLE_PARTIALS)
            and hit.level > self._told.get(_key(hit), -1.0) + _RISE
        )
        for hit in news:
            self._told[_key(hit)] = hit.level
        self._seen = seen
        if not heard.certain:
            self._suspected.update(map(_key, news))
        if heard.final:
            self.forget()
        return news

    def is_suspicious(self, text: str) -> bool:
        """Would a word list's `text` raise an alarm?"""
        return bool(self._find_hits(text))

    def forget(self) -> None:
        """A new utterance begins."""
        self._seen, self._told, self._text, self._hits = {}, {}, "", ()

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
        return tuple(replace(hit, level=min(hit.level, SUSPICION_LEVEL)) for hit in self._hits)


def _key(hit: Hit) -> _Key:
    return hit.category, hit.rule
