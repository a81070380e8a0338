"""Korean spoken numbers: 일공오, 천오백이 (and 셋 for small counts)."""

from __future__ import annotations

import re
from collections.abc import Iterator

_SYLLABLES = {
    **{char: number for number, char in enumerate("영일이삼사오육칠팔구")},
    "공": 0,
    "륙": 6,
}
_UNITS = {"십": 10, "백": 100, "천": 1000}
_NATIVE = {
    word: str(number)
    for number, words in enumerate(
        [
            "하나 한",
            "둘 두",
            "셋 세",
            "넷 네",
            "다섯",
            "여섯",
            "일곱",
            "여덟",
            "아홉",
            "열",
            "열하나 열한",
            "열둘 열두",
        ],
        1,
    )
    for word in words.split()
}
_RUN = re.compile(r"[영공일이삼사오육륙칠팔구십백천만0-9]+")
_AFTER = re.compile(
    r"(?:번지|호실|호기|번|동|호|층|단지|개|명|번입니다)?(?:이에요|예요|입니다|이요|요|에|으로|로|은|는|이|가)?"
)
# Words that could be numbers: work, between, cucumber, a move, tools, today's "this day".
_WORDS = frozenset({"일이", "사이", "오이", "이사", "공구", "이일", "구이", "일일", "만이"})
_COUNTERS = re.compile(r"(?:번지|호실|호기|번|동|호|층|단지)")


def korean_numbers(text: str) -> Iterator[str]:
    """Each number in `text` as digits, in order."""
    number = _Number()
    for token in re.split(r"[\s,.\-]+", text):
        match = _RUN.match(token)
        tail = token[match.end() :] if match else ""
        if match and _AFTER.fullmatch(tail):
            number.take(match[0])
            number.is_sure |= _COUNTERS.match(tail) is not None
            if not tail:
                continue
        number.is_sure |= _COUNTERS.match(token) is not None  # 삼 호, 일 층에
        yield from number.end()
        native = _NATIVE.get(re.sub(_AFTER.pattern + "$", "", token))
        if native:
            yield native
    number.is_sure |= _RUN.fullmatch(text.strip()) is not None
    yield from number.end()


def ends_in_korean_number(text: str) -> bool:
    """Whether digits stand alone at the end: 공일공 일이삼사; 이, 일 ... are words as often."""
    tokens = re.split(r"[\s,.\-]+", text.strip(" ,.-"))
    last = tokens[-1]
    return _RUN.fullmatch(last) is not None and len(last) > 1 and last not in _WORDS


class _Number:
    """Tokens of one number, read out in groups: 공일공 일이삼사 오육칠팔."""

    def __init__(self) -> None:
        self.is_sure = False
        self._digits: list[str] = []

    def take(self, run: str) -> None:
        self._digits.append(_digits(run))
        # 이, 일, 사 ... alone are words as often as numbers
        self.is_sure |= len(self._digits) > 1 or (len(run) > 1 and run not in _WORDS)

    def end(self) -> Iterator[str]:
        """The number, when there is one, and a new beginning."""
        if self._digits and self.is_sure:
            yield "".join(self._digits)
        self._digits, self.is_sure = [], False


def _digits(run: str) -> str:
    """천오백이 -> 1502, 일오공이 -> 1502."""
    if run.isdigit():
        return run
    if not any(char in "십백천만" for char in run):
        return "".join(char if char.isdigit() else str(_SYLLABLES[char]) for char in run)
    total = section = digit = 0
    for char in run:
        if char in _UNITS:
            section += (digit or 1) * _UNITS[char]
            digit = 0
        elif char == "만":
            total += ((section + digit) or 1) * 10_000
            section = digit = 0
        else:
            digit = int(char) if char.isdigit() else _SYLLABLES[char]
    return str(total + section + digit)
