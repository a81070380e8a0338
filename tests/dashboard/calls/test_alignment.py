"""Words keep their times whatever is written beside them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from call_logs.recordings import TranscriptWord
from dashboard.calls.alignment import align
from tests.dashboard.morning import TEXT, WORDS, words


def test_numbers_written_as_digits_share_the_time_of_the_spoken_word() -> None:
    tokens = align(TEXT, words())

    assert tokens[0].text == "3"
    assert tokens[0].start_s == 0.4
    assert [token.text for token in tokens][1:4] == ["号", "楼", "2"]


def test_a_corrected_word_takes_the_place_of_the_misheard_one() -> None:
    misheard = (*WORDS[:7], "等", *WORDS[8:])

    tokens = {token.text: token for token in align("".join(WORDS), words(misheard))}

    assert tokens["灯"].start_s == words()[7].start_s
    assert tokens["灯"].confidence is None, "a person wrote it, not the recogniser"
    assert tokens["坏"].confidence == 0.97


def test_blanks_stand_between_the_words_of_a_language_that_has_them() -> None:
    heard = (TranscriptWord("the", 0.0, 0.2, 0.9), TranscriptWord("lamp", 0.3, 0.6, 0.9))

    tokens = align("The lamp", heard)

    assert [token.text for token in tokens] == ["The", " ", "lamp"]
    assert (tokens[2].start_s, tokens[2].end_s) == pytest.approx((0.3, 0.6))


def test_an_unsure_word_is_marked() -> None:
    assert [token.text for token in align("".join(WORDS), words()) if token.unsure] == ["走廊"]


def test_text_without_words_is_one_piece() -> None:
    assert [token.text for token in align("没有词", ())] == ["没有词"]
    assert align("", words()) == ()


@given(
    text=st.text(alphabet="一二三 ab\nÄß", max_size=40),
    heard=st.lists(st.text(alphabet="一二三 ab", max_size=4), max_size=12),
)
def test_the_tokens_together_are_the_text_and_run_forward(text: str, heard: list[str]) -> None:
    tokens = align(text, words(tuple(heard)))

    assert "".join(token.text for token in tokens) == text
    starts = [token.start_s for token in tokens if token.start_s is not None]
    assert starts == sorted(starts)
