"""What keeps a phrase from being an event: negation, past, hypothesis, question and the like.

After ConText (Harkema et al. 2009): a trigger phrase ("没有", "如果") reaches over the words
beside it until a closing phrase ("现在", "但是") or punctuation ends its reach; pseudo-triggers
("有没有", "不是演习") are the lexicon's `innocent` phrases. All words are data of the pack.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, StrEnum

from asr.lexicon.pattern import Mention, Mentions
from asr.lexicon.tokens import CLAUSE, SENTENCE, Token

_OVER_TEXT = SENTENCE + 1

ASIDE = "aside"
"""The set of what tells that a clause speaks of something else: of the call itself ("I rang
yesterday"), of courtesy, of a lamp. Its past, question or thanks are not the phrase's."""


class Where(StrEnum):
    """Where a guard's words stand, seen from the match."""

    BEFORE = "before"  # beside any of its parts
    AFTER = "after"  # beside its end
    INSIDE = "inside"  # beside the end of any of its parts
    EARLIER = "earlier"  # anywhere before its last part
    LATER = "later"  # anywhere after it
    ANYWHERE = "anywhere"  # EARLIER or LATER


class Reach(Enum):
    """How a guard concerns a match."""

    NONE = "none"
    ELSEWHERE = "elsewhere"  # from another clause
    HERE = "here"  # from its own clause, or taking it back


SCOPES = {"clause": CLAUSE, "sentence": SENTENCE, "text": _OVER_TEXT}


@dataclass(frozen=True)
class Guard:
    """One kind of context; `words`, `through`, `until`, `cancel` name sets ("" for none).

    Beside (BEFORE, AFTER, INSIDE): only words of `through` and at most `within` others stand
    between. Otherwise: no punctuation as strong as `scope` and no word of `until` between, and
    at most `within` tokens when it is not 0. A word of `cancel` later in the text undoes it, and
    one of `doubt` leaves a question of it.
    """

    name: str
    words: str
    where: Where
    level: float = 0.0  # a match's level is multiplied by this
    scope: int = SENTENCE
    within: int = 0
    through: str = ""
    until: str = ""
    cancel: str = ""
    doubt: str = ""
    takes_back: bool = False  # a sentence of its own takes the phrase back ("it was put out")

    def reach(self, match: Mention, mentions: Mentions, tokens: Sequence[Token]) -> Reach:
        """Whether `match` stands in this context, and how near it is."""
        nearest = Reach.NONE
        clauses = {tokens[leaf.start].clause for leaf in match.leaves}
        for words in mentions.get(self.words, ()):
            if (
                any(_overlap(words, leaf) for leaf in match.leaves)
                or is_aside(words, match, mentions, tokens)
                or not self._reaches(words, match, mentions, tokens)
                or any(word.start >= words.end for word in mentions.get(self.cancel, ()))
            ):
                continue
            if any(word.start >= words.end for word in mentions.get(self.doubt, ())):
                nearest = Reach.ELSEWHERE
                continue
            beside = words.start >= len(tokens) or tokens[words.start].clause in clauses
            if beside or (self.takes_back and words.start > match.start):
                return Reach.HERE
            nearest = Reach.ELSEWHERE
        return nearest

    def _reaches(
        self, guard: Mention, match: Mention, mentions: Mentions, tokens: Sequence[Token]
    ) -> bool:
        return any(
            self._joins(start, end, mentions, tokens)
            if self.where in (Where.BEFORE, Where.AFTER, Where.INSIDE)
            else self._spans(start, end, mentions, tokens)
            for start, end in self._stretches(guard, match)
            if start <= end
        )

    def _stretches(self, guard: Mention, match: Mention) -> Iterator[tuple[int, int]]:
        """Tokens between the guard's words and the match, as (first, past the last)."""
        last = match.leaves[-1]
        if self.where is Where.BEFORE:
            yield from ((guard.end, leaf.start) for leaf in match.leaves)
        if self.where is Where.INSIDE:
            yield from ((leaf.end, guard.start) for leaf in match.leaves)
        if self.where in (Where.EARLIER, Where.ANYWHERE):
            yield guard.end, last.start
        if self.where in (Where.AFTER, Where.LATER, Where.ANYWHERE):
            yield last.end, guard.start

    def _joins(self, start: int, end: int, mentions: Mentions, tokens: Sequence[Token]) -> bool:
        if any(
            tokens[position].stop for position in range(start, end + 1) if position < len(tokens)
        ):
            return False
        spare = self.within
        through = mentions.get(self.through, ())
        while start < end:
            steps = [word.end for word in through if word.start == start and word.end <= end]
            if steps:
                start = max(steps)
            elif spare:
                start, spare = start + 1, spare - 1
            else:
                return False
        return True

    def _spans(self, start: int, end: int, mentions: Mentions, tokens: Sequence[Token]) -> bool:
        if self.within and end - start > self.within:
            return False
        if any(tokens[position].stop >= self.scope for position in range(start, end + 1)):
            return False
        return not any(
            start <= word.start and word.end <= end for word in mentions.get(self.until, ())
        )


def is_aside(words: Mention, match: Mention, mentions: Mentions, tokens: Sequence[Token]) -> bool:
    """Whether `words` stand in a clause that speaks of something else than `match`."""
    if not (asides := mentions.get(ASIDE)) or words.start >= len(tokens):
        return False
    clauses = {tokens[leaf.start].clause for leaf in match.leaves}
    for aside in asides:
        covers = aside.start <= words.start and words.end <= aside.end
        beside = tokens[aside.start].clause == tokens[words.start].clause
        if covers and not any(_overlap(aside, leaf) for leaf in match.leaves):
            return True
        if beside and tokens[aside.start].clause not in clauses:
            return True
    return False


def _overlap(one: Mention, other: Mention) -> bool:
    return one.start < other.end and other.start < one.end
