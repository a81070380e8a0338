"""Words that are new or growing: found whole, and none that chance, one owner or a name brings."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from random import Random

import pytest

from call_logs.reports.growth import GrowingWord, Said, growing
from call_logs.reports.phrases import phrases, without_names

CORPUS = Path(__file__).parents[2] / "corpus"
ZH = (
    "{}什么时候处理",
    "小区里{}实在太多",
    "楼下的{}没人管",
    "请你们看看{}",
    "因为{}我们都睡不好",
    "门口有{}",
)
EN = ("the {} are back", "please do something about {}", "{} near the bins", "we have {} again")
KO = ("{}가 너무 많아요", "{}를 처리해 주세요", "복도에 {}가 있어요", "{}는 언제 해결돼요")
# Words that no dictionary of everyday Chinese has among them.
NEW = (
    *("蟑螂", "充电桩", "飞线", "高空抛物", "白蚁", "群租", "地锁", "外卖柜", "僵尸车", "甲醛"),
    *("广场舞", "快递柜", "化粪池", "霉斑", "异响", "道闸", "人脸识别", "噪音扰民", "油烟", "鼠患"),
)


def sentences(language: str) -> list[str]:
    """Those of the corpus that say none of the words that are to be new."""
    lines = (CORPUS / language / "dev.jsonl").read_text(encoding="utf-8").splitlines()
    texts = [json.loads(line)["text"] for line in lines]
    return [text for text in texts if not any(word in text for word in NEW)]


def said(
    language: str, templates: Iterable[str], words: Sequence[str], seed: int = 1
) -> list[Said]:
    """Two hundred tickets a week for nine weeks; in the last each word is said some times more."""
    chance = Random(seed)
    base = chance.sample(sentences(language), 1800)
    found = [Said(number, number, number % 9, text) for number, text in enumerate(base)]
    for word in words:
        for template in templates:
            found.append(Said(len(found), len(found), 0, template.format(word)))
    return found


def words_of(found: Sequence[GrowingWord]) -> list[str]:
    return [each.word for each in found]


def test_nine_of_ten_new_words_are_found_whole() -> None:
    hits = 0
    for seed in range(6):
        new = Random(seed).sample(NEW, 5)
        hits += len(set(new) & set(words_of(growing(said("zh-CN", ZH, new, seed)))))

    assert hits >= 0.9 * 30


@pytest.mark.parametrize("language", ["zh-CN", "en", "ko"])
def test_chance_alone_grows_hardly_a_word(language: str) -> None:
    shown = [len(growing(said(language, (), (), seed))) for seed in range(10)]

    assert sum(shown) <= 10


@pytest.mark.parametrize(
    ("language", "templates", "word"),
    [("en", EN, "cockroaches"), ("ko", KO, "바퀴벌레"), ("zh-CN", ZH, "蟑螂")],
)
def test_a_new_word_of_each_language_comes_with_its_tickets(
    language: str, templates: Sequence[str], word: str
) -> None:
    all_ = said(language, templates, (word,))

    found = next(each for each in growing(all_) if each.word == word)

    assert found.is_new
    assert set(found.tickets) >= {each.ticket for each in all_ if word in each.text}
    assert found.tickets == tuple(sorted(found.tickets, reverse=True))
    assert len(found.weeks) == 9
    assert found.weeks[-1] > 0 == found.weeks[-2]


def test_a_word_that_was_there_before_grows() -> None:
    all_ = said("zh-CN", ZH, ("甲醛",))
    all_ += [Said(9000 + week, 9000 + week, week, "装修的甲醛味道") for week in range(1, 5)]

    found = next(each for each in growing(all_) if each.word == "甲醛")

    assert (found.is_new, found.before) == (False, 4)


def test_what_two_owners_say_however_often_is_not_shown() -> None:
    base = said("zh-CN", (), ())
    two = [Said(5000 + n, b"one" if n % 2 else b"two", 0, f"第{n}次说蟑螂") for n in range(12)]
    three = [*two, Said(6000, b"three", 0, "蟑螂")]

    assert "蟑螂" not in words_of(growing(base + two))
    assert "蟑螂" in words_of(growing(base + three))


def test_nothing_grows_where_nothing_was_before() -> None:
    assert growing([Said(n, n, 0, "厨房有蟑螂") for n in range(50)]) == ()
    assert growing([]) == ()


def test_numbers_are_no_words() -> None:
    assert not phrases("13800138000 1502 十二号 二〇二六 ①②")
    assert "1502" not in "".join(phrases("我在1502室，水管漏水"))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("我叫张国庆，水管漏水", "张国庆"),
        ("请转告欧阳先生水管漏水", "欧阳"),
        ("找老李说水管漏水", "老李"),
        ("My name is Penelope, the pipe leaks", "penelope"),
        ("ask for Mr. Fitzgerald, the pipe leaks", "fitzgerald"),
        ("김철수 씨가 수도가 샌다고 했어요", "김철수"),
        ("저는 김철수입니다 수도가 새요", "김철수"),
    ],
)
def test_a_name_that_a_sentence_shows_to_be_one_is_no_word(text: str, name: str) -> None:
    left = phrases(without_names(text, ()))

    assert left
    assert not any(name in each for each in left)


def test_known_names_are_cut_out_and_nothing_is_joined_over_them() -> None:
    assert phrases(without_names("水张伟管", {"张伟"})) == set()
