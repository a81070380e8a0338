# ruff: noqa: E501 -- a pattern is checked more easily on one line
"""Places in spoken words: building, unit, floor, room or a public area.

What a caller says (三号楼二单元一五零二, "flat twelve oh three in block B", 백삼동 천오백이호)
becomes the digits that the house signs show. Each language is a table of patterns; the numerals
themselves are read by `asr.spoken.chinese_numbers`, `asr.spoken.english_numbers` and `asr.spoken.korean_numbers`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from asr.spoken.chinese_numbers import DIGITS, NUMERALS, digits, value
from asr.spoken.english_numbers import english_numbers
from asr.spoken.korean_numbers import korean_numbers

__all__ = ["Place", "find_place"]


@dataclass(frozen=True)
class Place:
    """Where it is; numbers as digits ("3", "2", "15", "1502"), empty when not said.

    `building` and `unit` may be a letter, `floor` is negative below ground ("-1"), `area` is a
    public area by its usual name ("地下车库").
    """

    building: str = ""
    unit: str = ""
    floor: str = ""
    room: str = ""
    area: str = ""

    def __bool__(self) -> bool:
        """Whether anything is known."""
        return any((self.building, self.unit, self.floor, self.room, self.area))

    @property
    def found(self) -> bool:
        """Whether somebody who is sent there knows which house: each has a lift, stairs, a roof."""
        return bool(self.building or (self.area and not _IN_EVERY_HOUSE.fullmatch(self.area)))


def find_place(text: str, language: str) -> tuple[Place, tuple[str, ...]]:
    """The place said in `text` and the phrases that decided it, as spoken, in their order.

    Of two buildings (or rooms ...) the first counts, unless it is taken back ("不是三号楼,是五号楼").

    Raises:
        ValueError: `language` is not known.
    """
    grammar = _GRAMMARS.get(language)
    if grammar is None:
        raise ValueError(f"no places for language {language!r}; known: {', '.join(_GRAMMARS)}")
    if grammar.close_up:
        text = _BLANK.sub("", text)
    found: dict[str, str] = {}
    phrases: list[tuple[int, str]] = []
    taken: list[tuple[int, int]] = []
    for finding in _findings(text, grammar):
        if any(start < finding.end and finding.start < end for start, end in taken):
            continue
        taken.append((finding.start, finding.end))
        before, after = text[: finding.start], text[finding.end :]
        if grammar.denied_before.search(before) or grammar.denied_after.match(after):
            continue
        news = {key: said for key, said in finding.parts.items() if said and key not in found}
        if news:
            found |= news
            phrases.append((finding.start, text[finding.start : finding.end].strip()))
    return Place(**found), tuple(phrase for _, phrase in sorted(phrases))


@dataclass(frozen=True)
class _Finding:
    start: int
    end: int
    parts: Mapping[str, str]


@dataclass(frozen=True)
class _Grammar:
    """Patterns in order of trust: their named groups are fields of `Place`."""

    patterns: tuple[re.Pattern[str], ...]
    number: Callable[[str], str]  # spoken numeral -> digits, "" when it is none
    areas: Mapping[str, str]  # spoken -> usual name
    denied_before: re.Pattern[str] = re.compile(r"(?!)")  # takes the phrase after it back
    denied_after: re.Pattern[str] = re.compile(r"(?!)")  # takes the phrase before it back
    close_up: bool = False  # blanks between words mean nothing
    area_pattern: re.Pattern[str] = field(init=False)

    def __post_init__(self) -> None:
        names = sorted(self.areas, key=len, reverse=True)
        edge = r"\b" if self.areas and names[0].isascii() else ""
        joined = "|".join(map(re.escape, names))
        object.__setattr__(self, "area_pattern", re.compile(f"{edge}(?:{joined}){edge}"))


_BLANK = re.compile(r"\s+")
_BELOW = re.compile(r"地下|负|^b(?=\d)|basement|지하", re.IGNORECASE)


def _findings(text: str, grammar: _Grammar) -> Iterator[_Finding]:
    text = text.lower()
    for pattern in grammar.patterns:
        for match in pattern.finditer(text):
            parts = {
                key: _said(key, said, grammar) for key, said in match.groupdict().items() if said
            }
            if parts and all(parts.values()):
                yield _Finding(match.start(), match.end(), parts)
    for match in grammar.area_pattern.finditer(text):
        yield _Finding(match.start(), match.end(), {"area": grammar.areas[match.group()]})


def _said(key: str, said: str, grammar: _Grammar) -> str:
    """A group's words as they are written on a door."""
    if key == "area":
        return _area(said, grammar)
    if key == "floor" and (below := _BELOW.search(said)):
        number = grammar.number(said[below.end() :].replace("level", "").strip()) or "1"
        return f"-{number}"
    if len(said) == 1 and said.isascii() and said.isalpha():
        return said.upper()
    return _SIDES.get(said) or grammar.number(said)


