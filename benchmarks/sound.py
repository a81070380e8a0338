"""What is said and played: speech, tones that tell prompts apart, frames that are unique."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from call_logs.recordings.g711 import ALAW
from ivr.packs import load_pack
from tests.asr.speech import say
from tests.wire.audio import tone, write_wav

RATE_HZ = 8000
FRAME_SAMPLES = 160
STEP_HZ = RATE_HZ // FRAME_SAMPLES  # how finely the spectrum of one frame tells tones apart
ZERO = 0xD5  # A-law of silence, as the stack sends it when it has nothing

MENU_HZ = 450  # what the menu sounds like in a benchmark ...
NEXT_HZ = 1050  # ... and what follows key 2
_KNOWN_HZ = {"greeting": MENU_HZ, "main_menu": MENU_HZ, "repair_intro": NEXT_HZ}
_NUMBER_HZ = 750  # of each number_N: the same digit may be said twice, with a pause between
_OTHERS_HZ = range(1200, 3200, STEP_HZ)
STARVED_FRAMES = 10  # a longer gap in one tone is a prompt that was said again

#: Owners who chat: nothing in it wakes anybody.
CHAT = (
    "三号楼一单元楼道灯坏了",
    "我想问一下物业费怎么交",
    "楼下的垃圾好几天没有人收了",
    "小区的草坪长得太高了",
    "请问明天上班时间是几点",
)
URGENT = ("厨房着火了", "有人触电了", "电梯里面困了人")  # nothing is sure before the last word

Frames = npt.NDArray[np.uint8]


def encoded(pcm: bytes) -> bytes:
    """16-bit PCM as A-law."""
    return ALAW.encode(np.frombuffer(pcm, "<i2"))


def chatter(voices: tuple[str, ...] = ("f5", "m8", "klatt")) -> list[bytes]:
    """Endless talk for many lines, A-law; a second of silence after each sentence."""
    spoken = []
    for shift in range(len(CHAT)):
        turn = CHAT[shift:] + CHAT[:shift]
        voice = f"cmn-latn-pinyin+{voices[shift % len(voices)]}"
        spoken.append(encoded(b"".join(say(sentence, voice) for sentence in turn)))
    return spoken


def sentence(text: str, voice: str = "f5") -> bytes:
    """A sentence as A-law, from its first audible sample to its last."""
    pcm = np.frombuffer(say(text, f"cmn-latn-pinyin+{voice}"), "<i2")
    loud = np.flatnonzero(np.abs(pcm.astype(np.int32)) > 200)
    return ALAW.encode(np.ascontiguousarray(pcm[loud[0] : loud[-1] + 1]))


def unique_frames(count: int, seed: int) -> bytes:
    """A-law in which each 20 ms is like no other: it is found again bit by bit."""
    return np.random.default_rng(seed).integers(0, 256, count * FRAME_SAMPLES, np.uint8).tobytes()


def write_prompts(folder: Path, greeting_s: float = 0.0) -> None:
    """A company's own recordings, all tone: a gap in one is nothing but a gap.

    Each is as long as the pack's own, but the greeting, which lasts `greeting_s` if given.
    """
    folder.mkdir(parents=True, exist_ok=True)
    prompts = load_pack("zh-CN").prompts
    for number, name in enumerate(prompts.recordings):
        seconds = len(prompts.pcm(name, RATE_HZ)) / 2 / RATE_HZ
        if name == "greeting" and greeting_s:
            seconds = greeting_s
        others_hz = (
            _NUMBER_HZ if name.startswith("number_") else _OTHERS_HZ[number % len(_OTHERS_HZ)]
        )
        hertz = _KNOWN_HZ.get(name, others_hz)
        write_wav(folder / f"{name}.wav", tone(hertz, seconds, RATE_HZ), RATE_HZ)


def tones(frames: Frames) -> npt.NDArray[np.int64]:
    """Each frame's strongest frequency in Hz, to 50 Hz; 0 for silence."""
    if not len(frames):
        return np.zeros(0, np.int64)
    spectra = np.abs(np.fft.rfft(ALAW.decoded[frames].astype(np.float32), axis=1))
    strongest = spectra[:, 1:].argmax(axis=1) + 1
    strongest[silent(frames)] = 0
    return np.asarray(strongest * STEP_HZ, np.int64)


def silent(frames: Frames) -> npt.NDArray[np.bool_]:
    """Which frames are digital silence."""
    return np.asarray((frames | 0x80 == ZERO).all(axis=1))


def starved(frames: Frames) -> tuple[int, int]:
    """Silent frames within a prompt, and frames with sound.

    Short silence with the same tone before and after it is a hole in one prompt; between
    different tones, between numbers, or long, it is a pause that was meant.
    """
    hertz = tones(frames)
    sounding = np.flatnonzero(hertz)
    holes = np.diff(sounding) - 1
    before, after = hertz[sounding[:-1]], hertz[sounding[1:]]
    inside = (holes > 0) & (holes < STARVED_FRAMES) & (before == after) & (before != _NUMBER_HZ)
    return int(holes[inside].sum()), len(sounding)
