"""The stages of a training call: what is not in the table does not happen."""

from __future__ import annotations

import itertools

import pytest

from ivr.training.stage import TRANSITIONS, IllegalStage, Stage, move


@pytest.mark.parametrize(("before", "after"), list(itertools.product(Stage, Stage)))
def test_a_move_that_is_not_in_the_table_raises(before: Stage, after: Stage) -> None:
    if after in TRANSITIONS[before]:
        assert move(before, after) is after
    else:
        with pytest.raises(IllegalStage):
            move(before, after)


def test_from_every_stage_of_a_call_that_goes_on_the_caller_can_mean_it() -> None:
    before_and_after = {Stage.RINGING, Stage.REAL, Stage.OVER}
    assert all(Stage.REAL in TRANSITIONS[each] for each in set(Stage) - before_and_after)


def test_nothing_leads_out_of_a_real_emergency() -> None:
    assert TRANSITIONS[Stage.REAL] == frozenset()
