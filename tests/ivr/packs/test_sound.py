"""The recordings of a human-like voice are equally loud, and join without a click.

Korean is left out: no human-like voice with a licence was found, espeak-ng speaks it.
"""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from ivr.media.pcm import Samples, peak_dbfs, samples
from ivr.packs.pack import load_pack
from ivr.prompts.recording import Recording

HUMAN_LIKE = ("zh-CN", "en")
RATE_HZ = 16000
LOUDNESS_LUFS = -19.0

# K-weighting, ITU-R BS.1770-5, annex 1, tables 1 and 2: biquads at 48 kHz, (b, a).
K_WEIGHTING_HZ = 48000
K_WEIGHTING = (
    (
        (1.53512485958697, -2.69169618940638, 1.19839281085285),
        (1.0, -1.69065929318241, 0.73248077421585),
    ),
    ((1.0, -2.0, 1.0), (1.0, -1.99004745483398, 0.99007225036621)),
)


def weighted(sound: Samples) -> Samples:
    z = np.exp(-2j * np.pi * np.fft.rfftfreq(sound.size, 1 / RATE_HZ) / K_WEIGHTING_HZ)
    response = np.ones_like(z)
    for b, a in K_WEIGHTING:
        response *= np.polyval(b[::-1], z) / np.polyval(a[::-1], z)
    return np.fft.irfft(np.fft.rfft(sound) * response, sound.size)


def lufs(sound: Samples) -> float:
    """Integrated loudness; a sound shorter than a second is repeated, as a block is 0.4 s."""
    sound = weighted(np.tile(sound, 1 + RATE_HZ // sound.size))
    block = RATE_HZ * 4 // 10
    starts = range(0, sound.size - block + 1, block // 4)
    power: NDArray[np.float64] = np.array(
        [np.mean(sound[start : start + block] ** 2) for start in starts]
    )
    loudness = -0.691 + 10 * np.log10(np.maximum(power, 1e-12))
    audible = power[loudness > -70]
    gate = np.mean(audible) / 10
    return float(-0.691 + 10 * np.log10(np.mean(audible[audible > gate])))


def quiet_edges_s(sound: Samples) -> tuple[float, float]:
    """Seconds at both ends in which no 10 ms come within 45 dB of the loudest 10 ms."""
    frame = RATE_HZ // 100
    frames = np.pad(sound, (0, -sound.size % frame)).reshape(-1, frame)
    levels = np.sqrt(np.mean(frames**2, axis=1))
    loud = np.flatnonzero(levels > levels.max() * 10 ** (-45 / 20))
    return loud[0] / 100, (levels.size - 1 - loud[-1]) / 100


def spoken(language: str) -> dict[str, Samples]:
    prompts = load_pack(language).prompts
    return {
        name: samples(prompts.pcm(name, RATE_HZ))
        for name, recording in prompts.recordings.items()
        if _human_like(recording)
    }


def _human_like(recording: Recording) -> bool:
    return bool(recording.speaker)


def test_the_measure_of_loudness_is_that_of_the_standard() -> None:
    """A sine of 997 Hz at full scale has -3.01 LUFS (BS.1770-5, annex 1)."""
    second = np.arange(2 * RATE_HZ) / RATE_HZ
    assert lufs(np.sin(2 * np.pi * 997 * second)) == pytest.approx(-3.01, abs=0.05)


@pytest.mark.parametrize("language", HUMAN_LIKE)
def test_every_recording_is_spoken_by_the_voice_but_those_of_languages_without_one(
    language: str,
) -> None:
    recordings = load_pack(language).prompts.recordings
    espeak = {one.id for one in recordings.values() if not one.speaker}
    assert espeak == {"language_ko"}


@pytest.mark.parametrize("language", HUMAN_LIKE)
def test_every_recording_is_equally_loud_and_its_peaks_are_held(language: str) -> None:
    for name, sound in spoken(language).items():
        assert lufs(_without_edges(sound)) == pytest.approx(LOUDNESS_LUFS, abs=1.0), name
        assert peak_dbfs(sound) < -3, name


@pytest.mark.parametrize("language", HUMAN_LIKE)
def test_every_recording_begins_and_ends_in_30_to_80_ms_of_quiet(language: str) -> None:
    """So recordings join without a click: what meets is silence. A single syllable is one of
    several, such as the digits of a number: 20 ms are enough."""
    texts = load_pack(language).prompts.recordings
    for name, sound in spoken(language).items():
        least = 0.02 if len(texts[name].text) == 1 else 0.03
        before, after = quiet_edges_s(sound)
        assert least <= before <= 0.08, name
        assert least <= after <= 0.08, name
        assert not sound[: RATE_HZ // 100].any(), name
        assert not sound[-RATE_HZ // 100 :].any(), name


def _without_edges(sound: Samples) -> Samples:
    loud = np.flatnonzero(np.abs(sound) > np.abs(sound).max() / 100)
    return sound[loud[0] : loud[-1] + 1]