_SIDES = {side: side for side in "东西南北"} | {"ground": "1", "top": ""}


def _area(said: str, grammar: _Grammar) -> str:
    """A numbered area (二号电梯, B区205车位) with its numerals as digits."""
    return re.sub(
        rf"[{NUMERALS}]+",
        lambda match: grammar.number(match.group()) or match.group(),
        said,
    ).upper()


# ------------------------------------------------------------------ Chinese

_ZN = rf"[{NUMERALS}\d]+"
_ZH_ROOM = rf"(?:[\d零〇一二三四五六七八九幺]{{3,4}}|[一二三]?十[一二三四五六七八九]?[零〇][一二三四五六七八九])(?![\d{NUMERALS}])"
# 号 and 好, 室 and 是 sound alike to a recogniser without tones.
_ZH_BUILDING = rf"(?:第)?(?P<building>(?!两|\d*[零〇]$){_ZN}|[a-z]|[东西南北](?=[座栋幢]))(?:[号好#]楼?(?=楼|院|\d|[{NUMERALS}]+(?:单元|楼|层|室))楼?|[号好#]?[栋幢座]楼?|#)"
_ZH_UNIT = rf"(?:第)?(?P<unit>{_ZN}|[a-e]|[东西])(?:单元|单员|担元|门洞)"
_ZH_FLOOR = rf"(?P<floor>(?:地下|负)?{_ZN}|b\d|地下(?=[一二三123]?层))(?:楼|层)"
_ZH_TAIL = rf"[的,，]?(?P<room>{_ZH_ROOM})[室房号]?"


def _chinese_number(said: str) -> str:
    if said.isdigit():
        return str(int(said)) if len(said) < 3 else said
    if any(char in "十百千" for char in said):
        return value(said) if all(char in NUMERALS for char in said) else ""
    if all(char in DIGITS for char in said):
        return digits(said)
    return ""


_ZH_AREAS = {
    "地下车库": "地下车库", "地下停车场": "地下车库", "地库": "地下车库", "车库": "车库", "停车场": "停车场",
    "电梯里": "电梯", "电梯间": "电梯厅", "电梯厅": "电梯厅", "电梯口": "电梯厅", "电梯机房": "电梯机房",
    "电梯井": "电梯井", "电梯": "电梯", "点梯": "电梯", "货梯": "货梯", "客梯": "电梯", "升降机": "电梯",
    "大堂": "大堂", "大厅": "大堂", "门厅": "大堂", "楼道": "楼道", "走廊": "楼道", "过道": "楼道",
    "楼梯间": "楼梯间", "楼梯": "楼梯间", "天台": "天台", "楼顶": "天台", "屋顶": "天台", "地下室": "地下室",
    "东门": "东门", "西门": "西门", "南门": "南门", "北门": "北门", "正门": "正门", "后门": "后门",
    "侧门": "侧门", "东南门": "东南门", "东北门": "东北门", "西南门": "西南门", "西北门": "西北门",
    "小区门口": "小区门口", "大门口": "小区门口", "小区大门": "小区门口", "单元门口": "单元门口",
    "花园": "花园", "中心花园": "中心花园", "草坪": "草坪", "广场": "广场", "游泳池": "游泳池", "泳池": "游泳池",
    "儿童乐园": "儿童乐园", "儿童游乐": "儿童乐园", "滑梯": "儿童乐园", "会所": "会所", "健身房": "健身房",
    "篮球场": "篮球场", "网球场": "网球场", "人工湖": "人工湖", "池塘": "池塘", "喷水池": "喷水池",
    "配电房": "配电房", "配电室": "配电房", "配电间": "配电房", "水泵房": "水泵房", "泵房": "水泵房",
    "垃圾房": "垃圾房", "垃圾站": "垃圾房", "物业办公室": "物业办公室", "物业中心": "物业办公室",
    "服务中心": "物业办公室", "保安亭": "保安亭", "门卫": "保安亭", "岗亭": "保安亭", "快递柜": "快递柜",
    "车棚": "车棚", "充电棚": "车棚", "幼儿园": "幼儿园", "监控室": "监控室", "连廊": "连廊",
    "架空层": "架空层", "避难层": "避难层", "设备层": "设备层", "商铺": "商铺", "底商": "商铺",
}  # fmt: skip

