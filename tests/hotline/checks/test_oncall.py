"""Whether `check` sees a roster that cannot work before an emergency does."""

from __future__ import annotations

from pathlib import Path

import pytest

from hotline.checks.check import Severity
from hotline.checks.oncall import check_oncall
from hotline.config.reading import load_config, read_config
from hotline.storage import open_store
from tests.people import person

ALWAYS = """
[[person]]
id = "wang"
name = "Wang"
contacts = ["13812345678"]
roles = ["engineer", "manager", "operator"]

[[schedule]]
id = "always"
name = "Always"

[[schedule.weekly]]
people = ["wang"]
"""


async def told(folder: Path, roster: str | None) -> tuple[list[str], list[str]]:
    """Mistakes and warnings."""
    path = folder / "hotline.conf"
    path.write_text("[oncall]\n# first\nroster = roster.toml\n" if roster is not None else "")
    if roster is not None:
        (folder / "roster.toml").write_text(roster, encoding="utf-8")
    found = await check_oncall(read_config(path, {}))
    return (
        [str(item) for item in found if item.severity is Severity.MISTAKE],
        [str(item) for item in found if item.severity is Severity.WARNING],
    )


async def test_no_roster_at_all_is_a_warning(tmp_path: Path) -> None:
    mistakes, warnings = await told(tmp_path, None)
    assert mistakes == []
    assert len(warnings) == 1
    assert "nobody is rung" in warnings[0]
    assert "key 0 takes a message" in warnings[0]
    assert "name a file with roster in [oncall]" in warnings[0]


async def test_a_roster_on_which_everybody_is_switched_off_is_as_good_as_none(
    tmp_path: Path,
) -> None:
    mistakes, warnings = await told(
        tmp_path, ALWAYS.replace('name = "Wang"', 'name = "Wang"\nactive = false')
    )
    assert mistakes == []
    assert [line for line in warnings if "switched off" in line and "active = true" in line]


async def test_a_year_whose_holidays_are_unknown_is_told_when_drills_need_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "hotline.conf"
    path.write_text("[oncall]\ndrill = monthly\n")
    monkeypatch.setattr("hotline.checks.oncall.is_known", lambda year, region: False)
    found = await check_oncall(read_config(path, {}))
    assert any("line 2" in str(item) and "public holidays of 20" in str(item) for item in found)
    path.write_text("[oncall]\ndrill = off\n")
    assert not [item for item in await check_oncall(read_config(path, {})) if "drill" in str(item)]


async def test_a_contact_by_a_trunk_that_is_not_there_is_a_mistake_before_anybody_is_rung(
    tmp_path: Path,
) -> None:
    roster = ALWAYS.replace('"13812345678"', '"13812345678 via offise"')
    mistakes, _ = await told(tmp_path, roster)
    assert len(mistakes) == 1
    assert "person wang" in mistakes[0]
    assert "[trunk offise]" in mistakes[0]


async def test_an_alarm_line_by_a_trunk_that_is_not_there_is_told(tmp_path: Path) -> None:
    line = '\n[[line]]\nid = "lift"\nname = "Lift"\ntrunk = "lifts"\nlift = "1"\n'
    mistakes, warnings = await told(tmp_path, ALWAYS + line)
    assert mistakes == []
    (warning,) = warnings
    assert "line lift" in warning
    assert "[trunk lifts]" in warning


async def test_a_roster_that_always_reaches_somebody_is_fine(tmp_path: Path) -> None:
    assert await told(tmp_path, ALWAYS) == ([], [])


async def test_every_mistake_of_a_roster_is_told_with_the_line_that_names_it(
    tmp_path: Path,
) -> None:
    mistakes, _ = await told(
        tmp_path, ALWAYS.replace("13812345678", "12") + '[[persn]]\nid = "x"\n'
    )
    assert len(mistakes) == 2
    assert all(line.startswith("line 3: ") and "roster.toml" in line for line in mistakes)


async def test_hours_without_anybody_are_told_for_each_category(tmp_path: Path) -> None:
    roster = ALWAYS + ('[[leave]]\nperson = "wang"\nfrom = 2020-01-01\nuntil = 2098-12-31\n')
    mistakes, warnings = await told(tmp_path, roster)
    assert mistakes == []
    assert any("reached about lift_entrapment" in line for line in warnings)
    assert all(line.startswith("line 3: ") for line in warnings)


async def test_once_there_is_a_database_its_roster_counts(tmp_path: Path) -> None:
    (tmp_path / "hotline.conf").write_text("")
    config = load_config(tmp_path / "hotline.conf", {})
    async with open_store(config) as store:
        await store.roster.import_toml(ALWAYS, person("test"))
    assert await told(tmp_path, None) == ([], [])


async def test_a_contact_that_may_not_be_dialled_is_told_before_it_is_needed(
    tmp_path: Path,
) -> None:
    roster = ALWAYS.replace('"13812345678"', '"ext:8001", "+49 30 901820"')
    mistakes, _ = await told(tmp_path, roster)
    assert any("`ext:8001`" in line and "`extensions` in [dial]" in line for line in mistakes)
    assert any("+4930901820" in line and "`prefixes` in [dial]" in line for line in mistakes)


async def test_a_saved_contact_that_the_configuration_no_longer_allows_is_told(
    tmp_path: Path,
) -> None:
    (tmp_path / "hotline.conf").write_text("[dial]\nextensions = 8\\d{3}\n")
    config = load_config(tmp_path / "hotline.conf", {})
    async with open_store(config) as store:
        await store.roster.import_toml(ALWAYS.replace("13812345678", "ext:8001"), person("test"))
        assert await store.roster.problems() == ()
    mistakes, _ = await told(tmp_path, None)  # the [dial] section is gone
    assert len(mistakes) == 1
    assert "person wang: `ext:8001`" in mistakes[0]


async def test_before_the_first_start_nothing_is_made(tmp_path: Path) -> None:
    await told(tmp_path, ALWAYS)
    assert sorted(item.name for item in tmp_path.iterdir()) == ["hotline.conf", "roster.toml"]


async def test_a_category_that_no_lexicon_has_is_told_where_the_roster_names_it(
    tmp_path: Path,
) -> None:
    policy = '[[policy]]\ncategory = "flod"\n[[policy.level]]\nwho = ["everybody"]\n'
    line = (
        '[[line]]\nid = "a"\ncaller = "13800000000"\nbuilding = "5"\ncategory = "carbon_monoxide"\n'
    )
    mistakes, warnings = await told(tmp_path, ALWAYS + policy + line)
    assert mistakes == []
    assert any("policy flod: no lexicon has the category flod; did you mean" in w for w in warnings)
    assert any("line a: no lexicon has the category carbon_monoxide" in w for w in warnings)
