"""Chinese numerals in running text as digits, where people would write digits.

cn2an reads a numeral; this module decides what is one. 三号楼 is building 3 and 一五零二
room 1502, but 一下, 十分, 千万, 七八个 and 三三两两 are words. So a numeral is looked at with
what stands before and after it, and stays as it is in doubt.
"""

from __future__ import annotations

import re
from itertools import pairwise

import cn2an

BREAK = "\u2063"  # invisible: a numeral ends here although the next character is one too

DIGITS = {
    **{char: str(value) for value, char in enumerate("零一二三四五六七八九")},
    **{char: str(value) for value, char in enumerate("0123456789")},
    "〇": "0",
    "幺": "1",
    "两": "2",
}
NUMERALS = "零〇一二两三四五六七八九幺十百千万亿"
_UNITS = frozenset("十百千万亿")

_RUN = re.compile(rf"七七八八|[{NUMERALS}]+")
# What a numeral names: these take any number, 一 and 二 too.
LABEL = r"号|栋|幢|单元|楼|层|期|区|室|房|月份?(?!亮)|座"
_LABEL = re.compile(LABEL)
# What a numeral counts; 二 never counts in speech (两 does) and 一个 is hardly a number.
_MEASURE = re.compile(
    r"个|位|名|人(?!民)|次|回|遍|部|台|辆|条|根|盏|扇|块|把|张|件|户|家|点|秒|小时|分钟|刻钟|天|日|年|"
    r"岁|米|公里|厘米|毫米|平|度|元|毛|吨|斤|公斤|升|级|倍|伏|瓦|只|棵|瓶|桶|袋|种|组|排|星期|礼拜|周|季度"
)
_QUANTITY = r"(?:米|公里|厘米|吨|度|平|级|倍|公斤|斤|升|元|万|个小时|小时)"
_ONE_IS_A_WORD = re.compile(r"[个下直些样起点定般共家边会旦切]")
_ONE_IS_A_LABEL = re.compile(r"号|栋|幢|单元|楼|期|区|月份?(?!亮)|层(?![水灰土油皮薄厚冰雪纸膜])")
_AFTER_WHICH_ONE_IS_A_WORD = tuple("同唯统另任每某单这那哪上下第")
_TIME_BEFORE = re.compile(
    r"(?:上午|下午|中午|晚上|凌晨|早上|早晨|夜里|半夜|深夜|傍晚|清晨|今晚|昨晚)$"
)
_OCLOCK = re.compile(r"点(?:半|多钟|钟|[零一二三四五]?十|零[一二三四五六七八九])")
_DECIMAL_AHEAD = re.compile(rf"点[零〇一二三四五六七八九]+{_QUANTITY}")
_DECIMAL = re.compile(rf"(\d+)点([\d零〇一二三四五六七八九]+)(?={_QUANTITY})")
_PERCENT = re.compile(r"百分之(\d+(?:\.\d+)?)")
_WEEKDAY_BEFORE = re.compile(r"(?:星期|礼拜|周)$")
_FLOOR_AND_ROOM = re.compile(
    r"((?:[二三四五六七八九]?十[一二三四五六七八九]?))([零〇][一二三四五六七八九])"
)
_ABOUT = re.compile(r"[一二两三四五六七八九]{2}")
_BREAK_IN_NUMBER = re.compile(rf"(?<=\d){BREAK}(?=\d)")
_COMMA_IN_NUMBER = re.compile(r"(?<=\d)，(?=\d{2})")


def digitise(text: str) -> str:
    """`text` (no blanks between Chinese characters) with its numerals as digits."""

    def replaced(match: re.Match[str]) -> str:
        return _replace(match[0], text[: match.start()], text[match.end() :])

    result = _RUN.sub(replaced, text)
    result = _DECIMAL.sub(lambda match: f"{match[1]}.{digits(match[2])}", result)
    result = _PERCENT.sub(r"\1%", result)
    # A pause inside a telephone number is no comma, two numbers side by side need one.
    result = _COMMA_IN_NUMBER.sub("", result)
    return _BREAK_IN_NUMBER.sub("，", result).replace(BREAK, "")


def digits(run: str) -> str:
    """Digit characters one by one: 幺三八 -> 138."""
    return "".join(DIGITS[char] for char in run)


def value(run: str) -> str:
    """A numeral with units as digits: 二十三 -> 23, 一百二 -> 120, 十五零二 (floor and room)
    -> 1502; empty when it is not one."""
    if (room := _FLOOR_AND_ROOM.fullmatch(run)) is not None:
        return value(room[1]) + digits(room[2])
    if _ABOUT.search(run) or run[0] in "百千万亿":
        return ""
    plain = run.replace("两", "二").replace("〇", "零").replace("幺", "一")
    try:
        return str(cn2an.cn2an(plain, "normal"))
    except (ValueError, KeyError):  # KeyError: cn2an's own slip, on 〇亿〇
        return ""


def _replace(run: str, before: str, after: str) -> str:
    if _WEEKDAY_BEFORE.search(before) and run[0] in "一二三四五六":
        rest = run[1:]
        return run[0] + (_replace(rest, before + run[0], after) if rest else "")
    if run[-1] == "一" and len(run) > 3 and _ONE_IS_A_WORD.match(after):
        return _replace(run[:-1], before, "") + "一"
    if _UNITS.isdisjoint(run):
        convert = _is_digit_run(run, before, after) if len(run) > 1 else _is_one(run, before, after)
        return digits(run) if convert else run
    return _with_units(run, before, after)


def _is_digit_run(run: str, before: str, after: str) -> bool:
    """Is a run of two or more digit characters read out one by one (room, telephone)?"""
    if "幺" in run:
        return True
    spoken_as_two = "两" in run
    ascending = all(int(DIGITS[b]) - int(DIGITS[a]) == 1 for a, b in pairwise(run))
    label = _LABEL.match(after) is not None
    if len(run) == 2:
        if "零" in run or "〇" in run:
            return label or before.endswith("点") or _MEASURE.match(after) is not None
        return label and not ascending and not spoken_as_two
    if spoken_as_two:
        return len(run) > 3 and ("零" in run or "〇" in run)
    return run != "七七八八" and not (ascending and _MEASURE.match(after))


def _is_one(char: str, before: str, after: str) -> bool:
    """Is a single digit character a number here?"""
    if before.endswith("百分之"):
        return True
    if char == "一":
        return _is_number_one(before, after)
    if char in "零〇" or (char + after).startswith(("四周", "三天两头")):
        return False  # all around; every other day
    counted = after.startswith("点") if char in "二幺" else _MEASURE.match(after)
    return bool(_LABEL.match(after) or counted)


def _is_number_one(before: str, after: str) -> bool:
    """Is 一 a number here? It is part of a word far more often (一下, 一直, 一个)."""
    if after.startswith("点") and _TIME_BEFORE.search(before):
        return True
    if before.endswith(_AFTER_WHICH_ONE_IS_A_WORD):
        return False
    numbered = (_ONE_IS_A_LABEL, _OCLOCK, _DECIMAL_AHEAD)
    return any(pattern.match(after) for pattern in numbered)


def _with_units(run: str, before: str, after: str) -> str:
    if after.startswith(("几", "来")):  # 十几, 二十来个
        return run
    if run == "十":
        minutes = after.startswith("分钟") or (after.startswith("分") and before.endswith("点"))
        if not (minutes or before.endswith("点") or _LABEL.match(after) or _MEASURE.match(after)):
            return run  # 十分, 十足
        if before.endswith(("几", "数", "好")):
            return run
    return value(run) or run
