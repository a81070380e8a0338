"""Speaks the clips of callers: `python -m tools.voices.callers FOLDER`, after `make voices`.

A folder's `clips.toml` says who says what. Only what is missing is spoken; `spoken.json` beside
it tells from what each file was made, so a changed text or voice is spoken anew. The files are
8 kHz A-law: what a telephone carries.
"""

from __future__ import annotations

import json
import struct
import sys
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import soxr

from call_logs.recordings.g711 import ALAW
from hotline.demo.clips import Clip, Clips
from ivr.media.pcm import Samples, limited, pcm_bytes, read_wav, samples, trimmed
from tools.voices.client import Studio, StudioError
from tools.voices.line import LINE_HZ

LEDGER = "spoken.json"
LOUDNESS_LUFS = -22.0  # people are less loud than prompts
EDGE_MS = 150
_BAND_HZ = (300.0, 3400.0)
_A_LAW = 6  # RIFF's number of the format


def speak(clip: Clip, studio: Studio, folder: Path) -> bytes:
    """A-law of a clip at `LINE_HZ`."""
    mouth, file = clip.mouth, folder / "clip.wav"
    # What a longer tract takes longer to say is said faster.
    lufs = studio.say(f"{clip.says}。", "zh-CN", mouth.speaker, mouth.speed * mouth.tract, file)
    pcm, rate_hz = read_wav(file)
    sound = soxr.resample(samples(pcm), rate_hz, LINE_HZ * mouth.tract)
    sound = trimmed(_of_the_line(sound), LINE_HZ)
    held = limited(sound * 10 ** ((LOUDNESS_LUFS - lufs) / 20), LINE_HZ)
    edge = np.zeros(LINE_HZ * EDGE_MS // 1000)
    return ALAW.encode(np.frombuffer(pcm_bytes(np.concatenate([edge, held, edge])), "<i2"))


def _of_the_line(sound: Samples) -> Samples:
    """The band that a telephone's microphone and line leave."""
    spectrum = np.fft.rfft(sound)
    hertz = np.fft.rfftfreq(sound.size, 1 / LINE_HZ)
    low, high = _BAND_HZ
    gain = 1 / np.sqrt((1 + (low / np.maximum(hertz, 1)) ** 4) * (1 + (hertz / high) ** 16))
    line: Samples = np.fft.irfft(spectrum * gain, sound.size)
    return line


def a_law_wav(data: bytes) -> bytes:
    """A WAV file around A-law, which Python's `wave` does not write."""
    form = struct.pack("<HHIIHHH", _A_LAW, 1, LINE_HZ, LINE_HZ, 1, 8, 0)
    pad = bytes(len(data) % 2)
    chunks = b"".join(
        name + struct.pack("<I", len(body)) + body
        for name, body in ((b"fmt ", form), (b"fact", struct.pack("<I", len(data))))
    )
    chunks += b"data" + struct.pack("<I", len(data)) + data + pad
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


def recipe(clip: Clip) -> list[object]:
    """What a clip's file is made from."""
    return [clip.says, *asdict(clip.mouth).values()]


def main() -> int:
    """Bring the files of the named folders up to date; returns the exit status."""
    for folder in map(Path, sys.argv[1:]):
        ledger = folder / LEDGER
        made = json.loads(ledger.read_text("utf-8")) if ledger.exists() else {}
        clips = list(Clips(folder))
        for file in folder.glob("*.wav"):
            if file not in {clip.file for clip in clips}:
                file.unlink()
        stale = [c for c in clips if made.get(c.name) != recipe(c) or not c.file.exists()]
        made = {clip.name: made[clip.name] for clip in clips if clip.name in made}
        try:
            with Studio() as studio, TemporaryDirectory() as scratch:
                for clip in stale:
                    clip.file.write_bytes(a_law_wav(speak(clip, studio, Path(scratch))))
                    made[clip.name] = recipe(clip)
                    text = json.dumps(made, ensure_ascii=False, indent=0, sort_keys=True)
                    ledger.write_text(text + "\n", "utf-8")
        except StudioError as error:
            print(error, file=sys.stderr)
            return 1
        print(f"{folder}: {len(stale)} of {len(clips)} clips spoken")
    return 0


if __name__ == "__main__":
    sys.exit(main())
