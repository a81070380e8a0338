"""The page of duties is whole: every duty has its row, and what is present its test."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "duties.md").read_text()
DUTIES = 127
ROW = re.compile(r"^\| (\d+) \| (.+?) \| (.+?) \| (.*?) ?\| (.*?) ?\|$", re.M)
ROWS = {int(number): rest for number, *rest in ROW.findall(PAGE)}
STATES = ("present", "partly", "missing", "no software")


def test_every_duty_has_its_row() -> None:
    assert sorted(ROWS) == list(range(1, DUTIES + 1))


@pytest.mark.parametrize("number", ROWS)
def test_what_is_there_says_where_and_which_test_shows_it(number: int) -> None:
    asked, state, where, test = ROWS[number]
    assert asked
    assert state in STATES
    if state in ("present", "partly"):
        assert where
        assert (ROOT / test.strip("`")).is_file()
    if state == "no software":
        assert where


def test_the_counts_are_those_of_the_rows() -> None:
    counted = Counter(state for _, state, *_ in ROWS.values())
    told = ", ".join(f"{counted[state]} {state}" for state in STATES)
    assert f"Now: {told}." in PAGE
