"""The pattern language and how patterns are found."""

from __future__ import annotations

import pytest

from asr.lexicon.pattern import (
    Mention,
    PatternError,
    SoundTerms,
    Terms,
    find_pattern,
    parse_pattern,
)
from asr.lexicon.tokens import CLAUSE, SENTENCE, Tokeniser

ZH = Tokeniser("zh-CN", variants={"電": "电"})
EN = Tokeniser("en", variants={}, fillers={"um"})


def spans(pattern: str, text: str) -> list[str]:
    """What `pattern` (single characters as terms) finds in Chinese `text`."""
    tokens = ZH(text)
    terms = Terms()
    rows = parse_pattern(pattern, 5)
    for step in rows[0]:
        for word in step.words:
            terms.add(tuple(word), step.key)
    found = terms.find(tokens)
    return [
        text[tokens[m.start].start : tokens[m.end - 1].end]
        for row in rows
        for m in find_pattern(row, found, tokens)
    ]


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("电梯", "坐电梯", ["电梯"]),
        ("电梯 … 困", "电梯里又困", ["电梯里又困"]),
        ("电梯 … 困", "困在电梯", []),
        ("电梯 & 困", "困在电梯", ["困在电梯"]),
        ("电梯 …1 困", "电梯里又困", []),
        ("电梯 …2 困|关", "电梯里关", ["电梯里关"]),
        ("电梯 …4 困", "电梯。里又困", []),  # a full stop is as far as three characters
        ("电梯 … 困", "电梯 困", ["电梯 困"]),
        ("电梯", "电 梯", []),  # a blank is a pause: no word goes over it
    ],
)
def test_a_pattern_finds(pattern: str, text: str, found: list[str]) -> None:
    assert spans(pattern, text) == found


@pytest.mark.parametrize(
    "pattern", ["", " ", "…", "困 …", "& 困", "困 &", "困 & 卡 & 关", "{困", "困|", "困 …0 卡"]
)
def test_a_pattern_that_cannot_be_read_says_why(pattern: str) -> None:
    with pytest.raises(PatternError):
        parse_pattern(pattern, 5)


def test_stems_and_numbers_stand_for_whole_words() -> None:
    terms = Terms()
    terms.add(("leak*",), "leak")
    terms.add(("#", "people"), "count")
    found = terms.find(EN("It is leaking on 12 um people"))
    assert found == {"leak": [Mention(2, 3)], "count": [Mention(4, 6)]}


def test_a_term_of_three_syllables_may_differ_by_one_letter_and_a_shorter_one_may_not() -> None:
    sounds = SoundTerms(1)
    sounds.add("电梯", "lift")
    sounds.add("救护车", "ambulance")
    assert [key for key, _ in sounds.find(ZH("点题"))] == ["lift"]
    assert [key for key, _ in sounds.find(ZH("天梯"))] == []
    assert [key for key, _ in sounds.find(ZH("就付车"))] == ["ambulance"]


def test_a_term_with_a_character_of_unknown_sound_is_only_read() -> None:
    sounds = SoundTerms(1)
    sounds.add("困𨋢", "trapped")
    sounds.add("电梯", "lift")
    assert list(sounds.find(ZH("我困𨋢"))) == []
    assert [key for key, _ in sounds.find(ZH("𨋢点题"))] == ["lift"]


def test_tokens_keep_their_place_in_the_callers_text() -> None:
    text = "電梯，Ｂ2。好"
    tokens = ZH(text)
    assert [token.text for token in tokens][:2] == ["电", "梯"]
    assert "".join(text[token.start : token.end] for token in tokens) == "電梯Ｂ2好"
    assert [token.stop for token in tokens] == [0, 0, CLAUSE, 0, SENTENCE]
