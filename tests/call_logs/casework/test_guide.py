"""Checklists and causes are data: ours, with the company's own laid over them."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from call_logs.casework import GuideMistake, load_guide, load_guide_or_shipped
from call_logs.casework.guide import LANGUAGES

ROOT = Path(__file__).parents[3]


def test_the_shipped_guide_has_every_name_in_every_language_and_known_categories() -> None:
    lexicon = tomllib.loads((ROOT / "ivr/packs/en/lexicon.toml").read_text("utf-8"))
    guide = load_guide()
    assert set(guide.parts) <= set(lexicon["categories"])
    for part in guide.parts.values():
        for point in (*part.checklist, *part.causes):
            assert set(point.names) == set(LANGUAGES), point.id
    assert [each.id for each in guide.of("lighting").checklist][:2] == ["bulb", "wiring"]
    lift = {each.id for each in guide.of("lift_fault").checklist}
    assert {"building", "unit", "floor", "sound"} <= lift
    lawn = {each.id for each in guide.of("greenery").checklist}
    assert {"water", "fertiliser", "pests", "soil", "records"} <= lawn
    assert guide.of("nothing").checklist == ()


def test_a_company_lays_its_own_over_it(tmp_path: Path) -> None:
    own = tmp_path / "casework.toml"
    own.write_text(
        '[lighting]\nchecklist = [{ id = "pole", zh-CN = "灯杆" }]\n'
        '[boiler]\ncauses = [{ id = "scale", en = "scale" }]\n',
        encoding="utf-8",
    )
    guide = load_guide(own)
    assert [each.id for each in guide.of("lighting").checklist] == ["pole"]
    assert guide.of("lighting").causes == load_guide().of("lighting").causes
    assert guide.check("lighting", "pole", "zh-CN") == "灯杆"
    assert guide.check("lighting", "pole", "en") == "pole"
    assert guide.check("lighting", "gone", "en") == "gone"
    assert guide.cause("boiler", "scale", "ko") == "scale"
    assert load_guide(tmp_path / "none.toml") == load_guide()


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("[lighting\n", "casework.toml"),
        ("lighting = 3\n", "no section"),
        ("[lighting]\nchecklist = 3\n", "no list"),
        ("[lighting]\ncheck = []\n", "neither"),
        ("[lighting]\ncauses = [{ en = 'x' }]\n", "id is missing"),
        ("[lighting]\ncauses = [{ id = 'a' }, { id = 'a' }]\n", "there twice"),
        ("[lighting]\ncauses = [{ id = 'a', fr = 'x' }]\n", "no language"),
        ("[lighting]\ncauses = [{ id = 'a', en = 3 }]\n", "no text"),
    ],
)
def test_a_mistake_says_where_it_is(tmp_path: Path, written: str, told: str) -> None:
    own = tmp_path / "casework.toml"
    own.write_text(written, encoding="utf-8")
    with pytest.raises(GuideMistake, match=told):
        load_guide(own)
    assert load_guide_or_shipped(own) == load_guide()
