"""Which categories people are rung for: the shipped ones, the company's, and `[urgent]`."""

from __future__ import annotations

from pathlib import Path

import pytest

from hotline.categories import SiteCategories, categories_of
from hotline.config.reading import load_config
from tests.company import write_company

SHIPPED = (
    "lift_entrapment", "fire", "gas_leak", "flooding",
    "electric_shock", "injury", "intrusion", "falling_object",
)  # fmt: skip
CO = "carbon_monoxide"


def site(folder: Path, urgent: str = "") -> SiteCategories:
    path = folder / "hotline.conf"
    path.write_text(f"[hotline]\nhome = {folder}\n[urgent]\n{urgent}\n")
    return categories_of(load_config(path, {}))


def test_the_lexicon_says_what_is_urgent_and_what_endangers_life(tmp_path: Path) -> None:
    found = site(tmp_path)
    assert found.urgent == SHIPPED
    assert set(SHIPPED) - set(found.silence_is_yes) == {"flooding", "falling_object"}
    assert found.ring_at_once == ("lift_entrapment", "fire", "gas_leak", "injury")
    assert found.names["fire"]["en"] == "fire or smoke"


def test_the_configuration_chooses_among_the_shipped_ones(tmp_path: Path) -> None:
    found = site(tmp_path, "categories = fire, flooding\nsilence_is_yes = flooding")
    assert found.urgent == ("fire", "flooding")
    assert found.silence_is_yes == ("flooding",)


@pytest.mark.parametrize("urgent", ["", "categories = fire\nsilence_is_yes = fire"])
def test_what_the_companys_own_file_calls_urgent_always_is(tmp_path: Path, urgent: str) -> None:
    write_company(tmp_path / "packs")
    found = site(tmp_path, urgent)
    assert found.urgent[-1] == CO
    assert CO in found.silence_is_yes
    assert CO in found.ring_at_once
    assert found.names[CO]["zh-CN"] == "一氧化碳"


def test_names_that_are_no_urgent_category_are_told(tmp_path: Path) -> None:
    found = site(tmp_path, "categories = fire, parking\nsilence_is_yes = flod")
    assert (found.urgent, found.not_urgent) == (("fire",), ("parking", "flod"))