_CHINESE = _Grammar(
    patterns=tuple(
        re.compile(pattern)
        for pattern in (
            rf"(?P<building>{_ZN})[-—杠](?P<unit>{_ZN})[-—杠](?P<room>{_ZH_ROOM})室?",
            rf"(?P<building>{_ZN}|[a-z])[-—杠](?P<room>{_ZH_ROOM})室?",
            rf"{_ZH_BUILDING}{_ZH_UNIT}{_ZH_FLOOR}{_ZH_TAIL}",
            rf"{_ZH_BUILDING}{_ZH_UNIT}{_ZH_TAIL}",
            rf"{_ZH_BUILDING}{_ZH_FLOOR}{_ZH_TAIL}",
            rf"{_ZH_BUILDING}{_ZH_TAIL}",
            rf"{_ZH_UNIT}{_ZH_FLOOR}{_ZH_TAIL}",
            rf"{_ZH_UNIT}{_ZH_TAIL}",
            rf"{_ZH_FLOOR}{_ZH_TAIL}",
            rf"(?P<area>(?:[a-z甲乙丙丁]区)?{_ZN}[号好]?车位)",
            rf"(?P<area>{_ZN}[号好](?:电梯|客梯|货梯|梯|门|岗))",
            _ZH_BUILDING,
            _ZH_UNIT,
            _ZH_FLOOR,
            rf"(?P<room>{_ZH_ROOM})(?:室|房间?|号房|的?(?:业主|住户|家里))",
            # Digits with a zero inside are said of doors only (六零二, 一二零三); 一一零 is the police.
            rf"(?<![{NUMERALS}\d])(?P<room>[一二三四五六七八九]{{1,2}}[零〇][一二三四五六七八九])(?![{NUMERALS}\d分点块元])",
            rf"(?:住在?|家是|我是|房号是?|门牌号?是?|房间号?是?)(?P<room>{_ZH_ROOM})",
        )
    ),
    number=_chinese_number,
    areas=_ZH_AREAS,
    denied_before=re.compile(r"(?:不是|不在|而非|并非)(?:在|是)?$"),
    close_up=True,
)

# ------------------------------------------------------------------ English

_EN_ONES = "zero|oh|one|two|three|four|five|six|seven|eight|nine"
_EN_WORD = (
    rf"(?:{_EN_ONES}|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|"
    "nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|double|triple)"
)
_EN_NUMBER = rf"(?:\d+|{_EN_WORD}(?:[\s-]+(?:and\s+)?{_EN_WORD})*)"
_EN_ORDINALS = {
    word: str(number)
    for number, word in enumerate(
        [
            "first",
            "second",
            "third",
            "fourth",
            "fifth",
            "sixth",
            "seventh",
            "eighth",
            "ninth",
            "tenth",
            "eleventh",
            "twelfth",
            "thirteenth",
            "fourteenth",
            "fifteenth",
            "sixteenth",
            "seventeenth",
            "eighteenth",
            "nineteenth",
            "twentieth",
        ],
        1,
    )
}
_EN_ORDINAL = rf"(?:\d+(?:st|nd|rd|th)|(?:(?:twenty|thirty|forty)[\s-])?(?:{'|'.join(_EN_ORDINALS)})|thirtieth|fortieth)"
_EN_TENS = {"twenty": 20, "thirty": 30, "forty": 40, "thirtieth": 30, "fortieth": 40}


