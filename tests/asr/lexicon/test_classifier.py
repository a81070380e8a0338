"""The second opinion: what it adds to the rules, and what it must not do."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from asr.lexicon.classifier import RULE, load_learnt
from asr.lexicon.lexicon import Lexicon, LexiconError, load_lexicon
from asr.lexicon.loading import LEARNT_NAME
from asr.lexicon.training import fingerprint, main, read_labelled, train

ROOT = Path(__file__).parents[3]
LANGUAGES = ("zh-CN", "en", "ko")

LEXICON = """\
language = "zh-CN"
gap = 6
[sets]
fire = ["着火", "起火"]
[categories.fire]
class = "urgent"
kind = "emergency"
names = { zh-CN = "火", en = "fire", ko = "불" }
[[rules]]
name = "burning"
category = "fire"
level = 0.9
patterns = ["{fire}"]
"""
URGENT = ["厨房冒出好多烟", "楼道里冒出烟来了", "屋里冒出黑烟", "阳台冒出烟"]
CALM = ["火锅店着火爆", "生意着火爆", "火锅店生意很好", "生意好火爆", "着火爆款", "今天生意很好"]


# What callers say who have not said yet what is wrong, or answer a question.
EVERYDAY = {
    "zh-CN": (
        "三号楼二单元|三号楼一单元楼道灯|三号楼|喂你好|你好请问|八号楼一单元五零一|"
        "我住在五号楼|是的|不是|对|一|在电梯|电梯|我家里|厨房|卫生间水管|燃气|"
        "煤气公司|我要报修|我想投诉|楼上|有人吗|快点|请派人来|请派人来修|门口|"
        "地下车库|消防通道|外墙|保安|小孩|老人|一三八零零零零零零零零|"
        "地址是滨江花园六栋二单元一零二|我姓王|物业吗|你们快点派人来看看|空调外机|"
        "阳台|喂|嗯|那个|就是说|我想问一下|现在|马上|厨房水龙头|我家住|儿子|车位|"
        "二十三号楼|南门|北门岗亭|屋里|我们单元|楼梯"
    ),
    "en": (
        "building three unit two|hello|is anybody there|please hurry|kitchen|"
        "the lift|gas|building 8 unit 1 room 501|yes|no|my name is John|"
        "I want to report|I live in|please send someone|the neighbours|my child|"
        "the car park|good morning|my husband|the pipe in|at the gate|"
        "on the third floor|daughter"
    ),
    "ko": (
        "3동 2호|여보세요|안녕하세요|네|아니요|엘리베이터|가스|주방|관리사무소죠|"
        "101동 1203호|빨리 와주세요|저기요|지하 주차장|아이가|남편이|정문|3층|욕실"
    ),
}


def labelled(folder: Path, *, extra: str = "") -> Path:
    rows = [f'{{"text": "{text}", "expected": "fire"}}' for text in URGENT * 6]
    rows += [f'{{"text": "{text}", "expected": null}}' for text in CALM * 6]
    path = folder / "labelled.jsonl"
    path.write_text("\n".join([*rows, extra]), encoding="utf-8")
    return path


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    (tmp_path / "lexicon.toml").write_text(LEXICON, encoding="utf-8")
    assert main([str(labelled(tmp_path)), str(tmp_path)]) == 0
    return tmp_path


def level(lexicon: Lexicon, text: str) -> float:
    return max((hit.level for hit in lexicon.hits(text)), default=0.0)


def test_what_only_the_second_opinion_finds_is_asked_about(pack: Path) -> None:
    (hit,) = load_lexicon(pack / "lexicon.toml").hits("我家冒出好多烟")
    assert (hit.category, hit.rule, hit.level) == ("fire", RULE, 0.6)
    assert hit.phrase == "我家冒出好多烟"


def test_what_it_rejects_is_below_a_question(pack: Path) -> None:
    learnt = load_lexicon(pack / "lexicon.toml")
    (pack / LEARNT_NAME).unlink()
    rules_alone = load_lexicon(pack / "lexicon.toml")
    assert level(rules_alone, "火锅店着火爆") == 0.9
    assert level(learnt, "火锅店着火爆") < 0.5


def test_a_category_that_it_was_not_trained_with_is_not_doubted(pack: Path) -> None:
    own = pack / "own.toml"
    own.write_text(
        '[categories.stampede]\nclass = "urgent"\nkind = "emergency"\n'
        'names = { zh-CN = "踩踏", en = "stampede", ko = "압사" }\n'
        '[[rules]]\nname = "x"\ncategory = "stampede"\nlevel = 0.9\npatterns = ["着火爆"]\n'
    )
    hits = {
        hit.category: hit.level
        for hit in load_lexicon(pack / "lexicon.toml", own).hits("火锅店着火爆")
    }
    assert hits["stampede"] == 0.9
    assert hits.get("fire", 0.0) < 0.5


def test_what_both_find_is_as_sure_as_the_rule(pack: Path) -> None:
    assert level(load_lexicon(pack / "lexicon.toml"), "冒出烟着火了") == 0.9


def test_the_alarm_in_a_long_transcript_is_found() -> None:
    lexicon = load_lexicon(ROOT / "ivr" / "packs" / "zh-CN" / "lexicon.toml")
    calm = "您好，我是三号楼的，物业费的发票什么时候可以拿，门禁卡也想补一张。" * 3
    text = f"{calm}还有电梯，我在里面，门不开。{calm}"
    (hit,) = (hit for hit in lexicon.hits(text) if hit.rule == RULE)
    assert hit.category == "lift_entrapment"
    assert "我在里面" in hit.phrase
    assert len(hit.phrase) < 40


def test_what_a_guard_excuses_is_not_raised_again(pack: Path) -> None:
    guard = '[[guards]]\nname = "question"\nwords = "asking"\nwhere = "later"\n[[rules]]'
    text = LEXICON.replace("[[rules]]", guard).replace("[sets]", '[sets]\nasking = ["吗"]')
    (pack / "lexicon.toml").write_text(text, encoding="utf-8")
    lexicon = load_lexicon(pack / "lexicon.toml")
    assert level(lexicon, "厨房冒出好多烟") == 0.6
    assert level(lexicon, "着火厨房冒出好多烟吗") == 0.0


def test_another_character_of_the_same_sound_is_understood(pack: Path) -> None:
    assert level(load_lexicon(pack / "lexicon.toml"), "出房冒处好多烟") == 0.6


def test_the_same_sentences_give_the_same_weights_in_any_order(tmp_path: Path) -> None:
    (tmp_path / "lexicon.toml").write_text(LEXICON, encoding="utf-8")
    lexicon = load_lexicon(tmp_path / "lexicon.toml")
    rows = read_labelled(labelled(tmp_path), lexicon)
    path = labelled(tmp_path)
    path.write_text("\n".join(reversed(path.read_text("utf-8").splitlines())), encoding="utf-8")
    assert read_labelled(path, lexicon) == rows
    for name in ("a.npz", "b.npz"):
        train(rows, lexicon).save(tmp_path / name, fingerprint(rows))
    with np.load(tmp_path / "a.npz") as one, np.load(tmp_path / "b.npz") as other:
        assert all(np.array_equal(one[key], other[key]) for key in one)


def test_a_category_that_the_lexicon_does_not_have_is_never_told(pack: Path) -> None:
    other = LEXICON.replace("[categories.fire]", "[categories.smoke]")
    other = other.replace('category = "fire"', 'category = "smoke"')
    (pack / "lexicon.toml").write_text(other, encoding="utf-8")
    assert load_lexicon(pack / "lexicon.toml").hits("我家冒出好多烟") == ()


def test_a_damaged_file_is_told(pack: Path) -> None:
    (pack / LEARNT_NAME).write_bytes(b"PK\x03\x04 no archive")
    with pytest.raises(LexiconError, match=r"learnt\.npz:1: cannot be read, train it anew"):
        load_lexicon(pack / "lexicon.toml")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_shipped_weights_were_made_from_the_shipped_sentences(language: str) -> None:
    pack = ROOT / "ivr" / "packs" / language
    rows = read_labelled(
        ROOT / "tests" / "corpus" / language / "dev.jsonl", load_lexicon(pack / "lexicon.toml")
    )
    with np.load(pack / LEARNT_NAME) as data:
        assert int(data["fingerprint"]) == fingerprint(rows), (
            "dev.jsonl has changed: run python -m asr.lexicon.training"
        )


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_said_is_no_alarm(language: str) -> None:
    learnt = load_learnt(ROOT / "ivr" / "packs" / language / LEARNT_NAME, language)
    assert learnt.weigh(()).share < 0.5


@pytest.mark.parametrize("language", LANGUAGES)
def test_places_names_and_greetings_are_no_alarm(language: str) -> None:
    """Nor are they in the training sentences."""
    lexicon = load_lexicon(ROOT / "ivr" / "packs" / language / "lexicon.toml")
    said = EVERYDAY[language].split("|")
    asked = [
        text
        for text in said
        if any(hit.level >= 0.5 and hit.category in lexicon.urgent for hit in lexicon.hits(text))
    ]
    assert len(asked) <= len(said) // 8, asked
