"""A company's own recordings: list, listen, import from any audio file, restore.

The functions behind `hotline prompts`. They block (files, ffmpeg).
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path

from ivr.errors import PhoneError
from ivr.media.pcm import (
    SPEECH_DBFS,
    levelled,
    pcm_bytes,
    peak_dbfs,
    resampled,
    samples,
    silence,
    speech_level_dbfs,
    trimmed,
    wav_bytes,
)
from ivr.media.tones import MUSIC_DBFS, Sound
from ivr.prompts.recording import Recording
from ivr.prompts.recordings import PromptMissing, Prompts
from ivr.prompts.voice import render

RATE_HZ = 16000
LONGEST_SPEECH_S = 120.0
LONGEST_MUSIC_S = 600.0
SHORTEST_S = 0.1
QUIETEST_DBFS = -60.0  # below it there is only the noise of a microphone that heard nobody
LARGEST_FILE_BYTES = 200 * 2**20
SLOT_MS = 600  # of silence where a slot would be filled


class ImportFailed(PhoneError):
    """The file cannot become a recording; the message says what to do."""


@dataclass(frozen=True)
class PromptRow:
    """One recording as `hotline prompts list` shows it."""

    name: str  # for import, play, restore
    text: str  # empty for a generated sound
    own: bool  # a company's own recording is in use
    duration_s: float


@dataclass(frozen=True)
class Imported:
    """What an import made."""

    path: Path
    duration_s: float
    level_dbfs: float
    peak_dbfs: float


def list_prompts(prompts: Prompts) -> tuple[PromptRow, ...]:
    """Every recording of the pack in the order of `prompts.toml`, then the sounds.

    Raises:
        PromptMissing: a recording's file is missing or broken.
        VoiceError: the runtime voice cannot speak what is not recorded.
    """
    texts = {name: recording.text for name, recording in prompts.recordings.items()}
    return tuple(
        PromptRow(
            name,
            text,
            prompts.own(name) is not None,
            len(_heard(prompts, name)) / (2 * RATE_HZ),
        )
        for name, text in (texts | dict.fromkeys(Sound, "")).items()
    )


def export_prompt(prompts: Prompts, name: str, file: Path) -> float:
    """Write a prompt, recording or sound as heard now into a 16 kHz WAV file; returns its
    seconds. Where a prompt has a slot there is a pause.

    Raises:
        PromptMissing: nothing has this name.
        ImportFailed: the file cannot be written.
    """
    if name in prompts.recordings or name in set(Sound):
        pcm = _heard(prompts, name)
    else:
        pause = silence(SLOT_MS, RATE_HZ)
        pcm = b"".join(
            _heard(prompts, part.id) if isinstance(part, Recording) else pause
            for part in prompts.get(name).segments
        )
    try:
        file.write_bytes(wav_bytes(pcm, RATE_HZ))
    except OSError as error:
        raise ImportFailed(f"{file}: cannot be written ({error.strerror})") from error
    return len(pcm) / (2 * RATE_HZ)


def _heard(prompts: Prompts, name: str) -> bytes:
    """A recording or sound as calls hear it; what nobody recorded in the runtime voice."""
    recording = prompts.recordings.get(name)
    if recording is not None and prompts.is_by_voice(recording):
        return render(recording.spoken, recording.language, RATE_HZ)
    return prompts.pcm(name, RATE_HZ)


def import_prompt(prompts: Prompts, name: str, file: Path) -> Imported:
    """Put a company's own recording in the place of the pack's: any format that pydub or
    ffmpeg reads, made 16 kHz mono, cut at its silent ends and brought to the level of all
    prompts. Calls hear it from the next time on.

    Raises:
        PromptMissing: no recording has this name.
        ImportFailed: the file is missing, silent, too long or no audio, or ffmpeg is needed.
    """
    music = name in set(Sound)
    target = _target(prompts, name)
    pcm, rate_hz = decoded(file)
    signal = samples(resampled(pcm, rate_hz, RATE_HZ))
    signal = signal if music else trimmed(signal, RATE_HZ)
    duration_s = signal.size / RATE_HZ
    if duration_s < SHORTEST_S or speech_level_dbfs(signal, RATE_HZ) < QUIETEST_DBFS:
        raise ImportFailed(f"{file}: holds no sound; record it louder")
    longest_s = LONGEST_MUSIC_S if music else LONGEST_SPEECH_S
    if duration_s > longest_s:
        raise ImportFailed(
            f"{file}: {duration_s:.0f} s is too long, at most {longest_s:.0f} s; cut it"
        )
    signal = levelled(signal, RATE_HZ, MUSIC_DBFS if music else SPEECH_DBFS)
    _replace(target, wav_bytes(pcm_bytes(signal), RATE_HZ))
    return Imported(target, duration_s, speech_level_dbfs(signal, RATE_HZ), peak_dbfs(signal))


def restore_prompt(prompts: Prompts, name: str) -> bool:
    """Go back to the pack's own recording; False when it was in use already.

    Raises:
        PromptMissing: no recording has this name.
    """
    target = _target(prompts, name)
    known = target.exists()
    target.unlink(missing_ok=True)
    return known


def _target(prompts: Prompts, name: str) -> Path:
    """The file of a company's own recording of `name`, there or not."""
    if name not in prompts.recordings and name not in set(Sound):
        pieces = ", ".join(recording.id for recording in prompts.get(name).recordings)
        if pieces:
            raise PromptMissing(f"{name} is recorded in pieces around its slots: {pieces}")
        raise PromptMissing(f"{name} has no recording of its own, only slots")
    if prompts.overrides is None:
        raise ImportFailed("no folder for own recordings is configured")
    return prompts.overrides / f"{name}.wav"


def decoded(file: Path) -> tuple[bytes, int]:
    """16-bit mono PCM of any audio file, and its rate.

    Raises:
        ImportFailed: missing, too large, no audio, or of a format that needs ffmpeg.
    """
    try:
        if file.stat().st_size > LARGEST_FILE_BYTES:
            raise ImportFailed(f"{file}: is larger than {LARGEST_FILE_BYTES >> 20} MB; cut it")
        with file.open("rb") as opened:  # tells a missing file from a missing ffmpeg
            opened.read(1)
    except OSError as error:
        raise ImportFailed(f"{file}: cannot be read ({error.strerror})") from error
    try:
        return _pydub(file)
    except FileNotFoundError as error:
        raise ImportFailed(
            f"{file}: this format needs ffmpeg; install ffmpeg, or save the file as WAV"
        ) from error


def _pydub(file: Path) -> tuple[bytes, int]:
    with warnings.catch_warnings():  # a missing ffmpeg is told by our own error
        warnings.simplefilter("ignore")
        from pydub import AudioSegment
        from pydub.exceptions import CouldntDecodeError

        try:
            segment = AudioSegment.from_file(file).set_channels(1).set_sample_width(2)
        except (CouldntDecodeError, IndexError, KeyError, ValueError) as error:
            # pydub lets IndexError and KeyError out when ffprobe finds no audio stream
            raise ImportFailed(f"{file}: is no audio file that ffmpeg can read") from error
    return segment.raw_data, segment.frame_rate


def _replace(target: Path, content: bytes) -> None:
    """Write beside the target and rename: a call never reads half a file."""
    new = target.with_name(f".{target.name}.new")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        new.write_bytes(content)
        new.replace(target)
    except OSError as error:
        new.unlink(missing_ok=True)
        raise ImportFailed(f"{target}: cannot be written ({error.strerror})") from error
