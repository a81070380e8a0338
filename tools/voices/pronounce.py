"""Written text as the phones that Kokoro was trained on (the alphabet of misaki)."""

from __future__ import annotations

import re
from functools import lru_cache

import jieba
from misaki.espeak import EspeakFallback
from misaki.zh import ZHG2P
from pypinyin import load_phrases_dict

_HANZI = re.compile("[\u4e00-\u9fff]+|[^\u4e00-\u9fff]+")

# Words of a property hotline that the dictionaries read or cut otherwise.
_READINGS = {"重听": [["chóng"], ["tīng"]], "幺": [["yāo"]]}


@lru_cache(maxsize=1)
def _prepare() -> None:
    load_phrases_dict(_READINGS)
    for word in _READINGS:
        jieba.add_word(word)
    jieba.setLogLevel("WARNING")


def mandarin_phones(text: str) -> str:
    """Numbers must be written in characters."""
    _prepare()
    return "".join(
        " ".join(map(ZHG2P.word2ipa, jieba.lcut(piece)))
        if "\u4e00" <= piece[0] <= "\u9fff"
        else ZHG2P.map_punctuation(piece) + " "
        for piece in _HANZI.findall(text)
    ).replace("\u032f", "")


class _Word:
    def __init__(self, text: str) -> None:
        self.text = text


@lru_cache(maxsize=1)
def _american() -> EspeakFallback:
    return EspeakFallback(british=False)


def english_phones(text: str) -> str:
    """American English by espeak-ng's dictionary, in Kokoro's alphabet."""
    return str(_american()(_Word(text))[0] or "")
