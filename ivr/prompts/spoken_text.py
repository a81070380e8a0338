"""Written text made ready for a voice.

espeak-ng's Chinese voice misreads characters with several readings (it says 着火
as "zhe huo"), its plain `cmn` voice reads characters as English, and both read
house numbers as quantities. So Chinese reaches it as pinyin with tones, chosen
by pypinyin from whole words, and numbers as the words that people say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

import cn2an
from pypinyin import Style, lazy_pinyin, load_phrases_dict

_LATIN = re.compile(r"[A-Za-z][A-Za-z'.\- ]*[A-Za-z.]|[A-Za-z]")
_DIGITS = re.compile(r"\d+")
_PUNCTUATION = str.maketrans("，。；：？！、“”（）《》", ',.;:?!,""(),,')

# Words of a property hotline that pypinyin's dictionary reads otherwise.
_READINGS = {
    "重听": [["chóng"], ["tīng"]],
    "按键": [["àn"], ["jiàn"]],
    "幺": [["yāo"]],
}


@lru_cache(maxsize=1)
def _load_readings() -> None:
    load_phrases_dict(_READINGS)


def voice_runs(text: str, language: str) -> Iterator[tuple[str, str]]:
    """Split `text` into runs of one voice: (language, what the voice is given).

    Only Chinese text is split: its voice would read Latin letters as pinyin.
    """
    if language != "zh-CN":
        yield language, text
        return
    start = 0
    for latin in _LATIN.finditer(text):
        if run := to_pinyin(text[start : latin.start()]):
            yield language, run
        yield "en", latin.group()
        start = latin.end()
    if run := to_pinyin(text[start:]):
        yield language, run


def to_pinyin(text: str) -> str:
    """`电梯，3号` -> `dian4 ti1 , san1 hao4`; empty when there is nothing to say."""
    _load_readings()
    words = _DIGITS.sub(lambda number: spoken_digits(number.group()), text)
    syllables = lazy_pinyin(words, style=Style.TONE3, neutral_tone_with_five=True, tone_sandhi=True)
    return " ".join(syllables).translate(_PUNCTUATION).strip()


def spoken_digits(digits: str) -> str:
    """Digits in Chinese characters: a quantity below 100, else one by one.

    `3` -> 三, `12` -> 十二, `1502` -> 一五零二, `119` -> 幺幺九, `13800138000` -> 幺三八...
    """
    if len(digits) <= 2 and not digits.startswith("0"):
        return str(cn2an.an2cn(digits))
    one = "幺" if len(digits) == 3 or len(digits) > 4 else "一"
    return "".join(one if digit == "1" else "零一二三四五六七八九"[int(digit)] for digit in digits)
