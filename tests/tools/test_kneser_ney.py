"""The language model of the speech model: whole probabilities, and what was said is likely."""

from __future__ import annotations

import pytest

from tools.model.kneser_ney import END, START, LanguageModel, estimate

SENTENCES = [
    ["电梯", "里", "困", "了", "人"],
    ["电梯", "里", "有", "人"],
    ["电梯", "坏", "了"],
    ["水管", "坏", "了"],
    ["人", "在", "电梯", "里"],
]
WORDS = ["电梯", "里", "困", "了", "人", "有", "坏", "水管", "在", "闸机"]  # nobody said 闸机


@pytest.fixture(scope="module")
def model() -> LanguageModel:
    return estimate(SENTENCES, {word: 1 / len(WORDS) for word in WORDS})


def test_probabilities_of_every_history_sum_to_one(model: LanguageModel) -> None:
    histories = [*model.follows, ("闸机",), ("闸机", "电梯"), (START, "闸机")]

    for history in histories:
        total = sum(model.probability(word, history) for word in [*WORDS, END])
        assert total == pytest.approx(1.0), history


def test_a_word_that_nobody_said_can_still_be_heard(model: LanguageModel) -> None:
    assert 0 < model.probability("闸机", ("电梯", "里")) < model.probability("人", ("电梯", "里"))


def test_what_was_said_is_likelier_than_the_same_words_in_disorder(model: LanguageModel) -> None:
    assert model.perplexity([["电梯", "里", "困", "了", "人"]]) < model.perplexity(
        [["人", "了", "里", "电梯", "困"]]
    )


def test_a_word_of_many_neighbours_is_likelier_elsewhere_than_one_of_a_single_one() -> None:
    """旧金山 lends 山 no weight, although it was said as often as what follows many words."""
    sentences = [["旧金", "山"]] * 4 + [["这", "灯"], ["那", "灯"], ["路", "灯"], ["楼道", "灯"]]
    words = sorted({word for sentence in sentences for word in sentence} | {"门"})

    model = estimate(sentences, {word: 1 / len(words) for word in words})

    assert model.probability("灯", ("门",)) > 2 * model.probability("山", ("门",))


def test_the_start_of_a_sentence_is_a_history_of_its_own(model: LanguageModel) -> None:
    assert model.probability("水管", (START,)) > model.probability("水管", ("人",))


def test_a_word_of_no_vocabulary_has_no_probability(model: LanguageModel) -> None:
    assert model.probability("火星", ("电梯",)) == 0.0
