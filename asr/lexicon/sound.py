"""How Chinese characters sound over a telephone: pinyin without tones, alike sounds merged.

Recognisers write 点梯 for 电梯 and 题困 for 梯困; many callers do not tell zh from z, n from l,
hu from fu or -ing from -in. So terms are compared by such syllables, and longer ones may
differ in one syllable that is a single letter away.
"""

from __future__ import annotations

import re
from functools import cache

from pypinyin import lazy_pinyin
from rapidfuzz.distance import Levenshtein

_MERGED = (
    (re.compile(r"^(z|c|s)h"), r"\1"),
    (re.compile(r"^n(?=[aeiouv])"), "l"),
    (re.compile(r"(?<=[aei])ng$"), "n"),
    (re.compile(r"^hu$"), "fu"),
)


@cache
def reading(character: str) -> str:
    """Merged syllable of a character's usual reading; empty when it is not Chinese."""
    if not "\u4e00" <= character <= "\u9fff":
        return ""
    return _merge(lazy_pinyin(character)[0])


def syllables(term: str) -> tuple[str, ...]:
    """Merged syllables of a term as it is read in context (着火 is zhao huo).

    Empty when one of its characters has no known reading (𨋢): such a term is only read.
    """
    if not all(map(reading, term)):
        return ()
    return tuple(_merge(syllable) for syllable in lazy_pinyin(term))


def is_near(left: str, right: str, limit: int) -> bool:
    """Whether two syllables differ by at most `limit` letters, and in initial or rime only."""
    if left == right:
        return True
    same_initial = left[0] == right[0]
    if min(len(left), len(right)) < (2 if same_initial else 3):
        return False  # ka and ma are one letter apart, and nothing alike
    if not same_initial and left[1:] != right[1:]:
        return False
    return Levenshtein.distance(left, right, score_cutoff=limit) <= limit


def _merge(syllable: str) -> str:
    for pattern, replacement in _MERGED:
        syllable = pattern.sub(replacement, syllable)
    return syllable