def _english_number(said: str) -> str:
    said = said.strip(" -")
    if (ordinal := re.fullmatch(r"(\d+)(?:st|nd|rd|th)", said)) is not None:
        return ordinal[1]
    tens, _, ones = said.replace("-", " ").rpartition(" ")
    if ones in _EN_ORDINALS:
        return str(_EN_TENS.get(tens, 0) + int(_EN_ORDINALS[ones]))
    if said in _EN_TENS and said.endswith("th"):
        return str(_EN_TENS[said])
    return next(english_numbers(said), "")


_EN_AREAS = {
    "underground car park": "underground car park", "underground garage": "underground car park",
    "parking garage": "car park", "car park": "car park", "parking lot": "car park",
    "garage": "garage", "lift": "lift", "elevator": "lift", "lift shaft": "lift shaft",
    "lobby": "lobby", "reception": "lobby", "corridor": "corridor", "hallway": "corridor",
    "stairwell": "stairwell", "staircase": "stairwell", "stairs": "stairwell", "roof": "roof",
    "rooftop": "roof", "basement": "basement", "main gate": "main gate", "front gate": "main gate",
    "east gate": "east gate", "west gate": "west gate", "south gate": "south gate",
    "north gate": "north gate", "back gate": "back gate", "main entrance": "main entrance",
    "front door": "main entrance", "entrance": "entrance", "garden": "garden", "courtyard": "courtyard",
    "playground": "playground", "swimming pool": "swimming pool", "pool": "swimming pool",
    "gym": "gym", "bin room": "bin room", "trash room": "bin room", "plant room": "plant room",
    "boiler room": "boiler room", "electrical room": "electrical room", "bike shed": "bike shed",
    "clubhouse": "clubhouse", "guard house": "guard house", "mail room": "mail room",
    "laundry room": "laundry room", "tennis court": "tennis court", "lawn": "lawn",
}  # fmt: skip

_ENGLISH = _Grammar(
    patterns=tuple(
        re.compile(pattern)
        for pattern in (
            rf"\b(?:building|block|tower|bldg\.?)\s+(?:number\s+|no\.?\s*)?(?P<building>{_EN_NUMBER}|[a-z]\b(?!\s+(?:is|was|has|fire|leak|man|pipe)\b))",
            rf"\b(?P<floor>{_EN_ORDINAL}|ground)\s+floor\b",
            r"\b(?P<floor>basement\s+(?:level\s+)?(?:\d|one|two|three))\b",
            rf"\b(?:floor|level|storey)\s+(?:number\s+)?(?P<floor>{_EN_NUMBER}|b\d)",
            rf"\b(?:apartment|apt\.?|flat|room|suite|condo|unit)\s+(?:number\s+|no\.?\s*|#)?(?P<room>\d{{3,4}}|{_EN_WORD}(?:[\s-]+(?:and\s+)?{_EN_WORD})+)\b",
            rf"\b(?:apartment|apt\.?|flat|room|suite)\s+(?:number\s+|no\.?\s*|#)?(?P<room>{_EN_NUMBER}|[a-h]\b)",
            rf"\b(?:unit|entrance|stair|stairway)\s+(?P<unit>{_EN_NUMBER}|[a-h]\b)",
            r"\b(?:from|in|of|at|door|number)\s+(?:number\s+)?(?P<room>(?!(?:19|20)\d\d\b)\d{3,4})\b(?!\s*(?:[a-z]*th\b|people|degrees|pounds|dollars|euros))",
            r"\b(?P<area>(?:lift|elevator)\s+(?:number\s+)?(?:\d|[a-d]\b))",
        )
    ),
    number=_english_number,
    areas=_EN_AREAS,
    denied_before=re.compile(r"\bnot\s+(?:in\s+|at\s+|on\s+)?(?:the\s+)?$"),
)

