"""Audio for test peers: tones, WAV files, captures that SIPp can play."""

from __future__ import annotations

import audioop
import struct
import wave
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soxr

PACKET_MS = 20
PCMA_PAYLOAD_TYPE = 8


def tone(frequency_hz: float, duration_s: float, rate_hz: int = 8000) -> bytes:
    """A sine at a quarter of full scale: signed 16-bit little-endian mono."""
    time_s = np.arange(round(duration_s * rate_hz)) / rate_hz
    return (np.sin(2 * np.pi * frequency_hz * time_s) * 8192).astype("<i2").tobytes()


def silence(duration_s: float, rate_hz: int = 8000) -> bytes:
    return bytes(2 * round(duration_s * rate_hz))


def tone_level(pcm: bytes, frequency_hz: float, rate_hz: int) -> float:
    """How much of the sound's energy lies within 20 Hz of `frequency_hz`: 0..1."""
    samples: npt.NDArray[np.float64] = np.frombuffer(pcm, "<i2").astype(np.float64)
    if samples.size == 0 or not samples.any():
        return 0.0
    energy = np.abs(np.fft.rfft(samples)) ** 2
    near = np.abs(np.fft.rfftfreq(samples.size, 1 / rate_hz) - frequency_hz) <= 20
    return float(energy[near].sum() / energy.sum())


def resample(pcm: bytes, from_hz: int, to_hz: int) -> bytes:
    """16-bit mono PCM at another rate."""
    if from_hz == to_hz or not pcm:
        return pcm
    return bytes(soxr.resample(np.frombuffer(pcm, "<i2"), from_hz, to_hz).tobytes())


def write_wav(path: Path, pcm: bytes, rate_hz: int = 8000, channels: int = 1) -> Path:
    """Write mono PCM, copied to every channel."""
    if channels > 1:
        pcm = np.repeat(np.frombuffer(pcm, "<i2"), channels).tobytes()
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(pcm)
    return path


def read_wav(path: Path) -> tuple[bytes, int]:
    """The first channel's PCM and its rate in Hz."""
    with wave.open(str(path), "rb") as file:
        pcm = file.readframes(file.getnframes())
        if file.getnchannels() == 2:
            pcm = audioop.tomono(pcm, file.getsampwidth(), 1, 0)
        return pcm, file.getframerate()


def read_partial_wav(path: Path) -> bytes:
    """The PCM of a WAV whose writer is still alive, so that its length fields lie."""
    return path.read_bytes()[44:]


def write_pcma_capture(path: Path, pcm: bytes) -> Path:
    """A pcap of G.711 A-law RTP packets of `pcm` (8 kHz) for SIPp's `play_pcap_audio`.

    SIPp replaces addresses and ports and keeps the RTP header and the times.
    """
    encoded = audioop.lin2alaw(pcm, 2)
    step = 8 * PACKET_MS
    packets = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)]
    for number, start in enumerate(range(0, len(encoded) - step + 1, step)):
        rtp = struct.pack(">BBHII", 0x80, PCMA_PAYLOAD_TYPE, number & 0xFFFF, number * step, 0x5EED)
        udp_length = 8 + len(rtp) + step
        frame = (
            bytes(12)
            + b"\x08\x00"
            + struct.pack(">BBHHHBBHII", 0x45, 0, 20 + udp_length, 0, 0, 64, 17, 0, 0, 0)
            + struct.pack(">HHHH", 6000, 6000, udp_length, 0)
            + rtp
            + encoded[start : start + step]
        )
        microseconds = number * PACKET_MS * 1000
        packets.append(
            struct.pack(
                "<IIII", microseconds // 1_000_000, microseconds % 1_000_000, len(frame), len(frame)
            )
            + frame
        )
    path.write_bytes(b"".join(packets))
    return path


def read_pcma_capture(path: Path) -> bytes:
    """The PCM of a capture that `write_pcma_capture` has written."""
    data, at, encoded = path.read_bytes(), 24, b""
    while at < len(data):
        (length,) = struct.unpack("<I", data[at + 8 : at + 12])
        encoded += data[at + 16 : at + 16 + length][-8 * PACKET_MS :]
        at += 16 + length
    return audioop.alaw2lin(encoded, 2)
