"""Speech is cut, levelled and resampled so that all prompts sound alike."""

from __future__ import annotations

import math
import wave
from pathlib import Path

import numpy as np
import pytest

from ivr.media.pcm import (
    PEAK_DBFS,
    SPEECH_DBFS,
    NotAWavFile,
    Samples,
    levelled,
    pcm_bytes,
    peak_dbfs,
    read_wav,
    resampled,
    samples,
    silence,
    speech_level_dbfs,
    trimmed,
    wav_bytes,
)

RATE_HZ = 16000


def tone(seconds: float, amplitude: float, hz: float = 440.0, rate_hz: int = RATE_HZ) -> Samples:
    time = np.arange(round(seconds * rate_hz)) / rate_hz
    wave_: Samples = amplitude * np.sin(2 * np.pi * hz * time)
    return wave_


def with_pauses(speech: Samples, seconds: float) -> Samples:
    pause = np.zeros(round(seconds * RATE_HZ))
    return np.concatenate([pause, speech, pause, speech, pause])


def test_samples_and_bytes_are_inverse() -> None:
    pcm = np.array([-32768, -1, 0, 1, 32767], dtype="<i2").tobytes()
    assert pcm_bytes(samples(pcm)) == pcm


def test_too_loud_samples_are_kept_inside_16_bits() -> None:
    assert pcm_bytes(np.array([2.0, -2.0])) == np.array([32767, -32768], dtype="<i2").tobytes()


def test_pauses_do_not_count_in_the_level_of_speech() -> None:
    speech = tone(1.0, 0.1)
    level = speech_level_dbfs(speech, RATE_HZ)
    assert level == pytest.approx(-23.01, abs=0.05)
    assert speech_level_dbfs(with_pauses(speech, 2.0), RATE_HZ) == pytest.approx(level, abs=0.2)


def test_silence_has_no_level() -> None:
    assert speech_level_dbfs(np.zeros(RATE_HZ), RATE_HZ) == -math.inf
    assert peak_dbfs(np.zeros(0)) == -math.inf


@pytest.mark.parametrize("amplitude", [0.001, 0.05, 0.9])
def test_quiet_and_loud_speech_come_to_the_same_level(amplitude: float) -> None:
    out = levelled(with_pauses(tone(0.5, amplitude), 0.3), RATE_HZ)
    assert speech_level_dbfs(out, RATE_HZ) == pytest.approx(SPEECH_DBFS, abs=0.3)


def test_levelling_silence_leaves_it_silent() -> None:
    assert not levelled(np.zeros(RATE_HZ), RATE_HZ).any()


def test_a_peak_is_held_under_the_limit_and_its_surroundings_are_not_clipped() -> None:
    signal = tone(1.0, 0.1)
    signal[8000:8016] += 5.0
    out = levelled(signal, RATE_HZ)
    assert peak_dbfs(out) <= PEAK_DBFS + 1e-9
    assert np.abs(np.diff(out[:7000])).max() < 0.05


def test_speech_without_peaks_only_changes_its_gain() -> None:
    signal = tone(1.0, 0.05)
    out = levelled(signal, RATE_HZ)
    loud = np.abs(signal) > 0.01
    assert np.ptp(out[loud] / signal[loud]) < 1e-9


def test_silent_ends_are_cut_and_pauses_inside_stay() -> None:
    out = trimmed(with_pauses(tone(0.5, 0.3), 1.0), RATE_HZ)
    assert out.size / RATE_HZ == pytest.approx(0.5 + 1.0 + 0.5, abs=0.08)
    assert abs(out[0]) < 1e-3
    assert abs(out[-1]) < 1e-3


def test_noise_at_the_ends_far_below_speech_counts_as_silence() -> None:
    noise = np.random.default_rng(1).normal(0, 0.0005, RATE_HZ)
    out = trimmed(np.concatenate([noise, tone(0.5, 0.3), noise]), RATE_HZ)
    assert out.size / RATE_HZ == pytest.approx(0.5, abs=0.08)


def test_nothing_remains_of_silence() -> None:
    assert trimmed(np.zeros(RATE_HZ), RATE_HZ).size == 0
    assert trimmed(np.zeros(0), RATE_HZ).size == 0


def test_resampling_keeps_pitch_level_and_length() -> None:
    out = samples(resampled(pcm_bytes(tone(1.0, 0.3)), RATE_HZ, 8000))
    assert out.size == 8000
    spectrum = np.abs(np.fft.rfft(out))
    assert int(spectrum.argmax()) == 440
    assert peak_dbfs(out[1000:-1000]) == pytest.approx(20 * math.log10(0.3), abs=0.1)


def test_resampling_to_the_same_rate_gives_the_same_object() -> None:
    pcm = pcm_bytes(tone(0.1, 0.1))
    assert resampled(pcm, 8000, 8000) is pcm
    assert resampled(b"", 8000, 16000) == b""


def test_silence_stays_silent_at_another_rate() -> None:
    assert not any(resampled(silence(500, 16000), 16000, 8000))


def test_silence_has_whole_samples() -> None:
    assert silence(12.3, 8000) == bytes(2 * 98)


def test_a_wav_file_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    pcm = pcm_bytes(tone(0.1, 0.1))
    path.write_bytes(wav_bytes(pcm, 8000))
    assert read_wav(path) == (pcm, 8000)


def test_files_of_another_shape_are_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    with pytest.raises(NotAWavFile, match=r"a\.wav: cannot be read"):
        read_wav(path)
    path.write_bytes(b"no sound at all")
    with pytest.raises(NotAWavFile, match="not a PCM WAV file"):
        read_wav(path)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(400))
    with pytest.raises(NotAWavFile, match="must be 16-bit mono"):
        read_wav(path)
