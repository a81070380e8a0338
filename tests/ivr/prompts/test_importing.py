"""A company's own recordings: any format in, levelled WAV out, back to the pack's at will."""

from __future__ import annotations

import subprocess
import wave
from pathlib import Path

import numpy as np
import pytest

from ivr.media.pcm import SPEECH_DBFS, peak_dbfs, read_wav, samples, speech_level_dbfs
from ivr.media.tones import MUSIC_DBFS, Sound
from ivr.packs.pack import load_pack
from ivr.prompts.importing import (
    LONGEST_SPEECH_S,
    ImportFailed,
    export_prompt,
    import_prompt,
    list_prompts,
    restore_prompt,
)
from ivr.prompts.recordings import PromptMissing, Prompts


@pytest.fixture
def own(tmp_path: Path) -> Path:
    return tmp_path / "home" / "prompts" / "zh-CN"


@pytest.fixture
def prompts(own: Path) -> Prompts:
    return load_pack("zh-CN", own).prompts


def write_wav(
    path: Path,
    *,
    seconds: float = 1.0,
    rate_hz: int = 44100,
    channels: int = 2,
    level: float = 0.02,
) -> Path:
    """A quiet recording with half a second of silence at both ends."""
    time = np.arange(round(seconds * rate_hz)) / rate_hz
    signal = level * np.sin(2 * np.pi * 300 * time) * (1 + 0.5 * np.sin(2 * np.pi * 4 * time))
    pause = np.zeros(rate_hz // 2)
    mono = np.rint(32767 * np.concatenate([pause, signal, pause])).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(np.repeat(mono, channels).tobytes())
    return path


def test_a_studio_recording_becomes_a_telephone_prompt(
    prompts: Prompts, own: Path, tmp_path: Path
) -> None:
    made = import_prompt(prompts, "greeting", write_wav(tmp_path / "studio.wav"))
    assert made.path == own / "greeting.wav"
    pcm, rate_hz = read_wav(made.path)
    assert rate_hz == 16000
    assert len(pcm) / 2 / rate_hz == pytest.approx(1.0, abs=0.1)  # the silent ends are gone
    assert made.duration_s == pytest.approx(len(pcm) / 2 / rate_hz)
    assert speech_level_dbfs(samples(pcm), rate_hz) == pytest.approx(SPEECH_DBFS, abs=0.5)
    assert peak_dbfs(samples(pcm)) < -3
    assert prompts.pcm("greeting", 16000) == pcm


@pytest.mark.parametrize("suffix", ["mp3", "ogg", "flac", "m4a"])
def test_other_formats_are_read_through_ffmpeg(
    prompts: Prompts, tmp_path: Path, suffix: str
) -> None:
    source = write_wav(tmp_path / "studio.wav")
    file = tmp_path / f"studio.{suffix}"
    subprocess.run(["ffmpeg", "-loglevel", "error", "-i", source, file], check=True, timeout=30)
    made = import_prompt(prompts, "goodbye", file)
    assert made.duration_s == pytest.approx(1.0, abs=0.2)
    assert made.level_dbfs == pytest.approx(SPEECH_DBFS, abs=0.5)


def test_a_missing_ffmpeg_is_told_and_wav_still_works(
    prompts: Prompts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = write_wav(tmp_path / "studio.wav")
    file = tmp_path / "studio.ogg"
    subprocess.run(["ffmpeg", "-loglevel", "error", "-i", source, file], check=True, timeout=30)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ImportFailed, match="install ffmpeg, or save the file as WAV"):
        import_prompt(prompts, "goodbye", file)
    assert import_prompt(prompts, "goodbye", source).duration_s > 0.5


@pytest.mark.parametrize(
    "content", [b"", b"this is a letter, not a sound", b"RIFF\x00\x00\x00\x00WAVE"]
)
def test_a_file_that_is_no_audio_is_refused(
    prompts: Prompts, tmp_path: Path, content: bytes
) -> None:
    file = tmp_path / "letter.wav"
    file.write_bytes(content)
    with pytest.raises(ImportFailed, match=r"letter\.wav"):
        import_prompt(prompts, "goodbye", file)


def test_a_missing_file_is_told_as_missing(prompts: Prompts, tmp_path: Path) -> None:
    with pytest.raises(ImportFailed, match=r"nothing\.wav: cannot be read"):
        import_prompt(prompts, "goodbye", tmp_path / "nothing.wav")


@pytest.mark.parametrize("level", [0.0, 0.0003])
def test_silence_is_refused(prompts: Prompts, own: Path, tmp_path: Path, level: float) -> None:
    file = write_wav(tmp_path / "silent.wav", level=level)
    with pytest.raises(ImportFailed, match="holds no sound"):
        import_prompt(prompts, "goodbye", file)
    assert not (own / "goodbye.wav").exists()


def test_a_prompt_must_not_last_for_ever(prompts: Prompts, tmp_path: Path) -> None:
    file = write_wav(tmp_path / "long.wav", seconds=LONGEST_SPEECH_S + 1, rate_hz=8000, channels=1)
    with pytest.raises(ImportFailed, match="too long"):
        import_prompt(prompts, "goodbye", file)


def test_own_music_keeps_its_pauses_and_stays_below_speech(
    prompts: Prompts, tmp_path: Path
) -> None:
    made = import_prompt(prompts, Sound.COMFORT, write_wav(tmp_path / "music.wav"))
    assert made.duration_s == pytest.approx(2.0, abs=0.01)
    assert made.level_dbfs == pytest.approx(MUSIC_DBFS, abs=0.5)


def test_a_prompt_with_slots_is_imported_by_its_pieces(prompts: Prompts, tmp_path: Path) -> None:
    file = write_wav(tmp_path / "studio.wav")
    with pytest.raises(PromptMissing, match="callback_caller-1, callback_caller-2"):
        import_prompt(prompts, "callback_caller", file)
    assert import_prompt(prompts, "callback_caller-1", file).path.exists()


def test_an_unknown_name_cannot_leave_the_folder(prompts: Prompts, tmp_path: Path) -> None:
    file = write_wav(tmp_path / "studio.wav")
    for name in ("hallo", "../greeting", "/tmp/greeting"):
        with pytest.raises(PromptMissing):
            import_prompt(prompts, name, file)


def test_restoring_goes_back_to_the_packs_recording(prompts: Prompts, tmp_path: Path) -> None:
    ours = prompts.pcm("greeting", 8000)
    import_prompt(prompts, "greeting", write_wav(tmp_path / "studio.wav"))
    assert prompts.pcm("greeting", 8000) != ours
    assert restore_prompt(prompts, "greeting")
    assert prompts.pcm("greeting", 8000) == ours
    assert not restore_prompt(prompts, "greeting")
    with pytest.raises(PromptMissing):
        restore_prompt(prompts, "hallo")


def test_the_list_shows_every_recording_and_which_are_own(prompts: Prompts, tmp_path: Path) -> None:
    import_prompt(prompts, "greeting", write_wav(tmp_path / "studio.wav"))
    rows = {row.name: row for row in list_prompts(prompts)}
    assert rows.keys() == {*prompts.recordings, *Sound}
    assert [name for name, row in rows.items() if row.own] == ["greeting"]
    assert rows["recorded_notice"].text == "此通话会被录音。"
    assert rows["tone"].duration_s == pytest.approx(0.25)


def test_what_callers_hear_can_be_written_to_a_file(prompts: Prompts, tmp_path: Path) -> None:
    file = tmp_path / "heard.wav"
    assert export_prompt(prompts, "greeting", file) == pytest.approx(3.7, abs=0.5)
    assert read_wav(file) == (prompts.pcm("greeting", 16000), 16000)
    pieces = [prompts.pcm(f"callback_caller-{number}", 16000) for number in (1, 2)]
    export_prompt(prompts, "callback_caller", file)
    whole = read_wav(file)[0]
    assert whole.startswith(pieces[0])
    assert whole.endswith(pieces[1])
    assert len(whole) > sum(map(len, pieces))


def test_a_file_that_cannot_be_written_is_told(prompts: Prompts, tmp_path: Path) -> None:
    with pytest.raises(ImportFailed, match="cannot be written"):
        export_prompt(prompts, "greeting", tmp_path / "no" / "folder.wav")


def test_without_a_folder_for_own_recordings_nothing_is_imported(tmp_path: Path) -> None:
    with pytest.raises(ImportFailed, match="no folder"):
        import_prompt(load_pack("en").prompts, "greeting", write_wav(tmp_path / "studio.wav"))
