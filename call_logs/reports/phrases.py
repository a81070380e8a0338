"""The words of a text that can say what is new in it: no names, no numbers, nothing that stands in
every sentence.

Chinese is written without blanks. No dictionary cuts it here: the words that are new to a site are
those that none has. Runs of two to four characters count as words when they neither begin nor end
with a character that only joins others; which of them are really one word is decided by how often
they come (`call_logs.reports.growth`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Set

__all__ = ["joins", "phrases", "without_names"]

LONGEST = 4  # characters of Chinese
SHORTEST_WORD = 3  # letters

_HAN = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_HANGUL = r"\uac00-\ud7a3"
_RUNS = re.compile(
    rf"(?P<han>[{_HAN}]+)|(?P<hangul>[{_HANGUL}]+)|(?P<word>[^\W\d_{_HAN}{_HANGUL}]+)"
)
_HAN_ONE = re.compile(f"[{_HAN}]")
_PIECE = "\n"  # stands where something was taken out: nothing is joined over it

# Characters that join, count, point or ask: a run that begins or ends with one is no word.
_JOINS = frozenset(
    "的了是在越我你您他她它们有没不也都就还又再很太更最把被给让对从到向和跟与或但而且并因为所"
    "以如果这那哪什么怎样个一二两三四五六七八九十百千万零〇几多少去吧吗呢啊呀哦嗯喂哎唉着过得"
    "之其此该每次说讲问请想要会能可已经正将才只刚先等及以于自己做些时候叫看"
)
# A word may begin with them (外卖柜, 地锁), but not end.
_JOINS_AT_END = _JOINS | frozenset("上下来里外前后中地用好大小点")
_SURNAMES = (
    "赵钱孙李周吴郑王冯陈蒋沈韩杨朱秦许何吕张孔曹严华金魏姜谢邹潘葛范彭马方任袁柳鲍史唐薛雷贺"
    "倪汤罗郝安常乐于傅齐康伍余顾孟黄穆萧尹姚邵汪毛戴宋庞熊纪项董梁杜江郭林钟徐邱骆高夏蔡田樊"
    "胡凌霍卢莫丁邓洪崔程陆刘叶白赖温武曾"
)
_TITLES = "先生|女士|小姐|太太|师傅|老师|经理|主任|阿姨|叔叔|大爷|大妈|大姐|大哥|医生|院长"
_NAMED = (
    re.compile(rf"[{_HAN}]{{1,3}}(?:{_TITLES})"),
    re.compile(rf"(?:我叫|我姓|名叫|姓名|业主叫|本人)[是：:\s]*[{_HAN}]{{1,4}}"),
    re.compile(f"(?:老|小)[{_SURNAMES}]"),
    re.compile(r"\b(?:mr|mrs|ms|miss|dr)\b\.?\s+\w+", re.IGNORECASE),
    re.compile(r"\b(?:my name is|name's|i am called)\s+\w+(?:\s+[A-Z]\w+)?", re.IGNORECASE),
    re.compile(r"\b(?:[Tt]his is|[Ii] am|[Ii]'m|[Aa]sk for)\s+[A-Z]\w+(?:\s+[A-Z]\w+)?"),
    re.compile(rf"[{_HANGUL}]{{2,4}}\s?(?:씨|님)(?:가|는|이|를|의|께서|한테)?(?![{_HANGUL}])"),
    re.compile(rf"(?:제 이름은|저는|이름은)\s?[{_HANGUL}]{{2,4}}(?:입니다|이에요|예요|라고)"),
)
_EVERYDAY = (
    "the and for are was were has have had not but you your our their his her its this that "
    "these those with from into onto out off over under there here when where what which who "
    "why how can could would should will shall may might must been being because about again "
    "all also any before after some since still than then they them very just please thank "
    "thanks hello yes don doesn isn won didn couldn wasn aren one two three four five six "
    "seven eight nine ten get got now today yesterday morning evening night day days week "
    "weeks time times come came going went see said says say tell told want need like make "
    "made more most much many only other such too up down "
)
_ENGLISH = frozenset(_EVERYDAY.split())
_PARTICLES = re.compile(
    "(?:에서는|에서도|으로는|까지는|에서|에게|으로|까지|부터|이랑|하고|처럼|보다|입니다|이에요|예요|인데|이라|"
    "해요|했어요|합니다|하는|한테|께서|은|는|이|가|을|를|에|의|도|로|와|과|만|요)$"
)


def without_names(text: str, names: Iterable[str]) -> str:
    """The text without the names that are known, and those that its sentences show to be some."""
    for name in names:
        if len(name) > 1:
            text = text.replace(name, _PIECE)
    for pattern in _NAMED:
        text = pattern.sub(_PIECE, text)
    return text


def phrases(text: str) -> Set[str]:
    """The distinct candidates of a text that has no names any more."""
    found: set[str] = set()
    for match in _RUNS.finditer(unicodedata.normalize("NFKC", text).casefold()):
        run = match.group()
        if match.lastgroup == "han":
            found.update(_of_han(run))
        elif match.lastgroup == "hangul":
            stem = _PARTICLES.sub("", run) if len(run) > 2 else run
            if len(stem) > 1:
                found.add(stem)
        elif len(run) >= SHORTEST_WORD and run not in _ENGLISH:
            found.add(run)
    return found


def joins(character: str) -> bool:
    """Whether a word goes on with this neighbour of it: one of Chinese that carries meaning."""
    return bool(_HAN_ONE.fullmatch(character)) and character not in _JOINS


def _of_han(run: str) -> Iterable[str]:
    for start, first in enumerate(run):
        if first in _JOINS:
            continue
        for end in range(start + 2, min(start + LONGEST, len(run)) + 1):
            if run[end - 1] not in _JOINS_AT_END:
                yield run[start:end]
