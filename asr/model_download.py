"""Fetching a speech model."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from vosk import MODEL_PRE_URL

from asr.models import ModelInfo

Progress = Callable[[int, int | None], None]


def install_model(
    language: str, home: Path, *, progress: Progress, base_url: str = MODEL_PRE_URL
) -> ModelInfo:
    """Download the model recommended for `language` into `home/models`. Blocks.

    `progress(done_bytes, total_bytes)`; the total is None when the server does not say.

    Raises:
        DownloadFailed: unreachable, broken or no room; the message says what to do.
    """
    raise NotImplementedError
