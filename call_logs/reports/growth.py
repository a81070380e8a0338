"""Which words of tickets are new, or come more often than in the weeks before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from math import log

from call_logs.reports.phrases import joins, phrases
from call_logs.storage.background import give_way

__all__ = ["FEWEST", "GrowingWord", "Said", "growing"]

FEWEST = 3  # tickets, each of another owner: what one or two say is nobody's trend
MOST = 20
WEEKS = 8  # before, with which a time is compared
# What chance alone exceeds once in a thousand: Dunning's likelihood ratio, one degree of freedom.
LIKELIHOOD = 10.83
GROWN = 2.0  # times as often, per ticket
FRAGMENT = 0.8  # of its places have the same neighbour: it is a piece of something longer


@dataclass(frozen=True)
class Said:
    """What a ticket says, without names. `week`: 0 is the time itself, 1 the week before ..."""

    ticket: int
    owner: bytes | int
    week: int
    text: str = field(repr=False)


@dataclass(frozen=True)
class GrowingWord:
    """`tickets`: those of the time, newest first. `weeks`: how many of each 1,000 tickets said
    it, week by week, the oldest first and the time itself last."""

    word: str
    tickets: tuple[int, ...]
    before: int  # tickets of the weeks before
    weeks: tuple[float, ...]
    likelihood: float

    @property
    def count(self) -> int:
        return len(self.tickets)

    @property
    def is_new(self) -> bool:
        return not self.before


def growing(
    said: Sequence[Said], cut: Callable[[str], Iterable[str]] = phrases
) -> tuple[GrowingWord, ...]:
    """Those that grow surely, the surest first."""
    now, before = Counter[str](), Counter[str]()
    totals = Counter[int]()
    for each in said:
        give_way()
        totals[each.week] += 1
        (before if each.week else now).update(cut(each.text))
    tickets_now, tickets_before = totals[0], sum(totals.values()) - totals[0]
    if not tickets_before:
        return ()  # nothing to compare with: every word would be new
    sure = {
        word: likelihood
        for word, count in now.items()
        if count >= FEWEST
        and count * tickets_before >= GROWN * before[word] * tickets_now
        and (likelihood := _likelihood(count, tickets_now, before[word], tickets_before))
        >= LIKELIHOOD
    }
    whole = _whole(sure, [each.text for each in said if not each.week])
    by_word: dict[str, list[Said]] = {word: [] for word in whole}
    for each in said:
        give_way()
        for word in whole.intersection(cut(each.text)):
            by_word[word].append(each)
    found = [_grown(word, each, totals, sure[word]) for word, each in by_word.items()]
    told = [each for each in found if each is not None]
    told.sort(key=lambda each: (-each.likelihood, -len(each.word), each.word))
    return tuple(_once(told)[:MOST])


def _grown(
    word: str, said: Sequence[Said], totals: Counter[int], likelihood: float
) -> GrowingWord | None:
    now = [each for each in said if not each.week]
    if len({each.owner for each in now}) < FEWEST:
        return None
    weeks = Counter(each.week for each in said)
    return GrowingWord(
        word=word,
        tickets=tuple(sorted((each.ticket for each in now), reverse=True)),
        before=len(said) - len(now),
        weeks=tuple(
            round(1000 * weeks[week] / totals[week], 1) if totals[week] else 0.0
            for week in range(WEEKS, -1, -1)
        ),
        likelihood=likelihood,
    )


def _likelihood(count: int, of: int, before: int, of_before: int) -> float:
    """How much better two rates explain the counts than one: G-squared."""

    def part(seen: int, expected: float) -> float:
        return seen * log(seen / expected) if seen else 0.0

    rate = (count + before) / (of + of_before)
    return 2 * (
        part(count, of * rate)
        + part(before, of_before * rate)
        + part(of - count, of * (1 - rate))
        + part(of_before - before, of_before * (1 - rate))
    )


def _whole(words: Iterable[str], texts: Sequence[str]) -> set[str]:
    """Without pieces of longer words, which nearly always stand beside the same character."""
    left: dict[str, Counter[str]] = {word: Counter() for word in words}
    right: dict[str, Counter[str]] = {word: Counter() for word in words}
    for text in texts:
        give_way()
        lower = text.casefold()
        for word, before in left.items():
            at = lower.find(word)
            while at >= 0:
                before[lower[max(at - 1, 0) : at]] += 1
                right[word][lower[at + len(word) : at + len(word) + 1]] += 1
                at = lower.find(word, at + 1)
    return {word for word in left if not _is_piece(left[word]) and not _is_piece(right[word])}


def _is_piece(neighbours: Counter[str]) -> bool:
    character, count = max(neighbours.items(), key=lambda each: each[1], default=("", 0))
    return joins(character) and count >= FRAGMENT * neighbours.total()


def _once(words: Sequence[GrowingWord]) -> list[GrowingWord]:
    """One word of those that overlap in the same tickets."""
    kept: list[GrowingWord] = []
    for each in words:
        if not any(
            (each.word in other.word or other.word in each.word)
            and len(set(each.tickets) & set(other.tickets)) >= FRAGMENT * each.count
            for other in kept
        ):
            kept.append(each)
    return kept
