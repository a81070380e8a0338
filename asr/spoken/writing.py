"""Spoken words as people write them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from asr.spoken.chinese_numbers import BREAK, digitise

_CJK = r"[\u3400-\u4dbf\u4e00-\u9fff\u3007]"
_BLANK_AT_CJK = re.compile(rf"(?<={_CJK})\s+|\s+(?={_CJK})")
_NUMERAL_WORD = re.compile(r"[零〇一二两三四五六七八九十百千万亿幺]+")


def joined(text: str, language: str) -> str:
    """Recognised words parted by blanks -> a line; Chinese has blanks only between Latin words."""
    text = " ".join(text.split())
    return _BLANK_AT_CJK.sub("", text) if language == "zh-CN" else text


def written(stretches: Sequence[Sequence[str]], language: str) -> str:
    """The words of each stretch of speech as one text; see `Transcript.text`."""
    if language == "zh-CN":
        return digitise("，".join(joined(_marked(words), language) for words in stretches))
    return " ".join(" ".join(words) for words in stretches)


def _marked(words: Sequence[str]) -> str:
    """The words parted by blanks, with a mark where a numeral ends and 一个, 三楼 ... begins.

    Without it 三零二 一个人 would read as room 3021.
    """
    marked: list[str] = []
    for before, word in zip(("", *words), words, strict=False):
        own_numeral = _NUMERAL_WORD.match(word)
        apart = own_numeral and own_numeral[0] != word and _NUMERAL_WORD.fullmatch(before)
        marked.append(BREAK + word if apart else word)
    return " ".join(marked)
