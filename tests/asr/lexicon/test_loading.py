"""Reading a lexicon: every mistake at once, each with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from asr.lexicon.lexicon import LexiconError, known_categories, load_lexicon

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
        ('class = "urgent"', 'class = "general"\ndanger_to_life = true', 18, "urgent"),
        ('class = "urgent"', 'class = "urgent"\nring_at_once = "yes"', 18, "true or false"),
        ('class = "urgent"', 'class = "urgent"\nadvice = "Leave!"', 18, "name of a prompt"),
        ("categories.lift_entrapment]", "categories.Lift]", 16, "no identifier"),
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


OWN = """\
[sets]
lift = ["梯子"]
spilt = ["泄漏", "打翻"]

[categories.chemical_spill]
class = "urgent"
kind = "emergency"
names = { zh-CN = "化学品泄漏", en = "chemical spill", ko = "화학물질 누출" }
danger_to_life = true

[[rules]]
name = "spill"
category = "chemical_spill"
level = 0.9
patterns = ["硫酸 … {spilt}"]
"""


@pytest.fixture
def shipped(tmp_path: Path) -> Path:
    (tmp_path / "shipped").mkdir()
    return write(tmp_path / "shipped", GOOD)


def test_a_companys_words_and_categories_are_added(tmp_path: Path, shipped: Path) -> None:
    lexicon = load_lexicon(shipped, write(tmp_path, OWN))
    assert [hit.category for hit in lexicon.hits("车库里硫酸打翻了")] == ["chemical_spill"]
    assert [hit.category for hit in lexicon.hits("困在梯子")] == ["lift_entrapment"]
    assert lexicon.urgent == {"lift_entrapment", "chemical_spill"}
    assert lexicon.categories["chemical_spill"].danger_to_life
    assert lexicon.hits("没有硫酸泄漏") == ()  # the shipped guards stand over it


def test_a_company_changes_single_keys_of_a_shipped_category(tmp_path: Path, shipped: Path) -> None:
    own = write(tmp_path, "[categories.lift_entrapment]\nring_at_once = true\n")
    (category,) = load_lexicon(shipped, own).categories.values()
    assert (category.ring_at_once, category.names["en"]) == (True, "trapped")


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ('"硫酸 … {spilt}"', '"硫酸 … {split}"', 15, "no set is named 'split'"),
        ('category = "chemical_spill"', 'category = "spill"', 13, "no category is named 'spill'"),
        ('name = "spill"', 'name = "trapped"', 12, "the name 'trapped' is used twice"),
        ('kind = "emergency"', 'kind = "acid"', 7, "kind is one of"),
        ("[sets]", "gap = 3\n[sets]", 1, "gap is for every rule"),
        ("[sets]", 'language = "en"\n[sets]', 1, "must be 'zh-CN'"),
        ("[sets]", "sets = 1\n[other]", 1, "sets must be a table"),
        ("level = 0.9", "level = = 0.9", 14, "not a TOML file"),
    ],
)
def test_a_mistake_in_the_companys_file_is_told_with_its_line_and_costs_one_entry_at_a_start(
    tmp_path: Path, shipped: Path, old: str, new: str, line: int, said: str
) -> None:
    assert old in OWN
    own = write(tmp_path, OWN.replace(old, new, 1))
    with pytest.raises(LexiconError) as raised:
        load_lexicon(shipped, own)
    found = raised.value.mistakes
    assert any(m.startswith(f"{own}:{line}:") and said in m for m in found), found
    lexicon = load_lexicon(shipped, own, lenient=True)
    assert set(found) <= set(lexicon.left_out)
    assert [hit.category for hit in lexicon.hits("人困在电梯")] == ["lift_entrapment"]


def test_what_is_right_beside_a_mistake_is_heard(tmp_path: Path, shipped: Path) -> None:
    wrong = '\n[[rules]]\nname = "b"\ncategory = "lift_entrapment"\nlevel = 1\npatterns = ["{x}"]\n'
    lexicon = load_lexicon(shipped, write(tmp_path, OWN + wrong), lenient=True)
    assert [hit.category for hit in lexicon.hits("硫酸泄漏")] == ["chemical_spill"]
    assert len(lexicon.left_out) == 1


def test_a_mistake_in_the_shipped_file_is_never_passed_over(tmp_path: Path, shipped: Path) -> None:
    shipped.write_text(GOOD.replace("level = 0.9", "level = 9"))
    with pytest.raises(LexiconError):
        load_lexicon(shipped, write(tmp_path, OWN), lenient=True)


def test_a_category_declared_in_another_language_is_known_without_words_for_it(
    tmp_path: Path, shipped: Path
) -> None:
    known = known_categories(shipped, [write(tmp_path, OWN)])
    assert set(known) == {"lift_entrapment", "chemical_spill"}
    lexicon = load_lexicon(shipped, categories=known)
    assert "chemical_spill" in lexicon.urgent
    assert lexicon.heard == {"lift_entrapment"}
    rules = "[[rules]]" + OWN.partition("[[rules]]")[2].replace("{spilt}", "洒")
    lexicon = load_lexicon(shipped, write(tmp_path, rules), categories=known)
    assert [hit.category for hit in lexicon.hits("硫酸洒了")] == ["chemical_spill"]


def test_categories_that_are_wrong_or_in_no_file_are_not_known(
    tmp_path: Path, shipped: Path
) -> None:
    two = OWN + '\n[categories.acid]\nclass = "soon"\n'
    assert set(known_categories(shipped, [write(tmp_path, two)])) == {
        "lift_entrapment",
        "chemical_spill",
    }
    broken = write(tmp_path, "[categories.x")
    assert set(known_categories(shipped, [broken, tmp_path / "none.toml"])) == {"lift_entrapment"}
