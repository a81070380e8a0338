"""Renders the packs' recordings from their texts: `make prompts`.

Only what is new or whose text changed is rendered, each file at once, so that a run may be
stopped and started again. A recording with a Kokoro speaker is spoken in up to `TAKES` ways; an
independent ear listens over a telephone line (8 kHz A-law), and the take is kept of which it
understood most. Which one that was is written into `takes.toml` of the pack, and a recording
that stands there is spoken so, once. The others are spoken by espeak-ng.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Collection
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

import numpy as np

from ivr.media.pcm import (
    Samples,
    limited,
    pcm_bytes,
    read_wav,
    resampled,
    samples,
    silence,
    trimmed,
    wav_bytes,
)
from ivr.packs.ledger import entry, orphans, read_ledger, stale, write_ledger
from ivr.packs.pack import languages, pack_folder
from ivr.prompts.recording import Recording
from ivr.prompts.takes import Take, read_takes, write_takes
from ivr.prompts.texts import PromptTexts, read_prompt_texts
from ivr.prompts.voice import VoiceError, render
from tools.voices.clarity import compare
from tools.voices.client import Studio, StudioError
from tools.voices.line import LINE_HZ, over_the_line

RATE_HZ = 16000
LOUDNESS_LUFS = -19.0
LIMITER_ROUNDS = 3
BLIP_SILENCE_DB = 40.0
BLIP_AFTER_S = 0.03
BLIP_LONGEST_S = 0.15
BLIP_LEVEL_DB = 12.0
SYLLABLE_END_DB = 14.0  # below its loudest 10 ms
FADE_MS = 40
SYLLABLE_EDGE_MS = 12  # they follow each other closely, as in speech
EDGE_MS = 30  # of silence added to what `trimmed` leaves
TAKES = (1.0, 0.94, 1.06, 0.88)  # of the speed that the pack asks for

PUNCTUATION = frozenset(",.;:!?，。；：！？、")
_SHORT = 5  # syllables or words; with fewer the ear is given a sentence around them
_FRAME = {"zh-CN": ("您说的是，", "，对吗？"), "en": ("Your answer was, ", ", is that right?")}


@dataclass(frozen=True)
class Spoken:
    """A recording as it was spoken at last: its speaker and speed may be other than asked."""

    recording: Recording
    pcm: bytes  # at `RATE_HZ`


class Booth:
    """Speaks recordings with Kokoro, and chooses the clearest take."""

    def __init__(self, studio: Studio, folder: Path, takes: int = len(TAKES)) -> None:
        self._studio = studio
        self._takes = TAKES[:takes]
        self._folder = folder
        self._frames: dict[tuple[str, str], bytes] = {}

    def speak(self, recording: Recording, *, chosen: bool = False) -> Spoken:
        """PCM at `RATE_HZ`, at `LOUDNESS_LUFS`, 20 to 60 ms of silence at both ends.

        `chosen`: the take was chosen before; nobody listens.
        """
        if chosen or len(self._takes) == 1:
            return Spoken(recording, self._take(recording))
        best, least = Spoken(recording, b""), sys.maxsize
        for speed in self._takes:
            take = replace(recording, speed=round(recording.speed * speed, 3))
            pcm = self._take(take)
            wrong = self._wrong(take, pcm)
            if wrong < least:
                best, least = Spoken(take, pcm), wrong
            if not wrong:
                break
        if least:
            print(f"  {recording.id}: {least} misheard: {recording.text}", flush=True)
        return best

    def _take(self, recording: Recording) -> bytes:
        text = recording.spoken
        if text[-1] not in PUNCTUATION:  # Kokoro swallows the end of a text without a full stop
            text += "."
        return self._said(recording, text)

    def _said(self, recording: Recording, text: str) -> bytes:
        file = self._folder / "take.wav"
        speaker, speed = recording.speaker, recording.speed
        lufs = self._studio.say(text, recording.language, speaker, speed, file)
        sound = samples(resampled(*read_wav(file), RATE_HZ))
        if recording.language == "zh-CN":  # English words end in such noises: sixth, it
            sound = without_blips(sound)
        return pcm_bytes(mastered(sound, lufs, syllable=len(text.rstrip("。.,，")) == 1))

    def _wrong(self, recording: Recording, pcm: bytes) -> int:
        """Syllables or words that the ear got wrong; a short text is heard in a sentence."""
        before, after = _FRAME[recording.language] if _is_short(recording) else ("", "")
        heard = self._heard(
            self._frame(recording, before) + pcm + self._frame(recording, after),
            recording.language,
        )
        return compare(f"{before}{recording.text}{after}", heard, recording.language).wrong

    def _frame(self, recording: Recording, text: str) -> bytes:
        if not text:
            return b""
        key = (recording.speaker, text)
        if key not in self._frames:
            self._frames[key] = self._said(recording, text)
        return self._frames[key]

    def _heard(self, pcm: bytes, language: str) -> str:
        file = self._folder / "line.wav"
        file.write_bytes(wav_bytes(over_the_line(resampled(pcm, RATE_HZ, LINE_HZ)), LINE_HZ))
        return self._studio.hear(file, language)


def mastered(sound: Samples, lufs: float, *, syllable: bool = False) -> Samples:
    """Without its silent ends, brought to the loudness of all prompts, peaks held.

    `syllable`: it will stand among others, so it does not die away as at the end of a sentence
    (an ear takes the slow end of 二 for another syllable).
    """
    cut = ended(sound) if syllable else trimmed(sound, RATE_HZ)
    wanted = cut * 10 ** ((LOUDNESS_LUFS - lufs) / 20)
    held = limited(wanted, RATE_HZ)
    for _ in range(LIMITER_ROUNDS):  # a syllable on its own is all peak: the limiter takes much
        held = limited(held * (_rms(wanted) / _rms(held)), RATE_HZ)
    edge = samples(silence(SYLLABLE_EDGE_MS if syllable else EDGE_MS, RATE_HZ))
    return np.concatenate([edge, held, edge])


def ended(sound: Samples) -> Samples:
    """Faded out where a syllable has begun to die away."""
    cut = trimmed(sound, RATE_HZ)
    frame = RATE_HZ // 100
    frames = np.pad(cut, (0, -cut.size % frame)).reshape(-1, frame)
    levels = np.sqrt(np.mean(frames**2, axis=1))
    loud = np.flatnonzero(levels > levels.max() * 10 ** (-SYLLABLE_END_DB / 20))
    fade = RATE_HZ * FADE_MS // 1000
    cut = cut[: int(loud[-1] + 1) * frame + fade].copy()
    fade = min(fade, cut.size)
    cut[cut.size - fade :] *= np.linspace(1.0, 0.0, fade)
    return cut


def without_blips(sound: Samples) -> Samples:
    """Without the short noise that Kokoro sometimes makes after a word and a silence."""
    frame = RATE_HZ // 100
    frames = np.pad(sound, (0, -sound.size % frame)).reshape(-1, frame)
    levels = np.sqrt(np.mean(frames**2, axis=1))
    loud = np.flatnonzero(levels > levels.max() * 10 ** (-BLIP_SILENCE_DB / 20))
    (gaps,) = np.nonzero(np.diff(loud) > BLIP_AFTER_S * 100)
    if gaps.size:
        end, start = loud[gaps[-1]] + 1, loud[gaps[-1] + 1]
        blip = levels[start : loud[-1] + 1]
        quiet = blip.max() < levels.max() * 10 ** (-BLIP_LEVEL_DB / 20)
        if quiet and blip.size <= BLIP_LONGEST_S * 100:
            return sound[: end * frame]
    return sound


def _rms(sound: Samples) -> float:
    return float(np.sqrt(np.mean(sound**2)))


def _is_short(recording: Recording) -> bool:
    text = recording.text
    return len(text if recording.language == "zh-CN" else text.split()) < _SHORT


class Voices:
    """Kokoro for a recording with a speaker, espeak-ng for the others."""

    def __init__(self, stack: ExitStack, takes: int) -> None:
        self._stack = stack
        self._takes = takes

    def speak(self, recording: Recording, *, chosen: bool) -> Spoken:
        """`chosen`: its take stands in `takes.toml`."""
        if recording.speaker:
            return self._booth.speak(recording, chosen=chosen)
        pcm = render(
            recording.spoken,
            recording.language,
            RATE_HZ,
            words_per_minute=recording.words_per_minute,
        )
        return Spoken(recording, pcm)

    @cached_property
    def _booth(self) -> Booth:
        folder = self._stack.enter_context(TemporaryDirectory())
        return Booth(self._stack.enter_context(Studio()), Path(folder), self._takes)


class Speak(Protocol):
    """Whoever speaks a recording."""

    def __call__(self, recording: Recording, *, chosen: bool) -> Spoken: ...


def render_pack(
    texts: PromptTexts, pack: Path, speak: Speak, again: Collection[str] = ()
) -> tuple[str, ...]:
    """Bring the recordings and `takes.toml` of `pack` up to date with `texts`; returns the ids
    of what was rendered.

    `again`: recordings that are spoken anew although they are up to date, and listened to.
    """
    folder = pack / "prompts"
    folder.mkdir(parents=True, exist_ok=True)
    takes = {name: take for name, take in read_takes(pack)[0].items() if name in texts.recordings}
    names = stale(texts, folder) + tuple(name for name in again if name in texts.recordings)
    for path in orphans(texts, folder):
        path.unlink()
    ledger = {
        name: known for name, known in read_ledger(folder).items() if name in texts.recordings
    }
    for name in names:
        asked = texts.recordings[name]
        spoken = speak(asked, chosen=name in takes and name not in again)
        if spoken.recording != asked:
            takes[name] = Take(spoken.recording.speaker, spoken.recording.speed)
            write_takes(pack, takes)
        (folder / f"{name}.wav").write_bytes(wav_bytes(spoken.pcm, RATE_HZ))
        ledger[name] = entry(spoken.recording, folder)
        write_ledger(folder, ledger)  # each at once: a run that is stopped goes on here
    write_ledger(folder, ledger)
    return names


def main() -> int:
    """Render every pack, or those that are named; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tools.voices.render")
    parser.add_argument("languages", nargs="*", metavar="LANGUAGE", default=languages())
    parser.add_argument(
        "--takes",
        type=int,
        choices=range(1, len(TAKES) + 1),
        default=len(TAKES),
        help="how often a recording is tried; with 1 nobody listens",
    )
    parser.add_argument(
        "--again",
        nargs="*",
        metavar="NAME",
        default=(),
        help="recordings that the ear got wrong, to be spoken anew",
    )
    given = parser.parse_args()
    with ExitStack() as stack:
        voices = Voices(stack, given.takes)
        for language in given.languages:
            folder = pack_folder(language)
            texts, mistakes = read_prompt_texts(folder / "prompts.toml", language)
            if texts is None:
                print("\n".join(mistakes), file=sys.stderr)
                return 1
            try:
                rendered = render_pack(texts, folder, voices.speak, given.again)
            except (StudioError, VoiceError) as error:
                print(error, file=sys.stderr)
                return 1
            print(f"{language}: {len(rendered)} of {len(texts.recordings)} recordings rendered")
    return 0


if __name__ == "__main__":
    sys.exit(main())
