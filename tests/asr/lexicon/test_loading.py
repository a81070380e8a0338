"""Reading a lexicon: every mistake at once, each with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from asr.lexicon.lexicon import LexiconError, load_lexicon

GOOD = """\
language = "zh-CN"
gap = 6
fillers = ["嗯"]
innocent = ["火锅"]

[sound]
sets = ["lift"]
limit = 1
factor = 0.8

[sets]
lift = ["电梯", "货梯"]
in_lift = ["{lift} 里"]
no = ["没有"]

[categories.lift_entrapment]
class = "urgent"
kind = "emergency"
names = { zh-CN = "电梯困人", en = "trapped", ko = "갇힘" }

[[guards]]
name = "negation"
words = "no"
where = "before"

[[rules]]
name = "trapped"
category = "lift_entrapment"
level = 0.9
patterns = ["{in_lift} … 困", "困 & {lift}"]
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "lexicon.toml"
    path.write_text(text, encoding="utf-8")
    return path


def mistakes(folder: Path, text: str) -> list[str]:
    path = write(folder, text)
    with pytest.raises(LexiconError) as raised:
        load_lexicon(path)
    return [mistake.removeprefix(f"{path}:") for mistake in raised.value.mistakes]


def test_a_small_lexicon_works(tmp_path: Path) -> None:
    lexicon = load_lexicon(write(tmp_path, GOOD))
    [hit] = lexicon.hits("我电梯里被困住了")
    assert (hit.category, hit.phrase, hit.level) == ("lift_entrapment", "电梯里被困", 0.9)
    assert lexicon.hits("电梯里没有困人") == ()


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ('language = "zh-CN"', 'language = "fr"', 1, "language is one of"),
        ("gap = 6", "gap = 0", 2, "gap is the usual number"),
        ("level = 0.9", "level = 9", 29, "number from 0 to 1"),
        ("level = 0.9", "levle = 0.9", 29, "levle is not known"),
        ('where = "before"', 'where = "beside"', 24, "where is one of before"),
        ('words = "no"', 'words = "nope"', 23, "no set is named 'nope'"),
        ('"{in_lift} … 困"', '"{in_lfit} … 困"', 30, "no set is named 'in_lfit'"),
        ('"{in_lift} … 困"', '"… 困"', 30, "element on either side"),
        ('"{in_lift} … 困"', '"{in_lift …"', 30, "cannot read"),
        ('"{in_lift} … 困"', '"，"', 30, "no letter to be heard"),
        ('category = "lift_entrapment"', 'category = "lift"', 28, "no category is named 'lift'"),
        ('lift = ["电梯", "货梯"]', 'lift = ["{in_lift}"]', 12, "made of one another"),
        ('lift = ["电梯", "货梯"]', "lift = []", 12, "is empty"),
        ('sets = ["lift"]', 'sets = ["lfit"]', 7, "no set is named 'lfit'"),
        ('class = "urgent"', 'class = "soon"', 17, "class is one of"),
        (', ko = "갇힘"', "", 19, "needs zh-CN, en, ko"),
        ("[[rules]]", "[rules]", 26, "under its own [[rules]]"),
        ('kind = "emergency"', 'kind = "x"', 18, "kind is one of"),
        ("gap = 6", "gap = = 6", 2, "Invalid"),
    ],
)
def test_a_mistake_is_told_with_its_line(
    tmp_path: Path, old: str, new: str, line: int, said: str
) -> None:
    assert old in GOOD
    found = mistakes(tmp_path, GOOD.replace(old, new, 1))
    assert any(m.startswith(f"{line}:") and said in m for m in found), found


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    text = GOOD.replace("level = 0.9", "level = 2").replace('words = "no"', 'words = "nope"')
    assert len(mistakes(tmp_path, text)) == 2


def test_a_category_without_a_rule_is_a_mistake(tmp_path: Path) -> None:
    silent = (
        '\n[categories.fire]\nclass = "urgent"\nkind = "emergency"\n'
        'names = {zh-CN = "火", en = "fire", ko = "불"}\n'
    )
    assert ["could never be heard" in m for m in mistakes(tmp_path, GOOD + silent)] == [True]


def test_a_rule_name_is_used_once(tmp_path: Path) -> None:
    rule = GOOD[GOOD.index("[[rules]]") :]
    assert any("used twice" in m for m in mistakes(tmp_path, GOOD + rule))


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(LexiconError, match="cannot be read"):
        load_lexicon(tmp_path / "none.toml")
