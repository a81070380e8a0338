"""Every prompt was heard by the independent ear, and none was mostly misunderstood.

The lists in `benchmarks/heard` are what `make ear` wrote. A prompt that came later is in none
of them: the test fails until it has been heard.
"""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from benchmarks.ear import BARS, LANGUAGES, NOW, WORST, filled, spoken_names
from ivr.packs import load_pack
from ivr.packs.phrasebook import Phrasebook
from ivr.prompts.voice import Voice
from tools.voices.clarity import compare

HEARD = Path(__file__).parents[2] / "benchmarks" / "heard"
# The ear writes the last digits of 472012 three times; each of them is right.
EAR_LOOPS = {("zh-CN", "ticket-68")}


def heard(language: str, what: str) -> dict[str, tuple[int, int]]:
    with (HEARD / f"{language}-{what}.tsv").open(encoding="utf-8", newline="") as file:
        return {
            row["name"]: (int(row["wrong"]), int(row["of"]))
            for row in csv.DictReader(file, delimiter="\t")
        }


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_prompt_was_heard(language: str) -> None:
    """In the words that it has today, as far as their number tells."""
    book = Phrasebook(load_pack(language), Voice(), now=lambda: NOW)
    today = {
        name: compare(book.words([filled(name, language)]), "", language).said
        for name in spoken_names(language)
    }
    assert today == {name: of for name, (_, of) in heard(language, "prompts").items()}


@pytest.mark.parametrize("what", ["prompts", "spoken"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_is_mostly_misunderstood_and_few_words_are(language: str, what: str) -> None:
    found = heard(language, what)
    bar, _ = BARS[language]
    assert sum(wrong for wrong, _ in found.values()) <= bar * sum(of for _, of in found.values())
    worst = {name for name, (wrong, of) in found.items() if wrong > WORST * of}
    assert worst <= {name for of_language, name in EAR_LOOPS if of_language == language}