# ------------------------------------------------------------------ Korean

_KN = r"[\d영공일이삼사오육륙칠팔구십백천]+"
_KO_EDGE = r"(?<![가-힣\d])"


def _korean_number(said: str) -> str:
    return next(korean_numbers(f"{_BLANK.sub('', said)}호"), "")


_KO_AREAS = {
    "지하주차장": "지하주차장", "지하 주차장": "지하주차장", "주차장": "주차장", "엘리베이터": "엘리베이터",
    "엘레베이터": "엘리베이터", "엘베": "엘리베이터", "승강기": "엘리베이터", "로비": "로비", "현관": "현관", "복도": "복도",
    "계단": "계단", "비상계단": "계단", "옥상": "옥상", "지하실": "지하실", "정문": "정문", "후문": "후문",
    "동문": "동문", "서문": "서문", "남문": "남문", "북문": "북문", "놀이터": "놀이터", "수영장": "수영장",
    "헬스장": "헬스장", "경비실": "경비실", "관리사무소": "관리사무소", "관리실": "관리사무소",
    "분리수거장": "분리수거장", "쓰레기장": "분리수거장", "기계실": "기계실", "전기실": "전기실",
    "보일러실": "보일러실", "화단": "화단", "정원": "정원", "어린이집": "어린이집", "경로당": "경로당",
    "독서실": "독서실", "상가": "상가", "자전거 보관소": "자전거 보관소", "택배함": "택배함",
    "테니스장": "테니스장", "농구장": "농구장", "분수대": "분수대", "단지 입구": "정문",
}  # fmt: skip

_KOREAN = _Grammar(
    patterns=tuple(
        re.compile(pattern)
        for pattern in (
            rf"{_KO_EDGE}(?P<building>{_KN})\s?동\s?(?P<room>{_KN})\s?호(?![가-힣]*기)",
            rf"{_KO_EDGE}(?P<building>(?:\d+|(?!이동|일동|구동|사동|공동|오동){_KN}))\s?동(?=[\s,.]|$|에|의|은|는|이|입|앞|뒤|옆|지|엘|승|주|현|옥|복|계|과|쪽)",
            rf"{_KO_EDGE}(?P<building>[a-z])\s?동(?=\s|$|에|의|입|앞)",
            rf"{_KO_EDGE}(?P<unit>{_KN})\s?(?:호\s?)?라인",
            rf"(?P<floor>지하\s?{_KN})\s?층",
            rf"{_KO_EDGE}(?P<floor>{_KN}|b\d)\s?층",
            rf"{_KO_EDGE}(?P<area>\d+호기)",
            rf"{_KO_EDGE}(?P<room>\d{{2,4}}|[영공일이삼사오육륙칠팔구십백천]{{2,}})\s?호(?!기|선|출|등)",
        )
    ),
    number=_korean_number,
    areas=_KO_AREAS,
    denied_after=re.compile(r"(?:이|가)?\s?아니(?:라|고|에요|예요)"),
)

#: Areas, by their usual names, that each building has. A numbered lift is none: where there is
#: one building, its number is the place.
_IN_EVERY_HOUSE = re.compile(
    r"电梯|货梯|电梯[厅井]|电梯机房|大堂|楼道|楼梯间|天台|地下室|单元门口|连廊|架空层|避难层|设备层"
    r"|lift|lift shaft|lobby|corridor|stairwell|roof|basement|entrance"
    r"|엘리베이터|로비|현관|복도|계단|비상계단|옥상|지하실"
)

_GRAMMARS = {"zh-CN": _CHINESE, "en": _ENGLISH, "ko": _KOREAN}
