"""How much of a sentence an ear got wrong.

Mandarin is counted in syllables without tones, because an ear that writes characters chooses
among homophones. Any other syllable is wrong, also one that is split in two (西安 for 先), 两
for 二 and 一 for 幺. Only where the ear wrote a figure may it be read in more than one way:
120 as 一二零, 幺二零 or 一百二十, 6.55 as a time. English is counted in words, figures spelt out,
I'm as I am.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import cn2an
from pypinyin import lazy_pinyin

from ivr.prompts.spoken_text import to_pinyin

Unit = frozenset[str]  # a syllable or word, or the ways in which a digit may be read
Reading = tuple[Unit, ...]

_MOST_READINGS = 512
_DAYS = 31  # of a month
_PIECES = {
    "zh-CN": re.compile(r"\d+:\d\d|\d+|[a-z]+|[\u4e00-\u9fff]+"),
    "en": re.compile(r"\d+:\d\d|\d+(?:st|nd|rd|th)?|[a-z']+"),
}
_ONES = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
_TEENS = [
    *("ten", "eleven", "twelve", "thirteen", "fourteen"),
    *("fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
]
_TENS = ["_", "_", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_ORDINALS = {"one": "first", "two": "second", "three": "third", "five": "fifth"}
_ORDINALS |= {"eight": "eighth", "nine": "ninth", "twelve": "twelfth"}


@dataclass(frozen=True)
class Heard:
    """One sentence as it was said and as the ear wrote it."""

    wrong: int  # syllables or words
    said: int

    @property
    def rate(self) -> float:
        return self.wrong / self.said if self.said else 0.0


def compare(said: str, heard: str, language: str) -> Heard:
    """Of all readings of the figures in `heard`, the one nearest to what was said counts."""
    reference = next(_readings(said, language))
    wrong = min(_distance(reference, reading) for reading in _readings(heard, language))
    return Heard(wrong, len(reference))


def _distance(said: Reading, heard: Reading) -> int:
    """Levenshtein's, where two units are equal when they have a reading in common."""
    row = list(range(len(heard) + 1))
    for count, unit in enumerate(said, 1):
        above, row = row, [count]
        for index, other in enumerate(heard):
            same = bool(unit & other)
            row.append(min(above[index] + (not same), above[index + 1] + 1, row[index] + 1))
    return row[-1]


def _readings(text: str, language: str) -> Iterator[Reading]:
    choices = [
        _PIECE_READINGS[language](piece)
        for piece in _PIECES[language].findall(_plain(text, language))
    ]
    for count, reading in enumerate(product(*choices)):
        if count == _MOST_READINGS:
            return
        yield tuple(unit for piece in reading for unit in piece)


def _plain(text: str, language: str) -> str:
    text = re.sub(r"(\d)[.：](\d\d)(?!\d)", r"\1:\2", text.lower())  # an ear writes 6.55 for 6:55
    if language == "en":
        text = re.sub(r"\bi'm\b", "i am", text.replace("’", "'"))
        text = re.sub(r"(?<![a-z'])(?<!\bi )([ap])\.? ?m\b\.?", r" \1 m", text)
        text = re.sub(r"\bgood[- ]bye\b", "goodbye", text)
        text = re.sub(r"\bhot line\b", "hotline", text)
    return text


def _mandarin(piece: str) -> Sequence[Reading]:
    if not piece[0].isdigit():
        return (_units(to_pinyin(piece) if not piece.isascii() else piece),)
    if ":" in piece:
        hour, minute = piece.split(":")
        return tuple(
            (*a, *_units("dian"), *b, *end)
            for a in _mandarin(hour)
            for b in _mandarin(minute)
            for end in ((), _units("fen"))
        )
    digits = tuple(
        {"1": frozenset({"yi", "yao"}), "2": frozenset({"er", "liang"})}.get(
            digit, frozenset(lazy_pinyin("零一二三四五六七八九"[int(digit)]))
        )
        for digit in piece
    )
    if len(piece) == 1 or len(piece) > 4 or piece.startswith("0"):
        return (digits,)
    spoken = str(cn2an.an2cn(piece))
    quantity = tuple(
        frozenset({"er", "liang"}) if char == "二" else frozenset(lazy_pinyin(char))
        for char in spoken
    )
    return (quantity, digits)


def _english(piece: str) -> Sequence[Reading]:
    if not piece[0].isdigit():
        return (_units(piece),)
    if ":" in piece:
        hour, minute = piece.split(":")
        ends = [()] if minute == "00" else _english(minute)
        return tuple((*a, *b) for a in _english(hour) for b in ends)
    if not piece.isdigit():
        return (_ordinal(int(piece[:-2])),)
    digits = tuple(
        frozenset({"zero", "oh", "o"}) if digit == "0" else frozenset({_ONES[int(digit)]})
        for digit in piece
    )
    found = [digits]
    if not piece.startswith("0") and 1 < len(piece) <= 4:
        words = _quantity(int(piece))
        found += [_units(words), _units(words.replace(" and ", " "))]
        if len(piece) > 2:
            found += [
                (*a, *b) for a in _english(piece[:-2]) for b in _english(piece[-2:]) if a != digits
            ]
    if 0 < int(piece) <= _DAYS:
        found.append(_ordinal(int(piece)))  # August 8
    return tuple(dict.fromkeys(found))


def _ordinal(value: int) -> Reading:
    *first, last = _quantity(value).split()
    word = _ORDINALS.get(last, last.removesuffix("y") + ("ieth" if last[-1] == "y" else "th"))
    return _units(" ".join([*first, word]))


def _quantity(value: int) -> str:
    """`2345` -> two thousand three hundred and forty five."""
    words: list[str] = []
    for size, name in ((1000, "thousand"), (100, "hundred")):
        if value >= size:
            words += [_quantity(value // size), name]
            value %= size
    if words and value:
        words.append("and")
    if value >= 20:
        words.append(_TENS[value // 10])
        value %= 10
        if not value:
            return " ".join(words)
    if value or not words:
        words.append((_ONES + _TEENS)[value])
    return " ".join(words)


def _units(text: str) -> Reading:
    return tuple(frozenset({word.rstrip("12345")}) for word in text.split())


_PIECE_READINGS = {"zh-CN": _mandarin, "en": _english}
