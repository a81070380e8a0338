"""Spoken digits as digits: telephone, ticket, building and room numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from asr.chinese_numbers import LABEL, NUMERALS, digits, value
from asr.english_numbers import english_numbers
from asr.korean_numbers import korean_numbers


def find_number(text: str, language: str) -> str:
    """The number spoken in `text` as digits: the longest, of equals the last; "" when none.

    A caller corrects himself after the mistake, hence the last.
    """
    finder = _FINDERS.get(language)
    if finder is None:
        raise ValueError(f"no numbers for language {language!r}; known: {', '.join(_FINDERS)}")
    best = ""
    for number in finder(text.lower()):
        if len(number) >= len(best):
            best = number
    return best


_ZH_BETWEEN = re.compile(r"[\s，,、。.\-－—·]|杠|嗯|呃|啊")
_ZH_RUN = re.compile(rf"[{NUMERALS}0-9]+")
_ZH_NAMES_IT = re.compile(rf"{LABEL}|键")
_ZH_ANNOUNCES_IT = re.compile(r"(?:是|第|按|选|号码|号|楼|单元|室|栋|^)$")
_ZH_LITTLE_ELSE = re.compile(r"[的吧了呀嘛哦]*")
_ZH_ONE_IS_A_WORD = re.compile(r"[个下直些样起点定般共家边会旦切]")


def _chinese(text: str) -> Iterator[str]:
    text = _ZH_BETWEEN.sub("", text.translate(_FULL_WIDTH))
    for match in _ZH_RUN.finditer(text):
        run, before, after = match[0], text[: match.start()], text[match.end() :]
        if run[-1] == "一" and _ZH_ONE_IS_A_WORD.match(after):
            run = run[:-1]
        if len(run) == 1 and not run.isdigit() and not _names_a_number(before, after):
            continue
        if run:
            yield _chinese_digits(run)


def _names_a_number(before: str, after: str) -> bool:
    """A single character is a number beside 号楼, 单元 ... or as the whole answer."""
    if _ZH_NAMES_IT.match(after):
        return True
    return bool(_ZH_ANNOUNCES_IT.search(before) and _ZH_LITTLE_ELSE.fullmatch(after))


def _chinese_digits(run: str) -> str:
    """Digits of a run that may mix reading by digit and by value: 十二三零一 -> 12301."""
    if not any(char in "十百千万亿" for char in run):
        return digits(run)
    found = ""
    while run:
        for end in range(len(run), 0, -1):
            head = run[:end]
            plain = not any(char in "十百千万亿" for char in head)
            if converted := digits(head) if plain else value(head):
                found += converted
                run = run[end:]
                break
        else:
            run = run[1:]  # 千万, 百 ...: a unit without a number
    return found


_FULL_WIDTH = {ord(wide): str(digit) for digit, wide in enumerate("０１２３４５６７８９")}


_FINDERS: dict[str, Callable[[str], Iterator[str]]] = {
    "zh-CN": _chinese,
    "en": english_numbers,
    "ko": korean_numbers,
}
