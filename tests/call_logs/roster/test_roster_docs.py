"""What `docs/oncall.md` shows is what the program reads."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from call_logs.dispatches.dispatch import AttemptStatus
from call_logs.owners.sheets import COLUMNS as OWNERS
from call_logs.roster.checks import reference_problems
from call_logs.roster.documents import EntryKind
from call_logs.roster.files.csv_file import _HEADINGS
from call_logs.roster.files.sheets import PEOPLE, SHIFTS
from call_logs.roster.policies import SelectorKind
from call_logs.roster.readers import build_roster
from call_logs.roster.ring_plan import coverage_gaps
from call_logs.roster.roster import on_call
from call_logs.roster.toml_file import read_roster_toml

DOCS = (Path(__file__).parents[3] / "docs" / "oncall.md").read_text(encoding="utf-8")
SHANGHAI = ZoneInfo("Asia/Shanghai")


def sample() -> str:
    blocks: list[str] = re.findall(r"```toml\n(.*?)```", DOCS, re.DOTALL)
    assert len(blocks) == 1
    return blocks[0]


def test_the_sample_roster_is_valid_shows_every_entry_and_covers_every_hour() -> None:
    entries = read_roster_toml(sample(), "oncall.md", SHANGHAI, "CN")
    roster, problems = build_roster(entries, SHANGHAI, "CN")
    assert problems == reference_problems(roster) == ()
    assert {entry.kind for entry in entries} == set(EntryKind)
    assert coverage_gaps(roster, (), datetime(2026, 1, 1, tzinfo=SHANGHAI)) == ()
    at = datetime(2026, 1, 6, 22, tzinfo=SHANGHAI)
    assert [person.id for person in on_call(roster, at)] == ["wang", "lift-firm"]


def test_every_field_that_an_entry_has_is_in_the_sample() -> None:
    entries = read_roster_toml(sample(), "oncall.md", SHANGHAI, "CN")
    fields = {key for entry in entries for key in entry.document}
    not_for_people = {"id", "uid", "weekly", "rotation", "dated", "level"}
    for name in fields - not_for_people:
        assert re.search(rf"^\s*{name} = ", sample(), re.MULTILINE), name


def test_every_column_selector_and_state_is_documented() -> None:
    for column in {*PEOPLE, *SHIFTS, *OWNERS}:
        assert column in _HEADINGS
        assert re.search(rf"\b{column}\b", DOCS), column
    for kind in SelectorKind:
        assert f"`{kind}" in DOCS, kind
    for status in AttemptStatus:
        assert f"`{status}`" in DOCS, status
