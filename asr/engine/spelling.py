"""Writing a phrase with the words a model has.

A word list may only hold words of the model's vocabulary, parted by blanks.
Chinese is written without blanks, and models cut it differently (电梯困人 may
be one word, two or none), so a phrase is cut into the fewest words it knows.
"""

from __future__ import annotations

from collections.abc import Callable

_LONGEST_WORD = 6  # characters; Chinese vocabularies hold hardly any longer word


def spell(phrase: str, knows: Callable[[str], bool], language: str) -> str:
    """`phrase` as known words parted by blanks; empty when it cannot be written."""
    pieces: list[str] = []
    for token in phrase.lower().split():
        if knows(token):
            pieces.append(token)
        elif language == "zh-CN" and (cut := _cut(token, knows)):
            pieces.extend(cut)
        else:
            return ""
    return " ".join(pieces)


def _cut(text: str, knows: Callable[[str], bool]) -> list[str]:
    """The fewest known words that make up `text`; empty when there are none."""
    best: list[list[str] | None] = [[]] + [None] * len(text)
    for end in range(1, len(text) + 1):
        for start in range(max(0, end - _LONGEST_WORD), end):
            before = best[start]
            if before is None or not knows(text[start:end]):
                continue
            here = best[end]
            if here is None or len(before) + 1 < len(here):
                best[end] = [*before, text[start:end]]
    return best[-1] or []
