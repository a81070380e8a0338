"""Numbers and places that the speech model is taught besides the corpus."""

from __future__ import annotations

import json
import random

from tools.model.kneser_ney import estimate
from tools.model.language import CORPUS, fst_text, spoken, templates


def test_numerals_are_said_as_people_say_them() -> None:
    assert [spoken(n) for n in (2, 10, 15, 20, 32)] == ["二", "十", "十五", "二十", "三十二"]


def test_no_template_says_a_sentence_that_is_held_out() -> None:
    held_out = (CORPUS.parent / "held-out.jsonl").read_text("utf-8").splitlines()
    kept = {json.loads(line)["text"] for line in held_out}

    assert not kept & set(templates(random.Random(1), 2000))


def test_an_end_is_a_final_cost_and_every_history_backs_off() -> None:
    model = estimate([["漏", "水"], ["停", "水"]], {"漏": 0.25, "停": 0.25, "水": 0.5})

    lines = fst_text(model, {"漏": 5, "停": 6, "水": 7}).splitlines()

    states = {line.split()[0] for line in lines}
    assert lines[0].split()[0] == "0"  # OpenFst begins where the first line does
    backing_off = [line for line in lines if line.split()[2:4] == ["0", "0"]]
    assert len(backing_off) == len(states) - 1
    assert any(len(line.split()) == 2 for line in lines)
