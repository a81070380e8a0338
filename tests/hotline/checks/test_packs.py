"""What `check` says of a company's own pack, before a call shows it."""

from __future__ import annotations

from pathlib import Path

import pytest

from hotline.checks.finding import Severity
from hotline.checks.packs import look_at_packs
from hotline.config.reading import read_config
from tests.company import write_company


@pytest.fixture
def packs(tmp_path: Path) -> Path:
    return write_company(tmp_path / "home" / "packs")


def told(folder: Path, urgent: str = "", languages: str = "zh-CN") -> tuple[list[str], list[str]]:
    """Mistakes and warnings."""
    path = folder / "hotline.conf"
    path.write_text(
        f"[hotline]\nhome = {folder / 'home'}\nlanguages = {languages}\n[urgent]\n{urgent}\n"
    )
    found = sorted(look_at_packs(read_config(path, {})))
    return (
        [str(item) for item in found if item.severity is Severity.MISTAKE],
        [str(item) for item in found if item.severity is Severity.WARNING],
    )


@pytest.mark.usefixtures("packs")
def test_the_documented_files_are_right_and_what_is_missing_is_told(tmp_path: Path) -> None:
    mistakes, warnings = told(tmp_path, languages="zh-CN, en")
    assert mistakes == []
    assert any(
        "who speak en are not understood when they tell of carbon_monoxide" in line
        and "packs/en/lexicon.toml" in line
        for line in warnings
    )
    assert any("en: carbon_monoxide has no advice in this language" in line for line in warnings)
    assert any("hotline prompts import" in line for line in warnings)


def test_mistakes_of_all_files_are_told_together(tmp_path: Path, packs: Path) -> None:
    lexicon = packs / "zh-CN" / "lexicon.toml"
    lexicon.write_text(lexicon.read_text().replace("level = 1.0", "level = 10"))
    (packs / "zh-CN" / "menu.toml").write_text("[node.main\n")
    (packs / "zh-CN" / "lexikon.toml").write_text("")
    mistakes, warnings = told(tmp_path)
    assert any(f"{lexicon}:18: rules." in line and "0 to 1" in line for line in mistakes), mistakes
    assert any(f"{packs / 'zh-CN' / 'menu.toml'}:1: not a TOML" in line for line in mistakes)
    assert any("lexikon.toml is never read" in line for line in warnings)


def test_a_name_in_urgent_that_is_no_urgent_category_is_a_mistake_at_its_line(
    tmp_path: Path,
) -> None:
    mistakes, _ = told(tmp_path, "categories = fire, flod\nsilence_is_yes = parking")
    assert len(mistakes) == 2
    assert mistakes[0].startswith("line 5: [urgent] categories: flod is no category")
    assert "did you mean flooding?" in mistakes[0]
    assert mistakes[1].startswith("line 6: [urgent] silence_is_yes: parking is not urgent")


def test_without_files_of_its_own_there_is_nothing_to_tell(tmp_path: Path) -> None:
    assert told(tmp_path) == ([], [])
