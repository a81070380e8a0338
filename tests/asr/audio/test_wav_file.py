"""WAV files in the ways in which telephones, studios and converters write them."""

from __future__ import annotations

import struct
import subprocess
from pathlib import Path

import numpy as np
import pytest

from asr.audio.wav_file import AudioError, read_wav

RATE_HZ = 8000
LIMIT_S = 30
_BOTH = "pan=stereo|c0=c0|c1=c0"  # the same on both channels, at full height


def tone(rate_hz: int = RATE_HZ, seconds: float = 0.5) -> bytes:
    """440 Hz at a quarter of full scale, 16-bit mono."""
    at = np.arange(int(rate_hz * seconds)) / rate_hz
    return np.round(8000 * np.sin(2 * np.pi * 440 * at)).astype("<i2").tobytes()


def convert(path: Path, *options: str, rate_hz: int = RATE_HZ) -> Path:
    """The tone, written by ffmpeg as `options` say."""
    source = ("-f", "s16le", "-ar", str(rate_hz), "-ac", "1", "-i", "-")
    command = ("ffmpeg", "-loglevel", "error", "-y", *source, *options, str(path))
    subprocess.run(command, input=tone(rate_hz), check=True, timeout=LIMIT_S)
    return path


def difference(pcm: bytes, rate_hz: int) -> float:
    """Largest difference from the tone, away from the ends, as a share of its height."""
    heard, wanted = (np.frombuffer(data, dtype="<i2") for data in (pcm, tone(rate_hz)))
    length = min(len(heard), len(wanted))
    assert abs(len(heard) - len(wanted)) < 0.02 * rate_hz
    middle = slice(rate_hz // 20, length - rate_hz // 20)
    return float(np.abs(heard[middle].astype(int) - wanted[middle]).max()) / 8000


@pytest.mark.parametrize(
    ("codec", "most"),
    [
        ("pcm_s16le", 0.0001),
        ("pcm_s24le", 0.001),
        ("pcm_s32le", 0.001),
        ("pcm_f32le", 0.001),
        ("pcm_f64le", 0.001),
        ("pcm_u8", 0.04),
        ("pcm_alaw", 0.04),
        ("pcm_mulaw", 0.04),
    ],
)
def test_each_way_of_writing_samples_is_read(tmp_path: Path, codec: str, most: float) -> None:
    pcm, rate_hz = read_wav(convert(tmp_path / "a.wav", "-c:a", codec))
    assert rate_hz == RATE_HZ
    assert difference(pcm, rate_hz) <= most


@pytest.mark.parametrize(
    ("rate_hz", "read_hz"),
    [(8000, 8000), (16000, 16000), (22050, 16000), (44100, 16000), (48000, 16000)],
)
def test_other_rates_and_channels_become_what_the_engine_takes(
    tmp_path: Path, rate_hz: int, read_hz: int
) -> None:
    path = convert(tmp_path / "a.wav", "-af", _BOTH, "-c:a", "pcm_s16le", rate_hz=rate_hz)
    pcm, heard_hz = read_wav(path)
    assert heard_hz == read_hz
    assert difference(pcm, read_hz) < 0.02


@pytest.mark.parametrize("length", [0x7FFFF000, 0xFFFFFFFF, 0])
def test_a_stream_that_did_not_know_its_length_is_read_to_its_end(
    tmp_path: Path, length: int
) -> None:
    """0: a recorder that was killed before it could write how much there is."""
    path = convert(tmp_path / "a.wav", "-c:a", "pcm_s16le")
    data = path.read_bytes()
    at = data.index(b"data") + 4
    path.write_bytes(data[:at] + struct.pack("<I", length) + data[at + 4 :])
    pcm, rate_hz = read_wav(path)
    assert difference(pcm, rate_hz) < 0.0001


@pytest.mark.parametrize("behind", [b"", b"LIST" + struct.pack("<I", 4) + b"INFO"])
def test_a_recording_without_sound_is_refused(tmp_path: Path, behind: bytes) -> None:
    form = struct.pack("<HHIIHH", 1, 1, RATE_HZ, 2 * RATE_HZ, 2, 16)
    body = b"WAVEfmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", 0)
    body += behind
    (tmp_path / "a.wav").write_bytes(b"RIFF" + struct.pack("<I", len(body)) + body)
    with pytest.raises(AudioError, match="no sound in it"):
        read_wav(tmp_path / "a.wav")


def riff(*form: int) -> bytes:
    """A file with this format and no samples."""
    return b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0" + struct.pack("<HHIIHH", *form) + b"data\0\0\0\0"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"ID3 no wav",
        b"RIFF\0\0\0\0WAVE",
        riff(1, 0, 0, 0, 0, 0),  # no channels
        riff(85, 1, 8000, 0, 0, 0),  # MP3
    ],
)
def test_what_is_no_sound_is_told(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.wav").write_bytes(data)
    with pytest.raises(AudioError, match=r"a\.wav"):
        read_wav(tmp_path / "a.wav")


def test_a_file_that_is_gone_is_told(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match="cannot be read as WAV"):
        read_wav(tmp_path / "none.wav")
