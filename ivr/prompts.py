"""Recorded prompts of one language: decoded once, shared by all calls."""

from __future__ import annotations

from collections.abc import Sequence

from ivr.errors import PhoneError


class PromptMissing(PhoneError):
    """No prompt has this name; the message names the pack."""


class Prompts:
    """What a pack can say. PCM is immutable `bytes` and the same object for all calls."""

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all prompts, in the order of `prompts.toml`."""
        raise NotImplementedError

    def text(self, name: str) -> str:
        """What the prompt says, with its `{slots}`."""
        raise NotImplementedError

    def pcm(self, recording: str, rate_hz: int) -> bytes:
        """Signed 16-bit mono PCM of one recording at 8000 or 16000 Hz."""
        raise NotImplementedError

    def recordings(self, name: str) -> Sequence[str]:
        """The recordings of a prompt: its own name, or `name-1`, `name-2` around slots."""
        raise NotImplementedError
