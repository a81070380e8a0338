"""sherpa-onnx as an engine: the real library, a model without training (`tiny_transducer`)."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest

from asr.engine.capabilities import sample_speech
from asr.engine.live_engine import LiveEngine
from asr.engine.loading import load_model
from asr.engine.models import ModelInfo, find_model
from asr.engine.sherpa import SherpaModel, _append
from asr.engine.transcriber import transcribe
from asr.engine.word import Word
from asr.errors import ModelBroken
from asr.live.ear import DictationEar
from tests.asr.engine.tiny_transducer import build

pytest.importorskip("sherpa_onnx")

RATE_HZ = 8000
LOW_HZ, HIGH_HZ = 500, 2500


def tone(hz: float, seconds: float, rate_hz: int = RATE_HZ) -> bytes:
    times = np.arange(int(seconds * rate_hz)) / rate_hz
    return (9000 * np.sin(2 * np.pi * hz * times)).astype("<i2").tobytes()


def quiet(seconds: float, rate_hz: int = RATE_HZ) -> bytes:
    return bytes(2 * int(seconds * rate_hz))


def spoken(rate_hz: int = RATE_HZ) -> bytes:
    """Half a second of each tone, the second one from 1.3 s on."""
    return (
        quiet(0.5, rate_hz)
        + tone(LOW_HZ, 0.5, rate_hz)
        + quiet(0.3, rate_hz)
        + tone(HIGH_HZ, 0.5, rate_hz)
    )


def pieces(pcm: bytes, rate_hz: int = RATE_HZ) -> list[bytes]:
    step = 2 * rate_hz // 5
    return [pcm[start : start + step] for start in range(0, len(pcm), step)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("home") / "models" / "sherpa-onnx-streaming-tiny")


def info(folder: Path, language: str = "zh-CN") -> ModelInfo:
    return ModelInfo(language, folder.name, folder, "config")


@pytest.fixture(scope="module")
def model(folder: Path) -> SherpaModel:
    return SherpaModel(info(folder))


@pytest.mark.parametrize("rate_hz", [8000, 16000])
def test_words_come_with_the_times_at_which_they_were_said(
    model: SherpaModel, rate_hz: int
) -> None:
    recogniser = model.recogniser(rate_hz)
    for piece in pieces(spoken(rate_hz), rate_hz):
        recogniser.accept(piece)
    words = recogniser.finish()
    assert [word.text for word in words] == ["火", "水"]
    assert words[0].start_s == pytest.approx(0.5, abs=0.15)
    assert words[1].start_s == pytest.approx(1.3, abs=0.15)
    assert all(word.start_s < word.end_s <= recogniser.accepted_s for word in words)


def test_a_partial_text_is_there_before_the_utterance_ends(model: SherpaModel) -> None:
    recogniser = model.recogniser(RATE_HZ)
    recogniser.accept(quiet(0.5) + tone(LOW_HZ, 0.5))
    assert recogniser.partial() == "火"
    recogniser.accept(quiet(0.3) + tone(HIGH_HZ, 0.5))
    assert recogniser.partial() == "火 水"


def test_silence_ends_an_utterance_and_the_next_one_keeps_the_time(model: SherpaModel) -> None:
    recogniser = model.recogniser(RATE_HZ)
    heard: list[Word] = []
    for piece in pieces(spoken() + quiet(2.0) + spoken()):
        if recogniser.accept(piece):
            heard += recogniser.result()
    assert [word.text for word in heard] == ["火", "水"]
    later = recogniser.finish()
    assert [word.text for word in later] == ["火", "水"]
    assert later[0].start_s == pytest.approx(1.8 + 2.0 + 0.5, abs=0.15)


def test_silence_alone_is_no_utterance(model: SherpaModel) -> None:
    recogniser = model.recogniser(RATE_HZ)
    assert not any(recogniser.accept(piece) for piece in pieces(quiet(6.0)))
    assert recogniser.finish() == ()


def test_a_finished_recogniser_hears_on(model: SherpaModel) -> None:
    recogniser = model.recogniser(RATE_HZ)
    recogniser.accept(spoken())
    recogniser.finish()
    recogniser.accept(spoken())
    assert [word.text for word in recogniser.finish()] == ["火", "水"]


def test_threads_share_a_model(model: SherpaModel) -> None:
    heard: dict[int, list[str]] = {}

    def listen(number: int) -> None:
        recogniser = model.recogniser(RATE_HZ)
        low_first = number % 2 == 0
        hz = (LOW_HZ, HIGH_HZ) if low_first else (HIGH_HZ, LOW_HZ)
        for piece in pieces(quiet(0.4) + tone(hz[0], 0.4) + quiet(0.3) + tone(hz[1], 0.4)):
            recogniser.accept(piece)
        heard[number] = [word.text for word in recogniser.finish()]

    threads = [threading.Thread(target=listen, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert heard == {
        number: ["火", "水"] if number % 2 == 0 else ["水", "火"] for number in range(8)
    }


def test_a_live_ear_tells_partial_and_final_texts(model: SherpaModel) -> None:
    ear = DictationEar(model, RATE_HZ)
    told = [heard for piece in pieces(spoken()) for heard in ear.hear(piece, 7.0, ended=False)]
    assert told
    assert not any(heard.final for heard in told)
    (final,) = ear.finish()
    assert (final.text, final.final) == ("火水", True)


def test_a_recording_is_written_down_through_the_gate(model: SherpaModel) -> None:
    speech = sample_speech("en")  # the gate lets no tones through
    transcript = transcribe(model, quiet(2.0) + speech + quiet(2.0), RATE_HZ)
    assert transcript.model == "sherpa-onnx-streaming-tiny"
    assert {word.text for word in transcript.words} == {"火", "水"}
    assert all(2.0 <= word.start_s < word.end_s for word in transcript.words)
    assert transcript.words[-1].end_s <= transcript.duration_s - 2.0 + 0.8  # as long it stays open


def test_it_is_measured_and_dictates(model: SherpaModel) -> None:
    ability = model.capabilities
    assert ability.speech_rtf > 0
    assert ability.live_engine is LiveEngine.DICTATION
    assert not ability.supports_word_list


def test_the_configuration_chooses_it_by_name(folder: Path) -> None:
    home = folder.parents[1]
    found = find_model("zh-CN", configured=folder.name, home=home)
    assert found is not None
    assert found.path == folder
    assert isinstance(load_model(found), SherpaModel)
    assert find_model("zh-CN", configured=None, home=home) is None  # never by itself


@pytest.mark.parametrize("part", ["tokens.txt", "encoder", "decoder"])
def test_a_missing_part_is_named(tmp_path: Path, part: str) -> None:
    folder = build(tmp_path / "model")
    (gone,) = folder.glob(f"{part}*")
    gone.unlink()
    with pytest.raises(ModelBroken, match=f"no {part}.*unpack"):
        find_model("zh-CN", configured=str(folder), home=tmp_path)


@pytest.mark.parametrize("part", ["encoder", "decoder", "joiner"])
def test_a_damaged_part_is_told(tmp_path: Path, part: str) -> None:
    folder = build(tmp_path / "model")
    (file,) = folder.glob(f"{part}*")
    file.write_bytes(file.read_bytes()[:40])
    with pytest.raises(ModelBroken, match="install the model again"):
        SherpaModel(info(folder))


def test_without_the_library_it_says_what_to_install(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("asr.engine.sherpa.has_sherpa", lambda: False)
    with pytest.raises(ModelBroken, match=r"hotline\[sherpa\]"):
        SherpaModel(info(folder))


def test_pieces_of_a_word_are_joined_and_chinese_characters_stand_alone() -> None:
    words: list[Word] = []
    for index, token in enumerate(("\u2581FI", "RE", "\u2581IN", "电", "梯", "<unk>")):
        _append(words, token, index, index + 0.5)
    assert [word.text for word in words] == ["fire", "in", "电", "梯"]
    assert words[0].end_s == 1.5
