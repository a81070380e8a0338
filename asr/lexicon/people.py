"""How many people a caller speaks of."""

from __future__ import annotations

import re

from asr.spoken.chinese_numbers import value

_LIMIT = 99  # more are a crowd, not a count

_ZH = re.compile(
    r"(?P<n>\d{1,2}|[一二两俩仨三四五六七八九十]{1,3})(?:个|名|位|口|条)?"
    r"(?:大|小|老|男|女|年轻|中年|成年)?"
    r"(?P<who>人|孩子?|娃|朋友|伙子|姑娘|太太|头|工|生|保安|员工|乘客|业主|住户|师傅|同事|同学|客人|孕妇|阿姨|大[爷妈叔姐哥])"
)
_ZH_TOGETHER = re.compile(
    r"(?:我们|咱们|他们|我|他|她|爷|娘|父[子女]|母[子女]|夫妻|兄弟|姐妹|哥|姐)(?P<n>俩|仨|[两三四五六七八九]个)"
    r"|[关困卡锁](?:了|着|住了?)?(?P<stuck>俩|仨)|老?(?P<couple>两口|一对[老小]?夫[妻妇])"
    r"|一家(?P<family>[三四五六七八])口|(?P<big>[一两三四])大(?P<small>[一两三四])小"
)
_EN = re.compile(
    r"\b(?P<n>\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten|a couple of)"
    # "elevator two has people", "between two floors with people": those two are no people
    r"(?:\s+(?:of\s+(?:us|them)|(?:(?!(?:floors?|has|have|with|and|is|in)\b)[a-z]+\s+){0,2}"
    r"(?:people|persons?|men|man|wom[ae]n|kids?|child(?:ren)?|residents?|passengers?|workers?|"
    r"adults?|guys?|boys?|girls?|lad(?:y|ies)|lads?|blokes?|strangers?|students?|tourists?|"
    r"guests?|movers?|pensioners?|teenagers?|babies|toddlers?|colleagues?|friends?)))\b"
)
_KO = re.compile(
    r"(?P<n>\d{1,2}|한|두|세|네|다섯|여섯|일곱|여덟|아홉|열)\s?(?:명|사람|분(?!\s?(?:전|동안|째|정도|넘|이나|간|뒤|후)))"
)
_KO_TOGETHER = re.compile(
    r"(?:애|아이|사람|남자|여자|노인|어른|우리|저희)(?:들)?\s?(?P<n>둘|셋|넷|다섯)"
)
_WORDS = {
    "둘": 2,
    "셋": 3,
    "넷": 4,
    "俩": 2,
    "仨": 3,
    **dict.fromkeys(
        ("两口", *(f"一对{age}夫{who}" for age in ("", "老", "小") for who in "妻妇")), 2
    ),
    "a couple of": 2,
    **{
        w: n
        for n, w in enumerate(
            ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"], 1
        )
    },
    **{
        w: n
        for n, w in enumerate(
            ["한", "두", "세", "네", "다섯", "여섯", "일곱", "여덟", "아홉", "열"], 1
        )
    },
}


def count_people(text: str, language: str) -> int | None:
    """People counted in `text` ("两个大人一个小孩" is 3), None when nobody counts them."""
    if language == "en":
        found = list(_EN.finditer(text.lower()))
    elif language == "ko":
        found = list(_KO.finditer(text)) or list(_KO_TOGETHER.finditer(text))
    else:
        text = "".join(text.split())
        found = list(_ZH.finditer(text)) or list(_ZH_TOGETHER.finditer(text))
    numbers = [
        _number(word)
        for match in found
        for who, word in match.groupdict().items()
        if word and who != "who"
    ]
    total = sum(number for number in numbers if number)
    return total if 0 < total <= _LIMIT else None


def _number(word: str) -> int:
    if word.isdigit():
        return int(word)
    if word in _WORDS:
        return _WORDS[word]
    return int(value(word.removesuffix("个")) or 0)  # 三四个人: nobody counted
