"""What keeps a phrase from being an event: negation, past, hypothesis, question and the like.

After ConText (Harkema et al. 2009): a trigger phrase ("没有", "如果") reaches over the words
beside it until a closing phrase ("现在", "但是") or punctuation ends its reach; pseudo-triggers
("有没有", "不是演习") are the lexicon's `innocent` phrases. All words are data of the pack.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from asr.lexicon.pattern import Mention, Mentions
from asr.lexicon.tokens import CLAUSE, SENTENCE, Token

_OVER_TEXT = SENTENCE + 1


class Where(StrEnum):
    """Where a guard's words stand, seen from the match."""

    BEFORE = "before"  # beside any of its parts
    AFTER = "after"  # beside its end
    INSIDE = "inside"  # beside the end of any of its parts
    EARLIER = "earlier"  # anywhere before its last part
    LATER = "later"  # anywhere after it
    ANYWHERE = "anywhere"  # EARLIER or LATER


SCOPES = {"clause": CLAUSE, "sentence": SENTENCE, "text": _OVER_TEXT}


@dataclass(frozen=True)
class Guard:
    """One kind of context; `words`, `through`, `until`, `cancel` name sets ("" for none).

    Beside (BEFORE, AFTER, INSIDE): only words of `through` and at most `within` others stand
    between. Otherwise: no punctuation as strong as `scope` and no word of `until` between, and
    at most `within` tokens when it is not 0. A word of `cancel` later in the text undoes it.
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

    def applies(self, match: Mention, mentions: Mentions, tokens: Sequence[Token]) -> bool:
        """Whether `match` stands in this context."""
        return any(
            self._reaches(guard, match, mentions, tokens)
            and not any(word.start >= guard.end for word in mentions.get(self.cancel, ()))
            for guard in mentions.get(self.words, ())
            if not any(_overlap(guard, leaf) for leaf in match.leaves)
        )

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


def _overlap(one: Mention, other: Mention) -> bool:
    return one.start < other.end and other.start < one.end
