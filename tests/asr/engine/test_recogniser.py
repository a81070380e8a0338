"""The shared model and its recognisers, with the real engine."""

from __future__ import annotations

import gc
import weakref
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise

import pytest

from asr.engine import SpeechModel, embedded_model, load_model
from tests.asr.speech import RATE_HZ, say, silence


def dictate(model: SpeechModel, pcm: bytes, words: tuple[str, ...] | None = None) -> str:
    recogniser = model.recogniser(RATE_HZ, words)
    recogniser.accept(pcm)
    return " ".join(word.text for word in recogniser.finish())


def test_a_model_is_loaded_once_while_somebody_holds_it(chinese: SpeechModel) -> None:
    assert load_model(embedded_model()) is chinese


def test_a_model_nobody_holds_is_let_go(chinese: SpeechModel) -> None:
    path = chinese.info.path
    elsewhere = replace(chinese.info, path=path.parent / ".." / path.parent.name / path.name)
    model = load_model(elsewhere)
    assert load_model(elsewhere) is model
    let_go = weakref.ref(model)
    del model
    gc.collect()
    assert let_go() is None


def test_threads_share_a_model_without_mixing_their_words(chinese: SpeechModel) -> None:
    texts = ["三号楼一单元楼道灯坏了", "厨房水管爆了", "电梯停在八楼里面困了三个人"] * 4
    with ThreadPoolExecutor(4) as pool:
        heard = pool.map(lambda text: dictate(chinese, say(text)), texts)
        assert [line.replace(" ", "") for line in heard] == texts


def test_it_knows_its_words(chinese: SpeechModel) -> None:
    assert chinese.knows("电梯")
    assert not chinese.knows("量子力学")


def test_a_word_list_limits_what_is_heard(chinese: SpeechModel) -> None:
    heard = dictate(chinese, say("三号楼一单元楼道灯坏了"), ("楼道", "电梯"))
    assert heard == "楼道"


def test_a_word_list_leaves_out_what_the_model_cannot_write(chinese: SpeechModel) -> None:
    assert chinese.word_list(["电梯困人", "饕餮貔貅", "电梯困人"]) == ("电梯困人", "[unk]")


def test_phrases_are_cut_into_the_words_the_model_has(chinese: SpeechModel) -> None:
    assert chinese.word_list(["厨房水管爆了"])[0] == "厨房 水管爆了"


def test_times_count_everything_accepted(chinese: SpeechModel) -> None:
    recogniser = chinese.recogniser(RATE_HZ)
    recogniser.accept(silence(0.1))
    recogniser.accept(say("楼道灯坏了", before_s=0.2))
    words = recogniser.finish()
    assert words[0].start_s == pytest.approx(0.3, abs=0.1)
    assert all(before.end_s <= after.start_s for before, after in pairwise(words))
    assert all(0.0 <= word.confidence <= 1.0 for word in words)


def test_sixteen_kilohertz_are_heard_as_sixteen(chinese: SpeechModel) -> None:
    import numpy as np
    import soxr

    narrow = np.frombuffer(say("楼道灯坏了"), dtype="<i2")
    wide = soxr.resample(narrow, RATE_HZ, 2 * RATE_HZ).astype("<i2").tobytes()
    recogniser = chinese.recogniser(2 * RATE_HZ)
    recogniser.accept(wide)
    words = recogniser.finish()
    assert "".join(word.text for word in words) == "楼道灯坏了"
    assert words[-1].end_s < 3.0
