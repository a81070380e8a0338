"""Numbers and times as sequences of recorded parts, by the grammar of each language.

A part is the name of an entry of `[parts]` in `prompts.toml`: `number_0` to
`number_99`, `hundred`, `month_0` (January) and so on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

LARGEST = 9999

Parts = list[str]


def number_parts(value: int, language: str) -> Parts:
    """A quantity from 0 to `LARGEST`.

    Raises:
        ValueError: the number is out of range.
    """
    if not 0 <= value <= LARGEST:
        raise ValueError(f"only numbers from 0 to {LARGEST} are recorded, not {value}")
    return _NUMBERS[language](value)


def _chinese_number(value: int) -> Parts:
    """两百零五, 一百一十五, 两千零三十."""
    if value < 100:
        return [_number(value)]
    parts: Parts = []
    thousands, rest = divmod(value, 1000)
    hundreds, small = divmod(rest, 100)
    if thousands:
        parts += ["two" if thousands == 2 else _number(thousands), "thousand"]
    if hundreds:
        parts += ["two" if hundreds == 2 else _number(hundreds), "hundred"]
    if small:
        if small < 10 or not hundreds:
            parts.append(_number(0))
        if 10 <= small < 20:
            parts.append(_number(1))  # 一百一十五, not 一百十五
        parts.append(_number(small))
    return parts


def _english_number(value: int) -> Parts:
    """One thousand two hundred and five."""
    if value < 100:
        return [_number(value)]
    parts: Parts = []
    thousands, rest = divmod(value, 1000)
    hundreds, small = divmod(rest, 100)
    if thousands:
        parts += [_number(thousands), "thousand"]
    if hundreds:
        parts += [_number(hundreds), "hundred"]
    if small:
        parts += ["and", _number(small)]
    return parts


def _korean_number(value: int) -> Parts:
    """이천이백오; one hundred is 백, without 일."""
    if value < 100:
        return [_number(value)]
    parts: Parts = []
    thousands, rest = divmod(value, 1000)
    hundreds, small = divmod(rest, 100)
    for count, unit in ((thousands, "thousand"), (hundreds, "hundred")):
        if count > 1:
            parts.append(_number(count))
        if count:
            parts.append(unit)
    if small:
        parts.append(_number(small))
    return parts


def digit_groups(value: str) -> list[str]:
    """Digits in groups that are easy to write down; everything else is left out.

    `13800138000` -> `138 0013 8000`, `123455` -> `123 455`, `1502` -> `1502`.
    """
    digits = "".join(char for char in value if char.isascii() and char.isdigit())
    if len(digits) <= 4:
        return [digits] if digits else []
    if len(digits) in (5, 6, 9):
        sizes: Sequence[int] = (3, 3, 3)
    else:
        first = len(digits) % 4
        sizes = (*((first,) if first else ()), *(4,) * (len(digits) // 4))
    groups, start = [], 0
    for size in sizes:
        groups.append(digits[start : start + size])
        start += size
    return [group for group in groups if group]


def digit_parts(digits: str, language: str, *, phone: bool) -> Parts:
    """Digits one by one. In a Chinese telephone number 1 is 幺, which nobody takes for 7;
    in a Korean one 0 is 공."""
    names = {digit: _number(int(digit)) for digit in "0123456789"}
    if language == "zh-CN" and phone:
        names["1"] = "yao"
    if language == "ko" and phone:
        names["0"] = "gong"
    return [names[digit] for digit in digits]


def moment_parts(at: datetime, now: datetime, language: str) -> Parts:
    """Day, hour and minute of local time `at`; the day as "today" where that is shorter,
    the year only when it is not the present one."""
    day = _near_day(at, now)
    return (day or _DAYS[language](at, at.year != now.year)) + _TIMES[language](at)


def _near_day(at: datetime, now: datetime) -> Parts:
    days = (at.date() - now.date()) // timedelta(days=1)
    return {0: ["today"], -1: ["yesterday"], 1: ["tomorrow"]}.get(days, [])


def _chinese_day(at: datetime, year: bool) -> Parts:
    spoken = [*digit_parts(str(at.year), "zh-CN", phone=False), "year"] if year else []
    return [*spoken, _month(at), _number(at.day), "day"]


def _chinese_time(at: datetime) -> Parts:
    """晚上八点零五分."""
    hour = f"hour_{at.hour}"
    if at.minute == 0:
        return [hour]
    return [hour, *([_number(0)] if at.minute < 10 else []), _number(at.minute), "minute"]


def _english_day(at: datetime, year: bool) -> Parts:
    """November twenty-first, twenty twenty-five."""
    spoken = [_month(at), f"ordinal_{at.day - 1}"]
    if year:
        century, rest = divmod(at.year, 100)
        spoken += [_number(century), *(["oh"] if rest < 10 else []), _number(rest)]
    return spoken


def _english_time(at: datetime) -> Parts:
    """At eight oh five p m."""
    minute = [*(["oh"] if at.minute < 10 else []), _number(at.minute)] if at.minute else []
    return ["at", _number(at.hour % 12 or 12), *minute, "am" if at.hour < 12 else "pm"]


def _korean_day(at: datetime, year: bool) -> Parts:
    spoken = [*_korean_number(at.year), "year"] if year else []
    return [*spoken, _month(at), _number(at.day), "day"]


def _korean_time(at: datetime) -> Parts:
    """오후 여덟 시 오 분."""
    minute = [_number(at.minute), "minute"] if at.minute else []
    return ["am" if at.hour < 12 else "pm", f"hour_{at.hour % 12}", *minute]


def _number(value: int) -> str:
    return f"number_{value}"


def _month(at: datetime) -> str:
    return f"month_{at.month - 1}"


_NUMBERS: dict[str, Callable[[int], Parts]] = {
    "zh-CN": _chinese_number,
    "en": _english_number,
    "ko": _korean_number,
}
_DAYS: dict[str, Callable[[datetime, bool], Parts]] = {
    "zh-CN": _chinese_day,
    "en": _english_day,
    "ko": _korean_day,
}
_TIMES: dict[str, Callable[[datetime], Parts]] = {
    "zh-CN": _chinese_time,
    "en": _english_time,
    "ko": _korean_time,
}


def needed_parts(language: str) -> frozenset[str]:
    """Every part that this module may ask a pack for."""
    parts = {_number(value) for value in range(100)}
    parts |= {"today", "yesterday", "tomorrow"}
    for value in (100, 205, 115, 1000, 2345):
        parts |= set(_NUMBERS[language](value))
    for phone in (False, True):
        parts |= set(digit_parts("0123456789", language, phone=phone))
    start = datetime(2024, 1, 1)
    for day in range(366):
        parts |= set(_DAYS[language](start + timedelta(days=day), True))
    for minute in range(24 * 60):
        parts |= set(_TIMES[language](start + timedelta(minutes=minute)))
    parts |= set(_DAYS[language](datetime(2009, 1, 1), True))
    return frozenset(parts)
