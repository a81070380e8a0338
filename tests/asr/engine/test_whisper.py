"""Whisper's part of the work that is ours: what it is given, and what of its answer is believed.

The package itself stands in `fake_whisper.py`; `test_real_whisper.py` has the real one.
"""

from __future__ import annotations

import asyncio
import importlib
import math
import os
import sys
from pathlib import Path

import numpy as np
import pytest

from asr import EngineFailed, ModelBroken, ModelNotFound, SpeechError, TranscriptionCancelled
from asr.engine import Transcript, Whisper, WhisperProcess, second_is_better
from asr.engine.whisper import FILES
from tests.asr.engine import fake_whisper

RATE_HZ = 8000
LIMIT_S = 30


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "whisper-base"
    folder.mkdir()
    for name in FILES:
        (folder / name).write_bytes(b"")
    return folder


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "faster_whisper", importlib.import_module(FAKE))


@pytest.fixture
def fake_in_children(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The stand-in, under the package's name, for processes that we start."""
    package = tmp_path / "packages" / "faster_whisper.py"
    package.parent.mkdir()
    package.write_bytes(Path(str(fake_whisper.__file__)).read_bytes())
    paths = (str(package.parent), str(Path(__file__).parents[3]))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(paths))


FAKE = "tests.asr.engine.fake_whisper"


def voice(seconds: float, level: float = 0.3) -> bytes:
    """Something that the gate takes for speech: a buzz whose loudness goes up and down."""
    time = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    buzz = np.sin(2 * np.pi * 240 * time) * (0.3 + 0.7 * np.abs(np.sin(9 * time)))
    return bytes((buzz / np.abs(buzz).max() * level * 32767).astype("<i2").tobytes())


def quiet(seconds: float) -> bytes:
    return bytes(2 * round(seconds * RATE_HZ))


def test_words_have_the_times_of_the_recording_and_figures_are_whole(
    model: Path, fake: None
) -> None:
    pcm = quiet(3) + voice(2) + quiet(10) + voice(2) + quiet(2)
    heard = Whisper(model).write_down(pcm, RATE_HZ, "zh-CN")
    assert [word.text for word in heard.words] == ["1502", "室", "漏水"]
    number, room, water = heard.words
    assert 2.5 < number.start_s < number.end_s <= room.start_s < 5
    assert 14.5 < water.start_s < 18  # in the second stretch, ten seconds of silence later
    assert number.confidence == 0.5  # no surer than its weakest token
    assert heard.text == "1502室，漏水"
    assert heard.model == "whisper-base"
    assert heard.confidence == pytest.approx(math.exp(-0.5), abs=0.001)
    assert heard.duration_s == 19


def test_silence_is_not_given_to_it_at_all(model: Path, fake: None) -> None:
    heard = Whisper(model).write_down(quiet(30), RATE_HZ, "zh-CN")
    assert (heard.text, heard.words, heard.confidence) == ("", (), 0.0)


@pytest.mark.parametrize("level", [fake_whisper.LOOPS, fake_whisper.MUMBLES, fake_whisper.OPENING])
def test_what_it_makes_up_is_left_out(model: Path, fake: None, level: float) -> None:
    heard = Whisper(model).write_down(voice(3, level), RATE_HZ, "zh-CN")
    assert heard.text == ""


def test_a_long_talk_is_cut_into_windows_and_none_is_lost(model: Path, fake: None) -> None:
    heard = Whisper(model).write_down(voice(70), RATE_HZ, "zh-CN")
    assert [word.text for word in heard.words].count("1502") == 3
    assert max(word.end_s for word in heard.words) > 69


def test_it_can_be_cancelled_between_two_windows(model: Path, fake: None) -> None:
    with pytest.raises(TranscriptionCancelled):
        Whisper(model).write_down(voice(70), RATE_HZ, "zh-CN", cancelled=lambda: True)


def test_without_the_package_or_a_file_it_says_what_to_do(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "faster_whisper", None)
    with pytest.raises(ModelNotFound, match=r"pip install 'hotline\[whisper\]'"):
        Whisper(model)
    (model / "model.bin").unlink()
    with pytest.raises(ModelBroken, match=r"no model.bin; run `hotline models install whisper"):
        Whisper(model)


async def test_a_process_of_its_own_answers_and_stands_behind(
    model: Path, fake_in_children: None
) -> None:
    process = WhisperProcess(model)
    async with asyncio.timeout(LIMIT_S):
        heard = await process.write_down(voice(3), RATE_HZ, "zh-CN")
        assert [word.text for word in heard.words] == ["1502", "室", "漏水"]
        child = process._child
        assert child is not None
        assert os.getpriority(os.PRIO_PROCESS, child.pid) == 19
        again = await process.write_down(voice(3), RATE_HZ, "zh-CN")
        assert again == heard
        assert process._child is child
        await process.close()
        await process.close()
    assert child.returncode is not None


async def test_a_child_that_dies_takes_one_recording_with_it_and_no_more(
    model: Path, fake_in_children: None
) -> None:
    process = WhisperProcess(model)
    async with asyncio.timeout(LIMIT_S):
        with pytest.raises(EngineFailed, match="ended in the middle"):
            await process.write_down(voice(3, fake_whisper.DIES), RATE_HZ, "zh-CN")
        heard = await process.write_down(voice(3), RATE_HZ, "zh-CN")
        await process.close()
    assert heard.text


async def test_a_child_that_does_not_answer_is_ended(
    model: Path, fake_in_children: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("asr.engine.whisper_process.SLOWEST", 0.0)
    process = WhisperProcess(model, load_s=0.0)
    with pytest.raises(EngineFailed, match="took too long"):
        await process.write_down(voice(3), RATE_HZ, "zh-CN")
    assert process._child is None


async def test_what_the_child_cannot_load_is_told(model: Path, fake_in_children: None) -> None:
    (model / "config.json").unlink()
    process = WhisperProcess(model)
    async with asyncio.timeout(LIMIT_S):
        with pytest.raises(SpeechError, match="hotline models install"):
            await process.write_down(voice(3), RATE_HZ, "zh-CN")
        await process.close()


@pytest.mark.parametrize(
    ("first", "second", "confidence", "better"),
    [
        ("三号楼漏水", "3号楼漏水", 0.8, True),
        ("", "3号楼漏水", 0.8, True),
        ("三号楼漏水", "3号楼漏水", 0.3, False),  # a guess
        ("三号楼漏水", "", 0.0, False),
        ("三号楼二单元一五零二漏水了", "漏水", 0.9, False),  # most of it is lost
    ],
)
def test_which_of_two_texts_is_better(
    first: str, second: str, confidence: float, better: bool
) -> None:
    heard = Transcript(second, (), "zh-CN", "whisper-base", 3.0, confidence)
    assert second_is_better(first, heard) is better
