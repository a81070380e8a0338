"""English spoken numbers: "one three double eight", "fifteen oh two", "one hundred and five"."""

from __future__ import annotations

import re
from collections.abc import Iterator

_DIGITS = {
    word: str(number)
    for number, words in enumerate(
        ("zero oh o nought", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    )
    for word in words.split()
}
_TEENS = {
    word: number
    for number, word in enumerate(
        [
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
        ],
        10,
    )
}
_TENS = {
    word: number
    for number, word in zip(
        range(20, 100, 10),
        ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"],
        strict=True,
    )
}
_SCALES = {"hundred": 100, "thousand": 1000}
_REPEATS = {"double": 2, "triple": 3, "treble": 3}
_FILLERS = frozenset({"uh", "um", "er", "dash", "hyphen"})
_TOKEN = re.compile(r"[a-z]+|[0-9]+")


class _EnglishRun:
    """Number words as they come, until another word ends the number."""

    def __init__(self) -> None:
        self.digits = ""  # settled
        self._value: int | None = None  # a spoken value that may grow: twenty -> twenty three
        self._room = 0  # the next part must be below this to grow it
        self._repeat = 1

    @property
    def empty(self) -> bool:
        return not self.digits and self._value is None

    def take(self, word: str) -> bool:
        """Add a word; False when it is no part of a number."""
        if word.isdigit():
            self._settle()
            self.digits += word
        elif word in _REPEATS:
            self._settle()
            self._repeat = _REPEATS[word]
        elif word in _SCALES:
            return self._scale(_SCALES[word])
        elif word in _TEENS:
            self._add(_TEENS[word], 0)
        elif word in _TENS:
            self._add(_TENS[word], 10)
        elif word in _DIGITS:
            self._digit(_DIGITS[word])
        elif word in _FILLERS:
            return not self.empty
        else:
            # "one hundred and five"
            return word == "and" and self._value is not None and self._room >= 100
        return True

    def finish(self) -> str:
        self._settle()
        return self.digits

    def _digit(self, digit: str) -> None:
        grows = self._value is not None and int(digit) < self._room and digit != "0"
        if self._repeat == 1 and (grows or (self._value is None and digit != "0")):
            self._add(int(digit), 0)
            return
        self._settle()
        self.digits += digit * self._repeat
        self._repeat = 1

    def _add(self, number: int, room: int) -> None:
        if self._value is None or number >= self._room:
            self._settle()
            self._value = number
        else:
            self._value += number
        self._room = room

    def _scale(self, scale: int) -> bool:
        if self._value is None or (scale == 1000 and self._value >= 1000):
            return False
        if scale == 100:
            few = self._value % 1000  # "nineteen hundred", "one thousand five hundred"
            if not 0 < few < 100:
                return False
            self._value += few * 99
        else:
            self._value *= 1000
        self._room = scale
        return True

    def _settle(self) -> None:
        if self._value is not None:
            self.digits += str(self._value)
        self._value, self._room = None, 0


def english_numbers(text: str) -> Iterator[str]:
    """Each number in `text` (lower case) as digits, in order."""
    run = _EnglishRun()
    for token in _TOKEN.findall(text):
        if run.take(token):
            continue
        if not run.empty:
            yield run.finish()
        run = _EnglishRun()
        run.take(token)
    if not run.empty:
        yield run.finish()


def ends_in_english_number(text: str) -> bool:
    """Whether the last word (lower case) is one of a number; "one" alone is a word."""
    tokens = _TOKEN.findall(text)
    if not tokens or not _EnglishRun().take(tokens[-1]):
        return False
    return tokens[-1] not in ("one", "o", "oh") or len(list(english_numbers(text))[-1]) > 1
