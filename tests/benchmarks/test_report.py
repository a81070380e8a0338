"""What a benchmark's numbers are made of."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.report import Result, Row, markdown, percentile, percentiles, save


def test_a_percentile_is_a_value_that_was_measured() -> None:
    assert percentile([5.0, 1.0, 3.0], 50) == 3.0
    assert percentile(range(1, 101), 95) == 95
    assert percentile(range(1, 101), 99) == 99
    assert percentile([7.0], 99) == 7.0


@given(st.lists(st.floats(0, 1e6), min_size=1), st.integers(1, 100))
def test_so_many_percent_are_not_above_it(values: list[float], percent: int) -> None:
    found = percentile(values, percent)
    assert found in values
    assert 100 * sum(value <= found for value in values) >= percent * len(values) - 1e-9


def test_nothing_measured_is_no_number() -> None:
    with pytest.raises(ValueError, match="nothing was measured"):
        percentile([], 50)


def test_a_bar_is_met_from_its_own_side() -> None:
    assert Row("delay", 90, "ms", 100).held is True
    assert Row("delay", 110, "ms", 100).held is False
    assert Row("speed", 0.9, "", 0.95, at_least=True).held is False
    assert Row("speed", 0.97, "", 0.95, at_least=True).held is True
    assert Row("threads", 3, "").held is None


def test_only_the_percentile_that_has_a_bar_is_judged() -> None:
    rows = percentiles("delay", [1.0, 2.0, 3.0], "ms", (50, 99), bars={99: 2.5})
    assert [(row.what, row.value, row.held) for row in rows] == [
        ("delay, p50", 2.0, None),
        ("delay, p99", 3.0, False),
    ]


def test_a_result_is_kept_with_the_machine_it_comes_from(tmp_path: Path) -> None:
    result = Result("media", "2026-01-02T03:04:05+00:00", 1.0, 0.1, 0.2, [Row("x", 1, "ms")])
    document = json.loads(save(result, {"cores": 2}, tmp_path / "results").read_text())
    assert document["machine"] == {"cores": 2}
    assert Result.from_dict(document) == result


def test_a_document_tells_what_was_missed() -> None:
    rows = [Row("delay", 110.4, "ms", 100, note="of 9"), Row("threads", 3, "")]
    text = markdown([Result("media", "", 1.0, 0.1, 0.2, rows)])
    assert "| delay | 110 ms | ≤ 100 | **missed** | of 9 |" in text
    assert "| threads | 3 |  |  |  |" in text
