"""Prompts are decoded once, shared by all calls, and a company's own recordings win."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from ivr.media.pcm import (
    SPEECH_DBFS,
    Samples,
    pcm_bytes,
    peak_dbfs,
    samples,
    silence,
    speech_level_dbfs,
    wav_bytes,
)
from ivr.media.tones import Sound
from ivr.packs.pack import languages, load_pack, pack_folder
from ivr.prompts.recordings import PromptMissing, Prompts

RATES_HZ = (8000, 16000)
LOUDER_DB = 1.4  # -19 LUFS of our human-like voices, measured as active speech


@pytest.fixture
def own(tmp_path: Path) -> Path:
    return tmp_path / "own"


@pytest.fixture
def prompts(own: Path) -> Prompts:
    return load_pack("zh-CN", own).prompts


def record(own: Path, name: str, seconds: float = 0.5, rate_hz: int = 16000) -> bytes:
    """Put a recording of a company into its folder."""
    own.mkdir(exist_ok=True)
    time = np.arange(round(seconds * rate_hz)) / rate_hz
    signal: Samples = 0.1 * np.sin(2 * np.pi * 500 * time)
    (own / f"{name}.wav").write_bytes(wav_bytes(pcm_bytes(signal), rate_hz))
    return pcm_bytes(signal)


def test_a_prompt_is_decoded_once_and_shared(prompts: Prompts) -> None:
    for rate_hz in RATES_HZ:
        assert prompts.cached("greeting", rate_hz) is None
        pcm = prompts.pcm("greeting", rate_hz)
        assert prompts.pcm("greeting", rate_hz) is pcm
        assert prompts.cached("greeting", rate_hz) is pcm


def test_both_rates_are_the_same_speech(prompts: Prompts) -> None:
    wide, narrow = (prompts.pcm("greeting", rate_hz) for rate_hz in (16000, 8000))
    assert len(wide) == pytest.approx(2 * len(narrow), abs=4)


def test_another_rate_is_refused(prompts: Prompts) -> None:
    with pytest.raises(ValueError, match="8000 or 16000"):
        prompts.pcm("greeting", 44100)


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize("language", languages())
def test_every_recording_has_the_level_of_telephone_speech(language: str, rate_hz: int) -> None:
    """Those of a human-like voice are levelled by loudness: `packs/test_sound.py`."""
    prompts = load_pack(language).prompts
    for recording, text in prompts.recordings.items():
        signal = samples(prompts.pcm(recording, rate_hz))
        assert 0.1 < signal.size / rate_hz < 20, recording
        level = speech_level_dbfs(signal, rate_hz)
        wanted = SPEECH_DBFS + (LOUDER_DB if text.speaker else 0.0)
        assert level == pytest.approx(wanted, abs=1.5), recording
        assert peak_dbfs(signal) < -3, recording


def test_names_and_texts_come_from_the_pack(prompts: Prompts) -> None:
    assert prompts.names[0] == "greeting"
    assert "greeting" in prompts
    assert "hallo" not in prompts
    assert prompts.text("recorded_notice") == "此通话会被录音。"
    assert [one.id for one in prompts.get("callback_caller").recordings] == [
        "callback_caller-1",
        "callback_caller-2",
    ]


def test_an_unknown_name_is_a_typed_error(prompts: Prompts) -> None:
    with pytest.raises(PromptMissing, match="the pack zh-CN has no prompt 'hallo'"):
        prompts.get("hallo")
    with pytest.raises(PromptMissing, match="no recording 'hallo'"):
        prompts.pcm("hallo", 8000)


@pytest.mark.parametrize("sound", Sound)
def test_generated_sounds_are_played_like_prompts(prompts: Prompts, sound: Sound) -> None:
    assert prompts.pcm(sound, 8000) is prompts.pcm(sound, 8000)


def test_an_own_recording_wins_and_is_resampled(prompts: Prompts, own: Path) -> None:
    pcm = record(own, "greeting", rate_hz=16000)
    assert prompts.pcm("greeting", 16000) == pcm
    assert len(prompts.pcm("greeting", 8000)) == len(pcm) // 2


def test_an_own_recording_is_heard_without_a_restart(prompts: Prompts, own: Path) -> None:
    ours = prompts.pcm("greeting", 16000)
    first = record(own, "greeting", seconds=0.5)
    assert prompts.cached("greeting", 16000) is None
    assert prompts.pcm("greeting", 16000) == first
    second = record(own, "greeting", seconds=0.7)
    os.utime(own / "greeting.wav", ns=(1, 2))  # a file system may keep whole seconds only
    assert prompts.pcm("greeting", 16000) == second
    (own / "greeting.wav").unlink()
    assert prompts.pcm("greeting", 16000) is ours


def test_own_music_takes_the_place_of_a_generated_sound(prompts: Prompts, own: Path) -> None:
    pcm = record(own, "comfort")
    assert prompts.pcm(Sound.COMFORT, 16000) == pcm


def test_a_broken_own_recording_is_left_out_with_a_warning(
    prompts: Prompts, own: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ours = prompts.pcm("greeting", 8000)
    own.mkdir()
    (own / "greeting.wav").write_bytes(b"half a fi")
    assert prompts.pcm("greeting", 8000) is ours
    assert "own recording left out" in caplog.text


def test_mistakes_name_missing_and_unknown_recordings(tmp_path: Path, own: Path) -> None:
    texts = load_pack("zh-CN").prompts.texts
    folder = shutil.copytree(pack_folder("zh-CN") / "prompts", tmp_path / "prompts")
    (folder / "greeting.wav").unlink()
    record(own, "greting")
    mistakes = Prompts(texts, folder, own).mistakes()
    assert len(mistakes) == 2
    assert "greeting.wav: cannot be read" in mistakes[0]
    assert "greting.wav: there is no prompt of this name" in mistakes[1]


def test_an_own_recording_mends_a_missing_one(tmp_path: Path, own: Path) -> None:
    texts = load_pack("zh-CN").prompts.texts
    folder = shutil.copytree(pack_folder("zh-CN") / "prompts", tmp_path / "prompts")
    (folder / "greeting.wav").unlink()
    record(own, "greeting")
    assert Prompts(texts, folder, own).mistakes() == ()


def test_silence_is_a_valid_recording(own: Path, prompts: Prompts) -> None:
    own.mkdir()
    (own / "comfort.wav").write_bytes(wav_bytes(silence(500, 8000), 8000))
    assert prompts.pcm("comfort", 8000) == silence(500, 8000)
