"""Measuring what a model can do, with the real engine."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from asr.engine import LiveEngine, ModelInfo, Recogniser, SpeechModel, embedded_model
from asr.engine.capabilities import EXPENSIVE_RTF, SAMPLES, measure


def test_the_test_model_is_cheap_and_obeys_word_lists(chinese: SpeechModel) -> None:
    capabilities = chinese.capabilities
    assert capabilities.supports_word_list
    assert capabilities.has_unknown
    assert capabilities.live_engine is LiveEngine.DICTATION
    assert 0.0 < capabilities.speech_rtf < EXPENSIVE_RTF


def test_it_is_measured_once(chinese: SpeechModel) -> None:
    assert chinese.capabilities is chinese.capabilities


def test_a_model_that_ignores_its_word_list_is_found_out(
    chinese: SpeechModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = SpeechModel.recogniser
    monkeypatch.setattr(
        SpeechModel, "recogniser", lambda self, rate_hz, words=None: make(self, rate_hz)
    )
    capabilities = measure(chinese)
    assert not capabilities.supports_word_list
    assert capabilities.live_engine is LiveEngine.DICTATION


def test_a_dear_model_listens_by_word_list(
    chinese: SpeechModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("asr.engine.capabilities.EXPENSIVE_RTF", 0.0)
    assert measure(chinese).live_engine is LiveEngine.WORD_LIST


def test_a_dear_model_with_a_ready_made_graph_dictates(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "model"
    shutil.copytree(embedded_model().path, path)
    model = SpeechModel(ModelInfo("zh-CN", "model", path, "config"))
    (path / "graph" / "HCLG.fst").touch()
    monkeypatch.setattr("asr.engine.capabilities.EXPENSIVE_RTF", 0.0)
    assert measure(model).live_engine is LiveEngine.DICTATION


def test_every_language_has_a_sample() -> None:
    assert {os.path.splitext(name)[0] for name in os.listdir(SAMPLES)} == {"zh-CN", "en", "ko"}


def test_a_recogniser_is_left_behind_by_nobody(chinese: SpeechModel) -> None:
    import gc

    measure(chinese)
    gc.collect()
    assert not [each for each in gc.get_objects() if isinstance(each, Recogniser)]
