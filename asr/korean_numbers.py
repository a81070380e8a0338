"""Korean spoken numbers: 일공오, 천오백이 (and 셋 for small counts)."""

from __future__ import annotations

import re
from collections.abc import Iterator

_KO_DIGITS = {
    **{char: number for number, char in enumerate("영일이삼사오육칠팔구")},
    "공": 0,
    "륙": 6,
}
_KO_UNITS = {"십": 10, "백": 100, "천": 1000}
_KO_NATIVE = {
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
_KO_RUN = re.compile(r"[영공일이삼사오육륙칠팔구십백천만0-9]+")
_KO_AFTER = re.compile(
    r"(?:번지|호실|호기|번|동|호|층|단지|개|명|번입니다)?(?:이에요|예요|입니다|이요|요|에|으로|로|은|는|이|가)?"
)
_KO_COUNTERS = re.compile(r"(?:번지|호실|호기|번|동|호|층|단지)")


def korean_numbers(text: str) -> Iterator[str]:
    """Each number in `text` as digits, in order."""
    pending = ""
    pending_is_sure = False
    for token in re.split(r"[\s,.\-]+", text):
        match = _KO_RUN.match(token)
        tail = token[match.end() :] if match else ""
        if match and _KO_AFTER.fullmatch(tail):
            pending += _korean_digits(match[0])
            # 이, 일, 사 ... alone are words as often as numbers
            pending_is_sure |= len(match[0]) > 1 or bool(_KO_COUNTERS.match(tail))
            if tail:  # a counter ends the number
                yield from _sure(pending, pending_is_sure or token == text.strip())
                pending, pending_is_sure = "", False
            continue
        counted = _KO_COUNTERS.match(token) is not None  # 삼 호, 일 층에
        yield from _sure(pending, pending_is_sure or counted or len(pending) > 1)
        pending, pending_is_sure = "", False
        native = _KO_NATIVE.get(re.sub(_KO_AFTER.pattern + "$", "", token))
        if native:
            yield native
    yield from _sure(pending, pending_is_sure or len(pending) > 1 or _is_whole(text))


def _sure(number: str, sure: bool) -> Iterator[str]:
    if number and sure:
        yield number


def _is_whole(text: str) -> bool:
    return _KO_RUN.fullmatch(text.strip()) is not None


def _korean_digits(run: str) -> str:
    """천오백이 -> 1502, 일오공이 -> 1502."""
    if run.isdigit():
        return run
    if not any(char in "십백천만" for char in run):
        return "".join(char if char.isdigit() else str(_KO_DIGITS[char]) for char in run)
    total = section = digit = 0
    for char in run:
        if char in _KO_UNITS:
            section += (digit or 1) * _KO_UNITS[char]
            digit = 0
        elif char == "만":
            total += ((section + digit) or 1) * 10_000
            section = digit = 0
        else:
            digit = int(char) if char.isdigit() else _KO_DIGITS[char]
    return str(total + section + digit)
