"""Spoken digits as digits: telephone, ticket, building and room numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from asr.spoken.chinese_digits import ends_in_chinese_number, spoken_numbers
from asr.spoken.english_numbers import ends_in_english_number, english_numbers
from asr.spoken.korean_numbers import ends_in_korean_number, korean_numbers


def find_number(text: str, language: str) -> str:
    """The number spoken in `text` as digits: the longest, of equals the last; "" when none.

    A caller corrects themselves after the mistake, hence the last.
    """
    finder = _FINDERS.get(language)
    if finder is None:
        raise ValueError(f"no numbers for language {language!r}; known: {', '.join(_FINDERS)}")
    best = ""
    for number in finder(text.lower()):
        if len(number) >= len(best):
            best = number
    return best


def ends_in_number(text: str, language: str) -> bool:
    """Whether the last word of `text` is part of a number that may go on: numbers are
    dictated in groups."""
    return _ENDINGS[language](text.lower()) if language in _ENDINGS else False


_ENDINGS: dict[str, Callable[[str], bool]] = {
    "zh-CN": ends_in_chinese_number,
    "en": ends_in_english_number,
    "ko": ends_in_korean_number,
}
_FINDERS: dict[str, Callable[[str], Iterator[str]]] = {
    "zh-CN": spoken_numbers,
    "en": english_numbers,
    "ko": korean_numbers,
}
