"""The shipped lexicons on the labelled sentences: floors below which no change may push them."""

from __future__ import annotations

from pathlib import Path

import pytest

from asr.evaluate import Report, evaluate
from asr.lexicon import load_lexicon

ROOT = Path(__file__).parents[2]
LANGUAGES = ("zh-CN", "en", "ko")


def score(language: str, part: str) -> Report:
    lexicon = load_lexicon(ROOT / "ivr" / "packs" / language / "lexicon.toml")
    return evaluate([ROOT / "tests" / "corpus" / language / part], language, lexicon)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("part", ["dev.jsonl", "held-out.jsonl"])
def test_the_corpus_is_heard(language: str, part: str) -> None:
    report = score(language, part)
    assert report.recall >= 0.97, report.missed
    assert report.precision >= 0.95, report.false_alarms
    assert report.category_accuracy >= 0.95, report.confused


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_corpus_is_large_and_hard(language: str) -> None:
    reports = [score(language, part) for part in ("dev.jsonl", "held-out.jsonl")]
    sentences = sum(report.sentences for report in reports)
    urgent = sum(report.urgent for report in reports)
    assert sentences >= 300
    assert 0.4 <= urgent / sentences <= 0.6
