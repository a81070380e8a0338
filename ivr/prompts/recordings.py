"""Recorded prompts of one language: decoded once, shared by all calls."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from ivr.errors import PhoneError
from ivr.media.pcm import NotAWavFile, pcm_bytes, read_wav, resampled, samples
from ivr.media.stretch import stretched
from ivr.media.tones import Sound, generated
from ivr.prompts.byte_cache import ByteCache
from ivr.prompts.recording import PromptText, Recording
from ivr.prompts.texts import PromptTexts

logger = logging.getLogger(__name__)

CACHE_BYTES = 64 * 2**20  # both rates of a whole pack and some music on hold
RATES_HZ = (8000, 16000)
SLOWLY = 1.2  # times as long, for a caller who asks to hear it again


class PromptMissing(PhoneError):
    """No prompt or recording has this name; the message names the pack."""


class Prompts:
    """What a pack can say. PCM is immutable `bytes`, one object for all calls.

    A *prompt* is what the flow names; a *recording* is one sound file of it. A
    company's own recording in `overrides` wins over the pack's; a new one is heard
    from the next time on, without a restart.
    """

    def __init__(self, texts: PromptTexts, folder: Path, overrides: Path | None = None) -> None:
        """`folder` holds the pack's WAV files, `overrides` the company's own ones."""
        self._texts = texts
        self._folder = folder
        self._overrides = overrides
        self._cache: ByteCache[tuple[Path, int, int, bool]] = ByteCache(CACHE_BYTES)

    @property
    def language(self) -> str:
        return self._texts.language

    @property
    def texts(self) -> PromptTexts:
        """Everything the pack can say, as text."""
        return self._texts

    @property
    def overrides(self) -> Path | None:
        """Folder of the company's own recordings; it may not exist yet."""
        return self._overrides

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all prompts, in the order of `prompts.toml`."""
        return tuple(self._texts.prompts)

    @cached_property
    def recordings(self) -> Mapping[str, Recording]:
        """Every recording of prompts and number parts, by id."""
        return self._texts.recordings

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self._texts.get(name) is not None

    def get(self, name: str) -> PromptText:
        """A prompt or number part.

        Raises:
            PromptMissing: there is none of this name.
        """
        prompt = self._texts.get(name)
        if prompt is None:
            raise PromptMissing(f"the pack {self.language} has no prompt {name!r}")
        return prompt

    def text(self, name: str) -> str:
        """What a prompt says, with its `{slots}`.

        Raises:
            PromptMissing: there is none of this name.
        """
        return self.get(name).text

    def own(self, recording: str) -> Path | None:
        """The company's own file over a recording or sound, if there is one."""
        if self._overrides is None:
            return None
        path = self._overrides / f"{recording}.wav"
        return path if path.is_file() else None

    def is_by_voice(self, recording: Recording) -> bool:
        """Whether the runtime voice speaks it: nobody has recorded it yet."""
        return recording.by_voice and self.own(recording.id) is None

    def pcm(self, recording: str, rate_hz: int, *, slowly: bool = False) -> bytes:
        """Signed 16-bit mono PCM of one recording or generated sound.

        Reads and resamples on first use (some milliseconds): call it on a thread, or
        use `cached` first.

        Raises:
            PromptMissing: no such recording, or its file is missing or broken.
        """
        own = self.own(recording)
        if own is not None:
            try:
                return self._decoded(own, rate_hz, slowly=slowly)
            except NotAWavFile as error:
                logger.warning("own recording left out", extra={"reason": str(error)})
        if recording in set(Sound):
            return generated(Sound(recording), rate_hz)
        if recording not in self.recordings:
            raise PromptMissing(f"the pack {self.language} has no recording {recording!r}")
        if self.recordings[recording].by_voice:
            raise PromptMissing(f"{recording!r} is not recorded: the runtime voice speaks it")
        try:
            return self._decoded(self._folder / f"{recording}.wav", rate_hz, slowly=slowly)
        except NotAWavFile as error:
            raise PromptMissing(str(error)) from error

    def cached(self, recording: str, rate_hz: int, *, slowly: bool = False) -> bytes | None:
        """The PCM if it is decoded already; never reads a file's content."""
        path = self.own(recording) or self._folder / f"{recording}.wav"
        try:
            return self._cache.get((path, path.stat().st_mtime_ns, rate_hz, slowly))
        except OSError:
            return None

    def mistakes(self) -> tuple[str, ...]:
        """Recordings without a readable file, and own files that belong to no recording."""
        found = []
        for name, recording in self.recordings.items():
            if self.is_by_voice(recording):
                continue
            path = self.own(name) or self._folder / f"{name}.wav"
            try:
                read_wav(path)
            except NotAWavFile as error:
                found.append(str(error))
        if self._overrides is not None and self._overrides.is_dir():
            known = {*self.recordings, *Sound}
            found += [
                f"{path}: there is no prompt of this name"
                for path in sorted(self._overrides.glob("*.wav"))
                if path.stem not in known
            ]
        return tuple(found)

    def _decoded(self, path: Path, rate_hz: int, *, slowly: bool) -> bytes:
        if rate_hz not in RATES_HZ:
            raise ValueError(f"prompts are played at 8000 or 16000 Hz, not {rate_hz}")
        try:
            key = (path, path.stat().st_mtime_ns, rate_hz, slowly)
        except OSError as error:
            raise NotAWavFile(f"{path}: cannot be read ({error.strerror})") from error
        pcm = self._cache.get(key)
        if pcm is None:
            pcm = resampled(*read_wav(path), rate_hz)
            if slowly:
                pcm = pcm_bytes(stretched(samples(pcm), rate_hz, SLOWLY))
            pcm = self._cache.put(key, pcm)
        return pcm
