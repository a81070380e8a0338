"""Chinese spoken numbers: 幺三八零零幺三八零零零, 十五零二, 三号楼."""

from __future__ import annotations

import re
from collections.abc import Iterator

from asr.spoken.chinese_numbers import DIGITS, LABEL, NUMERALS, digits, value

_AT_THE_END = re.compile(rf"(?:[零〇二两三四五六七八九幺十百0-9]|[{NUMERALS}0-9]一)$")
_BETWEEN = re.compile(r"[\s，,、。.\-－—·]|杠|嗯|呃|啊")
_RUN = re.compile(rf"[{NUMERALS}0-9]+")
_NAMES_IT = re.compile(rf"{LABEL}|键")
_ANNOUNCES_IT = re.compile(r"(?:是|第|按|选|号码|号|楼|单元|室|栋|^)$")
_LITTLE_ELSE = re.compile(r"[的吧了呀嘛哦]*")
_ONE_IS_A_WORD = re.compile(r"[个下直些样起点定般共家边会旦切]")

_MOBILE = re.compile("1[3-9][0-9]{9}")
_SHORTEST_TELEPHONE = 7
# Between the digits of a telephone number these are digits: what sounds like one, and how
# soldiers and railwaymen say 0, 7 and 9.
_MISHEARD = {
    char: digit
    for digit, chars in {
        "零": "林铃玲灵凌洞",
        "幺": "要腰邀",
        "二": "而儿耳",
        "三": "山散伞",
        "四": "似",
        "五": "武午舞屋",
        "六": "溜刘留流",
        "七": "其期起拐",
        "八": "把吧爸",
        "九": "就久酒勾",
    }.items()
    for char in chars
}
_RADIO = "洞拐勾"
_SOUNDS = "".join(_MISHEARD)
_MISHEARD_RUN = re.compile(rf"[{''.join(DIGITS)}{_SOUNDS}]{{{_SHORTEST_TELEPHONE},}}")


def spoken_numbers(text: str) -> Iterator[str]:
    """Each number in `text` as digits, in order; the misheard telephone numbers last."""
    text = _BETWEEN.sub("", text.translate(_FULL_WIDTH))
    for match in _RUN.finditer(text):
        run, before, after = match[0], text[: match.start()], text[match.end() :]
        if run[-1] == "一" and _ONE_IS_A_WORD.match(after):
            run = run[:-1]
        if len(run) == 1 and not run.isdigit() and not _names_a_number(before, after):
            continue
        if run:
            yield _mixed(run)
    for match in _MISHEARD_RUN.finditer(text):
        if number := _corrected(match[0]):
            yield number


def ends_in_chinese_number(text: str) -> bool:
    """Whether a numeral stands at the end: 一三八, but not 三号楼 or 等一等."""
    return bool(_AT_THE_END.search(_BETWEEN.sub("", text.translate(_FULL_WIDTH))))


def _corrected(run: str) -> str:
    """A telephone number in which the engine wrote some digits as other words that sound the
    same; empty when too little of it is digits."""
    heard = digits("".join(_MISHEARD.get(char, char) for char in run))
    if mobile := _MOBILE.search(heard):
        spoken = run[mobile.start() : mobile.end()]
    else:
        spoken = run.strip(_SOUNDS)
    doubtful = sum(char in _MISHEARD and char not in _RADIO for char in spoken)
    if len(spoken) < _SHORTEST_TELEPHONE or doubtful * 3 > len(spoken):
        return ""
    return digits("".join(_MISHEARD.get(char, char) for char in spoken))


def _names_a_number(before: str, after: str) -> bool:
    """A single character is a number beside 号楼, 单元 ... or as the whole answer."""
    if _NAMES_IT.match(after):
        return True
    return bool(_ANNOUNCES_IT.search(before) and _LITTLE_ELSE.fullmatch(after))


def _mixed(run: str) -> str:
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
